#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl status on recorded systems, and on this one.
# shellcheck disable=SC2154

load ctl-helpers.bash

# --- verdicts --------------------------------------------------------------

@test "a kernel built without CONFIG_TLS is unavailable" {
	run -3 ctl_tree no-config status
	has_line 'kernel TLS: not available (this kernel was built without CONFIG_TLS)'
	has_line 'configuration   CONFIG_TLS=n TLS_DEVICE=n (/proc/config.gz)'
	has_line 'module tls      absent'
}

@test "a module that is installed but not loaded is partly there" {
	run -5 ctl_tree loadable status
	has_line 'kernel TLS: available, module not loaded (ktlsctl probe --load, or modprobe tls)'
	has_line 'module tls      not loaded: /lib/modules/6.1.0-56-amd64/kernel/net/tls/tls.ko'
}

@test "a loaded module without connections is available" {
	run -0 ctl_tree loaded-6.1 status
	has_line 'kernel TLS: available, module loaded, no connection uses it now'
	has_line 'module tls      loaded, use count 0'
	has_line 'TCP ULPs        espintcp mptcp tls'
}

@test "open connections make it active" {
	run -0 ctl_tree loaded-7 status
	has_line 'kernel TLS: active: 3 connections'
	has_line 'TlsCurrTxSw             3  sockets sending now, in software'
	has_line 'TlsDecryptError         2  records that failed authentication'
}

@test "a single connection is not called connections" {
	copy_tree loaded-7
	sed -i 's/\t3$/\t1/' "$tree/proc/net/tls_stat"
	run -0 ctl --sysroot "$tree" status
	has_line 'kernel TLS: active: 1 connection'
}

@test "sending and receiving that differ are not called connections" {
	run -0 ctl_tree netns status
	has_line 'kernel TLS: active: 1 sending, 0 receiving'
}

@test "kernel TLS that is built in is available" {
	run -0 ctl_tree builtin status
	has_line 'kernel TLS: available, built in, no connection uses it now'
	has_line 'module tls      built in'
}

@test "built in by modules.builtin alone, without a configuration" {
	copy_tree builtin
	rm "$tree/lib/modules/6.12.117-custom/config" "$tree/proc/net/tls_stat"
	run -0 ctl --sysroot "$tree" status
	has_line 'kernel TLS: available, built in'
}

@test "a container without the host's modules sees what is loaded" {
	run -0 ctl_tree netns status
	has_line 'configuration   not known: none of this kernel is installed'
	has_line 'TCP ULPs        not visible: only the initial network namespace shows them'
	has_line 'module tls      loaded, use count 9'
}

@test "a container that nothing tells is unavailable" {
	run -3 ctl_tree bare status
	has_line 'kernel TLS: not available (not loaded, and nothing here tells whether it can be)'
	has_line 'module tls      not loaded; no modules of this kernel are installed here'
}

@test "a module that is configured but not installed is unavailable" {
	run -3 ctl_tree not-installed status
	has_line 'kernel TLS: not available (no module tls is installed for this kernel)'
}

@test "a module that is on its way in or out is not loaded" {
	copy_tree loadable
	mkdir -p "$tree/sys/module/tls"
	echo coming >"$tree/sys/module/tls/initstate"
	run -5 ctl --sysroot "$tree" status
}

# --- odd contents ----------------------------------------------------------

@test "counters that this version does not know pass through" {
	copy_tree loaded-7
	printf 'TlsFromTheFuture\t42\n' >>"$tree/proc/net/tls_stat"
	run -0 ctl --sysroot "$tree" status
	has_text $'\nTlsFromTheFuture       42\n'
	run -0 ctl --sysroot "$tree" status --json
	has_line '    "TlsFromTheFuture": 42'
}

@test "counters without a sensible number are unknown" {
	copy_tree loaded-7
	sed -i 's/^\(TlsCurrTxSw *\t\).*/\118446744073709551615/' "$tree/proc/net/tls_stat"
	run -0 ctl --sysroot "$tree" status
	has_line 'TlsCurrTxSw             ?  sockets sending now, in software'
	run -0 ctl --sysroot "$tree" status --json
	has_line '    "TlsCurrTxSw": null,'
}

@test "a configuration that cannot be unpacked is named" {
	copy_tree no-config
	echo nonsense >"$tree/proc/config.gz"
	run -3 ctl --sysroot "$tree" status
	has_text 'configuration   not known: /proc/config.gz: '
}

@test "the driver with the highest priority is shown" {
	run -0 ctl_tree loaded-7 status
	has_line 'gcm(aes)                     500  yes   generic-gcm-aesni-avx'
}

@test "generic code and asynchronous drivers are called so" {
	run -0 ctl_tree loaded-6.1 status
	has_line 'gcm(aes)        250  no    gcm_base(ctr(aes-generic),ghash-clmulni)'
	run -0 ctl_tree netns status
	has_line 'gcm(aes)        400  yes   generic-gcm-aesni (async)'
}

# --- form ------------------------------------------------------------------

@test "status fits on a screen of 24 lines and 80 columns" {
	for name in no-config loadable loaded-6.1 builtin netns bare not-installed; do
		run ctl_tree "$name" status
		has_text 'kernel TLS: '
		[ "${#lines[@]}" -le 22 ] # BATS leaves empty lines out, at most two here
		for line in "${lines[@]}"; do
			[ "${#line}" -le 80 ] || { echo "$name: $line"; return 1; }
		done
	done
}

