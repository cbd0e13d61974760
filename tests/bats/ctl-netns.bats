#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl --netns: what is shown is that namespace's, and what refuses is named.
# shellcheck disable=SC2154

load ctl-helpers.bash

setup() {
	netns=ktlsctl-test-$$
}

teardown() {
	[ ! -e "/run/netns/$netns" ] || ip netns delete "$netns"
}

make_netns() {
	[ "$(id -u)" -eq 0 ] || skip 'only root can make a network namespace'
	command -v ip >/dev/null || skip 'ip is not installed'
	ip netns add "$netns" || skip 'this system lets nobody make a network namespace'
}

@test "a network namespace that is not there is said to be so" {
	for command in status stats sockets probe version; do
		run -1 --separate-stderr ctl -n no-such-netns "$command"
		[ -z "$output" ]
		[[ $stderr == *': /run/netns/no-such-netns: there is no such network namespace'* ]]
	done
	run -1 --separate-stderr ctl status --netns 999999999
	[[ $stderr == *'/proc/999999999/ns/net: '* ]]
	run -1 --separate-stderr ctl --netns ./none status
	[[ $stderr == *': ./none: there is no such'* ]]
	for name in '' . ..; do
		run -1 --separate-stderr ctl --netns "$name" status
		[[ $stderr == *'names no network namespace' ]]
	done
}

@test "a file that is no network namespace is said to be so" {
	run -1 --separate-stderr ctl -n /dev/null status
	[[ $stderr == *': /dev/null: is not a network namespace' ]]
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	run -1 --separate-stderr timeout 20 "$ctl_bin" -n "$BATS_TEST_TMPDIR/fifo" status
	[[ $stderr == *'/fifo: is not a network namespace' ]]
	run -1 --separate-stderr ctl -n /proc/self/ns/uts status
	[[ $stderr == *'/proc/self/ns/uts: is not a network namespace' ]]
}

@test "a recorded tree has one network namespace" {
	run -2 --separate-stderr ctl_tree loaded-7 -n x status
	[ -z "$output" ]
	[[ $stderr == *'--netns does not go with --sysroot'* ]]
}

@test "without rights the capability is named" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can drop rights'
	setpriv --help 2>&1 | grep -q -- --reuid || skip 'setpriv is not installed'
	run -4 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" -n 1 status
	[ -z "$output" ]
	[[ $stderr == *CAP_SYS_PTRACE* ]]
	run -4 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" -n /proc/self/ns/net stats
	[ -z "$output" ]
	[[ $stderr == *': /proc/self/ns/net: going into a network namespace takes the capability CAP_SYS_ADMIN' ]]
}

@test "a namespace is found by name, path and process" {
	make_netns
	for name in "$netns" "/run/netns/$netns"; do
		run ctl --netns "$name" status
		[ "$status" -ne 1 ]
		[ "$status" -ne 4 ]
		[[ $output == *'not visible: only the initial network namespace shows them'* ]] || [ ! -e /proc/net/tls_stat ]
	done
	ip netns exec "$netns" sleep 60 >/dev/null 2>&1 3>&- &
	run ctl --netns $! status
	kill $!
	[ "$status" -ne 1 ] && [ "$status" -ne 4 ]
}

@test "counters and sockets are that namespace's" {
	need_kernel_tls
	make_netns
	ip -n "$netns" link set lo up
	mkfifo "$BATS_TEST_TMPDIR/hold"
	exec 9<>"$BATS_TEST_TMPDIR/hold"
	ip netns exec "$netns" "$ctl_pairs" --pairs 3 <&9 >"$BATS_TEST_TMPDIR/port" 2>&1 3>&- 9>&- &
	pid=$!
	for _ in $(seq 100); do
		[ ! -s "$BATS_TEST_TMPDIR/port" ] || break
		sleep 0.1
	done
	run -0 ctl -n "$netns" stats
	[ "$(awk '$1 == "TlsCurrTxSw" { print $2 }' <<<"$output")" = 6 ]
	run -0 ctl -n "$netns" sockets --summary
	has_line '6 kernel TLS sockets'
	run -0 ctl sockets
	[[ $output != *"127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")"* ]]
	run -0 ctl sockets -n "$pid" --port "$(cat "$BATS_TEST_TMPDIR/port")" --json
	has_line '  "count": 6,'
	kill "$pid"
}
