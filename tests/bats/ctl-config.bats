#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl config: files, differences, changes and the way back.
# shellcheck disable=SC2154

load ctl-helpers.bash

# The suites that follow find the module as guests have it.
teardown_file() {
	! kernel_is_required || modprobe tls
}

# write_conf LINE...: the file $conf.
write_conf() {
	conf=$BATS_TEST_TMPDIR/ktls.conf
	printf '%s\n' "$@" >"$conf"
}

# A copy of a recorded system with settings, in $tree.
with_tree() {
	copy_tree loadable
	mkdir -p "$tree/proc/sys/net/ipv4" "$tree/proc/sys/net/core" "$tree/etc/ktls/ktls.conf.d"
	printf '4096\t131072\t6291456\n' >"$tree/proc/sys/net/ipv4/tcp_rmem"
	echo 212992 >"$tree/proc/sys/net/core/rmem_max"
}

# in_private COMMAND...: with a network namespace, /run and /etc/ktls of its own, which go with it.
in_private() {
	[ "$(id -u)" -eq 0 ] || skip 'changing settings takes root'
	command -v unshare >/dev/null || skip 'unshare is not installed'
	# shellcheck disable=SC2016 # for the bash inside
	unshare -n -m bash -ec 'mount -t tmpfs run /run; ip link set lo up 2>/dev/null || true; set +e; "$@"' bash "$@"
}

# rmem: the setting of this namespace.
rmem='tr "\t" " " </proc/sys/net/ipv4/tcp_rmem'

@test "what is configured is shown with where it comes from" {
	with_tree
	printf '[module]\nload=yes\n[sysctl]\nnet.core.rmem_max=400000\n' >"$tree/etc/ktls/ktls.conf"
	printf '[sysctl]\nnet.core.rmem_max=500000\n' >"$tree/etc/ktls/ktls.conf.d/20-more.conf"
	printf '[nonsense]\n' >"$tree/etc/ktls/ktls.conf.d/ignored.txt"
	run -0 ctl --sysroot "$tree" config show
	has_line 'setting            value   from'
	has_line 'module load        yes     /etc/ktls/ktls.conf:2'
	has_line 'net.core.rmem_max  500000  /etc/ktls/ktls.conf.d/20-more.conf:2'
	run -0 ctl --sysroot "$tree" config check
	has_line '2 settings in 2 files, without a mistake'
}

@test "without files nothing is configured" {
	run -0 ctl_tree loadable config show
	has_line 'Nothing is configured.'
	run -0 ctl_tree loadable config check
	run -0 ctl_tree loadable config diff
	has_line 'No difference.'
}

@test "what differs is shown, and what does not is not" {
	with_tree
	printf '[module]\nload=yes\n[sysctl]\nnet.core.rmem_max=212992\nnet.ipv4.tcp_rmem=4096 131072 33554432\n' >"$tree/etc/ktls/ktls.conf"
	run -5 ctl --sysroot "$tree" config diff
	has_line 'module load        no                   yes'
	has_line 'net.ipv4.tcp_rmem  4096 131072 6291456  4096 131072 33554432'
	[[ $output != *rmem_max* ]]
	printf '[sysctl]\nnet.core.rmem_max=212992\nnet.ipv4.tcp_rmem=4096 131072 6291456\n[module]\nload=no\n' >"$tree/etc/ktls/ktls.conf"
	run -0 ctl --sysroot "$tree" config diff
	has_line 'No difference.'
}