@test "no line ends in blanks" {
	for name in no-config loadable loaded-6.1 loaded-7 builtin netns bare; do
		run ctl_tree "$name" status
		has_text 'kernel TLS: '
		run -1 grep -n ' $' <<<"$output"
	done
}

@test "text is not coloured unless it goes to a terminal" {
	run -0 ctl_tree loaded-7 status
	[[ $output != *$'\033'* ]]
	run -0 ctl_tree loaded-7 --color=always status
	[[ $output == *$'\033[32mactive: 3 connections\033[0m'* ]]
}

@test "NO_COLOR counts on a terminal" {
	command -v script >/dev/null || skip 'script is not installed'
	run env -u NO_COLOR TERM=xterm script -qec "'$ctl_bin' --sysroot '$ctl_trees/loaded-7' status" /dev/null
	[[ $output == *$'\033['* ]]
	run env NO_COLOR=1 TERM=xterm script -qec "'$ctl_bin' --sysroot '$ctl_trees/loaded-7' status" /dev/null
	[[ $output != *$'\033['* ]]
	run env -u NO_COLOR TERM=dumb script -qec "'$ctl_bin' --sysroot '$ctl_trees/loaded-7' status" /dev/null
	[[ $output != *$'\033['* ]]
}

# --- JSON ------------------------------------------------------------------

@test "the JSON document is the one that is documented" {
	run -0 ctl_tree loaded-7 status --json
	# What the engine uses depends on the machine.
	printf '%s\n' "$output" | sed 's/"leaf": "[a-z0-9-]*"/"leaf": "?"/' | diff -u "$ctl_trees/loaded-7.json" -
}

@test "JSON has null for what is not known" {
	run -3 ctl_tree bare status -j
	has_line '  "state": "unknown",'
	has_line '    "source": null,'
	has_line '    "CONFIG_TLS": null,'
	has_line '    "state": null,'
	has_line '  "ulps": null,'
	has_line '  "counters": null,'
	has_line '      "accelerated": null,'
}

@test "JSON says the same as the exit code" {
	run -3 ctl_tree no-config --json status
	has_line '  "state": "unavailable",'
	run -5 ctl_tree loadable --json status
	has_line '  "state": "loadable",'
	run -0 ctl_tree loaded-6.1 --json status
	has_line '  "state": "available",'
	run -0 ctl_tree netns --json status
	has_line '  "state": "active",'
}

# --- failures --------------------------------------------------------------

@test "a tree that is not there is an error" {
	run -1 --separate-stderr ctl --sysroot "$BATS_TEST_TMPDIR/none" status
	[ -z "$output" ]
	[[ $stderr == 'ktlsctl: '*'/none: No such file or directory' ]]
}

@test "a tree without a release is an error" {
	run -1 --separate-stderr ctl --sysroot "$BATS_TEST_TMPDIR" status
	[ -z "$output" ]
	[[ $stderr == 'ktlsctl: '* ]]
}

@test "a release cannot lead to other files" {
	mkdir -p "$BATS_TEST_TMPDIR/proc/sys/kernel"
	echo ../../etc >"$BATS_TEST_TMPDIR/proc/sys/kernel/osrelease"
	run -1 ctl --sysroot "$BATS_TEST_TMPDIR" status
}

@test "a full disk is an error" {
	[ -c /dev/full ] || skip 'there is no /dev/full'
	to_full_disk() {
		ctl_tree loaded-7 status "$@" >/dev/full
	}
	run -1 to_full_disk
	has_line 'ktlsctl: standard output: No space left on device'
	run -1 to_full_disk --json
	has_line 'ktlsctl: standard output: No space left on device'
}

# --- this system -----------------------------------------------------------

@test "status of this system agrees with the system" {
	run ctl status --json
	has_line "  \"release\": \"$(uname -r)\","
	if [ -e /proc/net/tls_stat ]; then
		[ "$status" -eq 0 ]
		has_line "    \"TlsCurrTxSw\": $(awk '$1 == "TlsCurrTxSw" { print $2 }' /proc/net/tls_stat),"
	else
		[ "$status" -eq 3 ] || [ "$status" -eq 5 ]
		has_line '  "counters": null,'
	fi
}

@test "status needs no rights and loads nothing" {
	[ -e /proc/modules ] || skip 'this kernel has no modules'
	cut -d ' ' -f 1 /proc/modules | sort >"$BATS_TEST_TMPDIR/before"
	if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" status >/dev/null || [ $? -ne 4 ]
	else
		ctl status >/dev/null || [ $? -ne 4 ]
	fi
	cut -d ' ' -f 1 /proc/modules | sort >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

# --- devices ---------------------------------------------------------------

@test "the devices of this system are those that nic lists" {
	run -0 ctl nic --json
	all=$(sed -n 's/^ *"device": "\(.*\)",$/\1/p' <<<"$output" | sort)
	run ctl status --json
	[ -n "$all" ]
	diff <(sed -n '/^  "nics": \[/,$s/^ *"device": "\(.*\)",$/\1/p' <<<"$output" | sort) <(echo "$all")
	run ctl status
	[[ $output == *'NIC offload'* ]]
}

@test "where there is no netlink the devices are not known" {
	run "$ctl_no_netlink" "$ctl_bin" status
	has_text 'NIC offload     not known: Address family not supported'
	run "$ctl_no_netlink" "$ctl_bin" status --json
	has_line '  "nics": null'
}

@test "a recorded tree has no devices to ask" {
	run -0 ctl_tree loaded-7 status --json
	has_line '  "nics": null'
	run -0 ctl_tree loaded-7 status
	[[ $output != *'NIC offload'* ]]
}
