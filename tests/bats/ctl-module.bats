#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl enable and disable: plans on recorded systems, deeds on this one.
# shellcheck disable=SC2154

load ctl-helpers.bash
load interop.bash

load_file=/etc/modules-load.d/ktls.conf
deny_file=/etc/modprobe.d/ktls-disable.conf

teardown() {
	# shellcheck disable=SC2086 # numbers
	[ -z "${holder-}" ] || kill $holder 2>/dev/null || true
}

# The suites that follow find it as guests have it.
teardown_file() {
	! kernel_is_required || modprobe tls
}

# Files of these names that a test may write: only where the system is a guest made for tests.
need_guest() {
	kernel_is_required || skip 'only in a guest: it changes /etc and unloads modules'
	rm -f "$load_file" "$deny_file"
	# It builds on tls.
	modprobe -qr bonding || true
	[ ! -d /sys/module/tls ] || modprobe -r tls
}

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# hold_connection: two kernel TLS sockets, open until the test ends; by ktls-cat if the kernel carries them.
hold_connection() {
	command -v ktls-cat >/dev/null || skip 'ktls-cat is not here'
	ctl probe >/dev/null || skip 'no cipher works here'
	dir=$BATS_TEST_TMPDIR
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
	mkfifo "$dir/in" "$dir/hold"
	ktls-cat --listen --cert "$dir/cert.pem" --key "$dir/key.pem" localhost:4433 <"$dir/hold" >"$dir/got" 2>"$dir/server.err" 3>&- &
	holder=$!
	exec 9>"$dir/hold"
	wait_for_listener 4433
	ktls-cat --wait 30s --cafile "$dir/cert.pem" localhost:4433 <"$dir/in" >/dev/null 2>"$dir/client.err" 3>&- 9>&- &
	holder="$holder $!"
	exec 8>"$dir/in"
	for _ in $(seq 300); do
		! awk '$1 ~ /^TlsCurr/ { n += $2 } END { exit n > 0 ? 1 : 0 }' /proc/net/tls_stat || { sleep 0.1; continue; }
		return 0
	done
	cat "$dir"/*.err
	return 1
}

# --- plans -----------------------------------------------------------------

@test "enable plans to load what is not loaded" {
	run -0 ctl_tree loadable enable --dry-run
	has_line 'would load the module tls'
	has_line 'to undo: ktlsctl disable'
	[[ $output != *write* ]]
}

@test "enable --persist plans the file, too" {
	run -0 ctl_tree loadable enable --persist --dry-run
	has_line "would write $load_file"
	has_line '    tls'
	has_line 'would load the module tls'
	has_line 'to undo: ktlsctl disable --persist'
}

@test "aesni_intel is loaded where the CPU has AES and the module waits" {
	run -0 ctl_tree slow-aes enable --persist --dry-run
	has_line 'would load the module tls'
	has_line 'would load the module aesni_intel'
	has_line '    aesni_intel'
	has_text "aesni_intel is for this CPU's AES instructions"
	copy_tree slow-aes
	sed -i 's/ aes / /' "$tree/proc/cpuinfo"
	run -0 ctl --sysroot "$tree" enable --persist --dry-run
	[[ $output != *aesni_intel* ]]
}

@test "enable has nothing to do where it is built in or loaded" {
	run -0 ctl_tree builtin enable --persist --dry-run
	has_line 'Kernel TLS is built into this kernel: there is nothing to load, now or at boot.'
	has_line 'Nothing to do.'
	[[ $output != *undo* ]]
	run -0 ctl_tree loaded-6.1 enable --dry-run
	has_line 'The module tls is loaded already.'
	has_line 'Nothing to do.'
}

@test "enable is unavailable where there is no module" {
	for name in no-config bare not-installed; do
		run -3 --separate-stderr ctl_tree "$name" enable --dry-run
		[ -z "$output" ]
		[[ $stderr == 'ktlsctl enable: kernel TLS is not available '* || $stderr == 'ktlsctl: kernel TLS is not available '* ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
	done
}

@test "disable plans to unload what is loaded and not used" {
	run -0 ctl_tree loaded-6.1 disable --dry-run
	has_line 'would unload the module tls'
	run -0 ctl_tree loaded-6.1 disable --persist --dry-run
	has_line "would write $deny_file"
	has_line '    install tls /bin/false'
	has_line 'to undo: ktlsctl enable --persist'
}

@test "disable refuses under connections, unless forced" {
	run -1 --separate-stderr ctl_tree loaded-7 disable --dry-run
	[ -z "$output" ]
	[[ $stderr == *'kernel TLS is in use: 3 sockets send and 3 receive by it'* ]]
	run -1 --separate-stderr ctl_tree netns disable --persist --dry-run
	[[ $stderr == *'in use'* ]]
	run -0 ctl_tree loaded-7 disable --persist --force --dry-run
	has_line 'would unload the module tls'
}

@test "disable refuses where a use count says that another namespace uses it" {
	copy_tree loaded-6.1
	echo 2 >"$tree/sys/module/tls/refcnt"
	run -1 --separate-stderr ctl --sysroot "$tree" disable --dry-run
	[[ $stderr == *'the module tls is in use 2 times'* ]]
}

@test "disable cannot unload what is built in, and has nothing to do where nothing is loaded" {
	run -1 --separate-stderr ctl_tree builtin disable --persist --dry-run
	[[ $stderr == *'built into this kernel'* ]]
	run -0 ctl_tree loadable disable --dry-run
	has_line 'Nothing to do.'
	run -0 ctl_tree loadable disable --persist --dry-run
	has_line "would write $deny_file"
}

@test "each takes the file of the other away, if it is ours" {
	copy_tree loadable
	mkdir -p "$tree/etc/modprobe.d" "$tree/etc/modules-load.d"
	printf '# Written by "ktlsctl disable --persist"; x\ninstall tls /bin/false\n' >"$tree$deny_file"
	run -0 ctl --sysroot "$tree" enable --persist --dry-run
	has_line "would remove $deny_file"
	run -0 ctl --sysroot "$tree" enable --dry-run
	[[ $output != *"would remove"* ]]
	has_text 'still keeps tls from being loaded'
	printf '# Written by "ktlsctl enable --persist"; x\ntls\n' >"$tree$load_file"
	run -0 ctl --sysroot "$tree" disable --persist --dry-run
	has_line "would remove $load_file"
	echo tls >"$tree$load_file"
	run -0 ctl --sysroot "$tree" disable --persist --dry-run
	[[ $output != *"would remove"* ]]
	has_text "$load_file was not written by ktlsctl and stays"
}

@test "a file of the same name that is not ours is left alone" {
	copy_tree loadable
	mkdir -p "$tree/etc/modules-load.d"
	echo tls >"$tree$load_file"
	run -1 --separate-stderr ctl --sysroot "$tree" enable --persist --dry-run
	[ -z "$output" ]
	[[ $stderr == *"$load_file was not written by ktlsctl"* ]]
}

@test "the JSON plan has numbers, nulls and all steps" {
	run -0 ctl_tree loadable enable --persist --dry-run --json
	has_line '  "command": "enable",'
	has_line '  "dry_run": true,'
	has_line '      "action": "write",'
	has_line "      \"target\": \"$load_file\","
	has_line '      "action": "load",'
	has_line '      "contents": null,'
	has_line '      "done": false'
	run -0 ctl_tree loadable disable --dry-run --json
	has_line '  "steps": [],'
	has_line '  "undo": null'
}

@test "a recorded tree is never changed" {
	run -2 --separate-stderr ctl_tree loadable enable --persist
	[[ $stderr == *'a recorded tree cannot be changed'* ]]
	run -2 ctl_tree loaded-6.1 disable
}

# --- this system -----------------------------------------------------------

@test "where there is no kernel TLS, enable --persist changes nothing" {
	run ctl status
	[ "$status" -eq 3 ] || skip 'this kernel may have TLS'
	before=$(find /etc/modules-load.d /etc/modprobe.d 2>/dev/null | sort)
	run -3 ctl enable --persist
	[ "$(find /etc/modules-load.d /etc/modprobe.d 2>/dev/null | sort)" = "$before" ]
}

@test "without the capability it is named, and nothing is changed" {
	need_guest
	command -v setpriv >/dev/null || skip 'setpriv is not installed'
	run -4 --separate-stderr as_nobody "$ctl_bin" enable
	[[ $stderr == *'loading the module tls takes the capability CAP_SYS_MODULE'* ]]
	run -4 --separate-stderr as_nobody "$ctl_bin" enable --persist
	[[ $stderr == *"$load_file cannot be changed: Permission denied"* ]]
	[ ! -d /sys/module/tls ]
	run -0 as_nobody "$ctl_bin" enable --persist --dry-run
	[ ! -d /sys/module/tls ]
	run -0 ctl enable
	run -4 --separate-stderr as_nobody "$ctl_bin" disable
	[[ $stderr == *'unloading the module tls takes the capability CAP_SYS_MODULE'* ]]
	[ -d /sys/module/tls ]
}

@test "enable loads what is not loaded, and disable unloads it" {
	need_guest
	run -5 ctl status
	run -0 ctl enable
	has_line 'loaded the module tls'
	[ -d /sys/module/tls ]
	run -0 ctl status
	run -0 ctl enable
	has_line 'Nothing to do.'
	run -0 ctl disable
	has_line 'unloaded the module tls'
	[ ! -d /sys/module/tls ]
	run -0 ctl disable
	has_line 'Nothing to do.'
}

@test "enable loads aesni_intel again where it is missing" {
	need_guest
	grep -qw aes /proc/cpuinfo || skip 'this CPU has no AES instructions'
	modinfo aesni_intel >/dev/null 2>&1 || skip 'this kernel has no such module'
	modprobe -r aesni_intel 2>/dev/null || skip 'aesni_intel is in use'
	run -0 ctl enable
	has_line 'loaded the module aesni_intel'
	[ -d /sys/module/aesni_intel ]
	ctl disable
}

@test "--persist writes the files that systemd and modprobe read" {
	need_guest
	run -0 ctl enable --persist
	has_line "wrote $load_file"
	grep -qx tls "$load_file"
	[ "$(stat -c %a "$load_file")" = 644 ]
	run -0 ctl enable --persist
	has_line 'Nothing to do.'
	run -0 ctl disable --persist
	has_line "wrote $deny_file"
	has_line "removed $load_file"
	[ ! -e "$load_file" ]
	run ! modprobe tls
	[ ! -d /sys/module/tls ]
	run -0 ctl enable
	[ -d /sys/module/tls ]
	run -0 ctl enable --persist
	[ ! -e "$deny_file" ]
	modprobe -r tls
	modprobe tls
	rm -f "$load_file"
	[ -z "$(find /etc/modules-load.d /etc/modprobe.d -name '.ktls*')" ]
}

@test "somebody else's install line is respected" {
	need_guest
	mkdir -p /etc/modprobe.d
	echo 'install tls /bin/false' >/etc/modprobe.d/others.conf
	run -1 --separate-stderr ctl enable --persist
	rm /etc/modprobe.d/others.conf
	[[ $stderr == *"'install tls /bin/false'"* ]]
	[ ! -d /sys/module/tls ]
	[ ! -e "$load_file" ]
}

@test "disable is refused under a live connection, and --force keeps what is in use" {
	need_guest
	ctl enable
	hold_connection
	run -1 --separate-stderr ctl disable --persist
	echo "$stderr"
	[[ $stderr == *'in use'* ]]
	[ -d /sys/module/tls ]
	[ ! -e "$deny_file" ]
	run -5 ctl disable --persist --force
	has_line "wrote $deny_file"
	has_line 'did not unload the module tls'
	has_text 'could not be unloaded: it is in use'
	[ -d /sys/module/tls ]
	[ -e "$deny_file" ]
	rm -f "$deny_file"
}