@test "what cannot be had is said with the difference" {
	for pair in 'no-config yes no module tls that could be loaded' 'builtin no built into this kernel'; do
		read -r name load text <<<"$pair"
		copy_tree "$name"
		mkdir -p "$tree/etc/ktls"
		printf '[module]\nload=%s\n' "$load" >"$tree/etc/ktls/ktls.conf"
		run -5 ctl --sysroot "$tree" config diff
		[[ ${output//$'\n'/ } == *"${text%% *}"* ]] || { echo "$output"; return 1; }
	done
}

@test "every mistake has its file and line, and costs the whole" {
	write_conf '[modul]' 'load=yes' '[module]' 'load=maybe' 'load=yes' 'load=no' 'speed=1' '[nic]' ' [x]' '[sysctl]' 'kernel.panic=1' \
		'net.core.rmem_max=99999999999999999999' 'bare' '[oops'
	for action in check show diff apply; do
		run -1 --separate-stderr ctl config "$action" --file "$conf"
		[ -z "$output" ]
		[ "$(sed -n "s|^ktlsctl[a-z ]*: $conf:\([0-9]*\): .*|\1|p" <<<"$stderr" | tr '\n' ' ')" = '1 4 6 7 8 9 11 12 13 14 ' ]
		[[ $stderr == *"$conf:1: unknown section [modul]"* ]]
		[[ $stderr == *"$conf:6: load is there twice, first in line 5"* ]]
		[[ $stderr == *"$conf:7: unknown key speed"* ]]
	done
}

@test "a mistake in a drop-in names the drop-in" {
	with_tree
	printf '[module]\nload=yes\n' >"$tree/etc/ktls/ktls.conf"
	printf '\n\n[nic eth0]\ntx=1\n' >"$tree/etc/ktls/ktls.conf.d/a.conf"
	run -1 --separate-stderr ctl --sysroot "$tree" config diff
	[[ $stderr == *'/etc/ktls/ktls.conf.d/a.conf:4: tx is to be on or off'* ]]
}

@test "files that cannot be read" {
	run -1 --separate-stderr ctl config check --file "$BATS_TEST_TMPDIR/none.conf"
	[[ $stderr == *"none.conf: No such file or directory" ]]
	run -1 ctl config check --file "$BATS_TEST_TMPDIR"
	head -c 300000 /dev/zero | tr '\0' '#' >"$BATS_TEST_TMPDIR/big.conf"
	run -1 --separate-stderr ctl config check --file "$BATS_TEST_TMPDIR/big.conf"
	[[ $stderr == *'longer than a configuration can be'* ]]
}

@test "apply changes what differs and nothing else, and rollback goes back" {
	write_conf '[sysctl]' 'net.ipv4.tcp_rmem=4096 65536 1234567' 'net.ipv4.tcp_autocorking=1' '[exporter]' 'textfile=/var/x/k.prom'
	run in_private bash -c "$rmem; '$ctl_bin' config apply -f '$conf' || exit; $rmem; cat /run/ktls/exporter.env
		stat -c %a /run/ktls/before.conf; '$ctl_bin' config diff -f '$conf' || exit
		'$ctl_bin' config apply -f '$conf' || exit; '$ctl_bin' config rollback || exit; $rmem; ls /run/ktls"
	echo "$output"
	[ "$status" -eq 0 ]
	before=${lines[0]}
	has_line "net.ipv4.tcp_rmem  $before  4096 65536 1234567"
	has_line '4096 65536 1234567'
	has_line 'KTLS_TEXTFILE=/var/x/k.prom'
	has_line 600
	has_line 'No difference.'
	has_line 'Nothing to change.'
	[ "${lines[-1]}" = "$before" ]
}

@test "a change that fails puts back those before it, and keeps the way back of the last apply" {
	write_conf '[sysctl]' 'net.ipv4.tcp_rmem=4096 65536 1234567'
	printf '%s\n' '[sysctl]' 'net.ipv4.tcp_rmem=4096 65536 7654321' 'net.ipv4.tcp_congestion_control=none-such' >"$BATS_TEST_TMPDIR/two.conf"
	run in_private bash -c "$rmem; '$ctl_bin' config apply -f '$conf' >/dev/null || exit; cp /run/ktls/before.conf /run/first
		'$ctl_bin' config apply -f '$BATS_TEST_TMPDIR/two.conf'; echo code \$?; $rmem; cmp /run/first /run/ktls/before.conf && echo same
		'$ctl_bin' config rollback >/dev/null; $rmem"
	echo "$output"
	before=${lines[0]}
	has_text "two.conf:3: net.ipv4.tcp_congestion_control could not be set to 'none-such'"
	has_line 'code 1'
	has_line '4096 65536 1234567'
	has_line same
	[ "${lines[-1]}" = "$before" ]
}

@test "a device that is not there, or cannot, costs the whole" {
	run ctl nic lo
	[ "$status" -ne 3 ] || skip 'this kernel has no ethtool netlink'
	write_conf '[sysctl]' 'net.ipv4.tcp_rmem=4096 65536 1234567' '[nic no-such]' 'tx=on' '[nic lo]' 'rx=on' '[nic *]' 'tx=on'
	run in_private bash -c "$rmem; '$ctl_bin' config apply -f '$conf'; echo code \$?; $rmem"
	echo "$output"
	has_text "ktls.conf:4: there is no network device 'no-such'"
	has_text "ktls.conf:6: tls-hw-rx-offload of lo cannot be switched; 'ktlsctl nic lo' says why"
	has_line 'code 1'
	[ "${lines[0]}" = "${lines[-1]}" ]
	# Asking for what is so already is no change, and "all" means those that can.
	write_conf '[nic lo]' 'tx=off' '[nic *]' 'rx=on'
	run -0 in_private "$ctl_bin" config apply -f "$conf"
	has_line 'Nothing to change.'
}

@test "devices that cannot be asked cost the whole, those of [nic *] too" {
	write_conf '[sysctl]' 'net.ipv4.tcp_rmem=4096 65536 1234567' '[nic lo]' 'tx=off' '[nic *]' 'rx=on'
	run in_private bash -c "$rmem; '$ctl_no_netlink' '$ctl_bin' config apply -f '$conf'; echo code \$?; $rmem"
	echo "$output"
	has_text 'ktls.conf:4: the network devices cannot be asked: Address family not supported'
	has_text 'ktls.conf:6: the network devices cannot be asked: Address family not supported'
	has_line 'code 1'
	[ "${lines[0]}" = "${lines[-1]}" ]
}

@test "without rights the right is named, and nothing is changed" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can drop rights'
	command -v setpriv >/dev/null || skip 'setpriv is not installed'
	write_conf '[sysctl]' 'net.ipv4.tcp_rmem=4096 65536 1234567'
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")"
	cp "$conf" /tmp/ktls-config-$$.conf
	run -4 in_private setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$ctl_bin" config apply -f /tmp/ktls-config-$$.conf
	rm -f /tmp/ktls-config-$$.conf
	has_text 'changing net.ipv4.tcp_rmem takes being root'
}

@test "rollback without an apply says so" {
	run -1 in_private "$ctl_bin" config rollback
	has_text 'there is nothing to go back to'
	run -2 ctl config rollback --file x
}

@test "the JSON document has wanted beside live, and null for what is not known" {
	with_tree
	printf '[sysctl]\nnet.core.rmem_max=400000\n[nic eth0]\ntx=on\n' >"$tree/etc/ktls/ktls.conf"
	run -5 ctl --sysroot "$tree" config diff --json
	has_line '  "action": "diff",'
	has_line '      "wanted": "400000",'
	has_line '      "live": "212992",'
	has_line '      "differs": true,'
	has_line '      "live": null,'
	has_line '      "differs": null,'
	has_line '      "line": 2'
}

@test "actions are known by their names, and a recorded tree is not changed" {
	run -2 --separate-stderr ctl config
	[[ $stderr == *'config takes one of show, check, diff, apply and rollback'* ]]
	run -2 --separate-stderr ctl config aply
	[[ $stderr == *"'aply' is none of"* ]]
	run -2 ctl config show show
	run -2 ctl_tree loadable config apply
	run -2 ctl_tree loadable config rollback
}

@test "the module is loaded and unloaded by the configuration" {
	kernel_is_required || skip 'only in a guest: it unloads modules'
	# bonding builds on tls.
	modprobe -qr bonding || true
	[ ! -d /sys/module/tls ] || modprobe -r tls
	write_conf '[module]' 'load=yes'
	run -0 ctl config apply -f "$conf"
	has_line 'module load  no      yes'
	[ -d /sys/module/tls ]
	run -0 ctl config rollback
	[ ! -d /sys/module/tls ]
	run -0 ctl enable
	write_conf '[module]' 'load=no'
	run -0 ctl config apply -f "$conf"
	[ ! -d /sys/module/tls ]
	run -0 ctl config rollback
	[ -d /sys/module/tls ]
}

@test "the sample has no mistake, and all of it is true" {
	sample=$ctl_top/data/ktls.conf
	[ -e "$sample" ] || skip 'the sample is not here'
	run -0 ctl config check --file "$sample"
	sed 's/^#\([a-z.\[]\)/\1/' "$sample" >"$BATS_TEST_TMPDIR/all.conf"
	run -0 ctl config check --file "$BATS_TEST_TMPDIR/all.conf"
	has_line '8 settings in 1 files, without a mistake'
}

@test "the manual page of the configuration has every key, and is well-formed" {
	page=$ctl_top/man/ktls.conf.5
	[ -e "$page" ] || skip "$page is not here"
	# shellcheck disable=SC2013 # words without blanks
	for key in $(sed -n 's/^\t{ CONF_[A-Z]*, "\([a-z0-9._]*\)".*/\1/p' "$ctl_top/src/system/conf_keys.c"); do
		grep -q "^\.B.*\b$key\b" "$page" || { echo "not in the manual page: $key"; return 1; }
	done
	command -v mandoc >/dev/null || skip 'mandoc is not installed'
	run -0 mandoc -Tlint "$page"
	[ -z "$output" ]
}

@test "the units are ones that systemd takes" {
	command -v systemd-analyze >/dev/null || skip 'systemd-analyze is not installed'
	[ -e "$ctl_top/data/ktls.service.in" ] || skip 'the units are not here'
	for unit in ktls.service ktls-stats.service ktls-stats.timer; do
		sed 's|@sbindir@/ktlsctl|/bin/true|' "$ctl_top/data/$unit.in" >"$BATS_TEST_TMPDIR/$unit"
	done
	for unit in ktls.service ktls-stats.timer; do
		run systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/$unit"
		[[ $output != *"$BATS_TEST_TMPDIR"* && $output != *'Unknown'* && $output != *ktls* ]] || { echo "$output"; return 1; }
	done
	[ "$(sed -n 's/^ExecStart=@sbindir@\/ktlsctl //p' "$ctl_top/data/ktls.service.in")" = 'config apply' ]
}
