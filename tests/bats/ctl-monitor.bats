#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl monitor: on a recorded system that changes.
# shellcheck disable=SC2154

load ctl-helpers.bash

teardown() {
	[ -z "${monitor-}" ] || kill "$monitor" 2>/dev/null || true
}

# set_counter NAME VALUE: in $tree, at once.
set_counter() {
	{ grep -v "^$1 " "$tree/proc/net/tls_stat"; printf '%-32s\t%s\n' "$1" "$2"; } >"$tree/proc/net/new"
	mv "$tree/proc/net/new" "$tree/proc/net/tls_stat"
}

# start_monitor ARGUMENT...: on $tree, to $log, and at work: it has told of a counter.
start_monitor() {
	log=$BATS_TEST_TMPDIR/log
	set_counter TlsHello 0
	# A leak check at the end waits for ever now and then where signals are blocked, as they are here; other tests have one.
	ASAN_OPTIONS=detect_leaks=0 timeout -k 10 100 "$ctl_bin" --sysroot "$tree" monitor --interval=200ms "$@" >"$log" 2>&1 3>&- &
	monitor=$!
	for ((i = 1; i < 300; i++)); do
		set_counter TlsHello "$i"
		sleep 0.1
		! grep -q TlsHello "$log" || return 0
	done
	return 1
}

# told [PATTERN]: how many lines, but for those of the start.
told() {
	grep -v TlsHello "$log" | grep -c -E -- "${1-.}" || true
}

# wait_for N PATTERN: until so many lines are there.
wait_for() {
	for ((i = 0; i < 300; i++)); do
		[ "$(told "$2")" -lt "$1" ] || return 0
		sleep 0.1
	done
	cat "$log"
	return 1
}

# end_monitor [SIGNAL]: its status is this one's.
end_monitor() {
	local status=0
	[ -z "${1-}" ] || kill "-$1" "$monitor"
	wait "$monitor" || status=$?
	monitor=
	output=$(cat "$log")
	return "$status"
}

@test "connections that come and go are told" {
	copy_tree sockets
	mv "$tree/netlink" "$tree/later"
	start_monitor
	mv "$tree/later" "$tree/netlink"
	wait_for 10 '^[0-9:.]{12}  open     '
	rm "$tree/netlink/sock_diag"
	wait_for 10 '^[0-9:.]{12}  close    '
	end_monitor INT
	[ "$(told)" -eq 20 ]
	has_text '  open     127.0.0.1:36503  127.0.0.1:56550  tls 1.3  aes-128-gcm  tx software  rx software  ktls-pairs/141'
}

@test "errors and rekeys are told when they are counted" {
	copy_tree loaded-7
	start_monitor
	set_counter TlsDecryptError 5
	set_counter TlsTxRekeyOk 8
	set_counter TlsCurrTxSw 9
	wait_for 1 'TlsTxRekeyOk'
	end_monitor TERM
	[ "$(told)" -eq 2 ]
	has_text '  error    TlsDecryptError +3  records that failed authentication'
	has_text '  counter  TlsTxRekeyOk +1  keys replaced for sending'
}

@test "monitor in JSON is one object a line" {
	copy_tree sockets
	start_monitor --json
	set_counter TlsRxRekeyError 1
	wait_for 1 TlsRxRekeyError
	rm "$tree/netlink/sock_diag"
	wait_for 10 close
	end_monitor INT
	[ "$(told)" -eq 11 ]
	[ "$(told '^\{"schema":1,"command":"monitor","time":.*,"event":"error","counter":"TlsRxRekeyError","change":1,"value":1\}$')" -eq 1 ]
	[ "$(told '"event":"close","socket":\{"local":\{"address":".*\}\}$')" -eq 10 ]
}

@test "other keys than before are told" {
	command -v perl >/dev/null || skip 'perl is not installed'
	copy_tree sockets
	start_monitor
	# TLS_INFO_TXCONF: from software to none.
	perl -0777 -pe 's/\x06\0\x03\0\x02\0/\x06\0\x03\0\x01\0/g' "$tree/netlink/sock_diag" >"$tree/netlink/new"
	mv "$tree/netlink/new" "$tree/netlink/sock_diag"
	wait_for 8 '  change   .*  tx none  rx '
	end_monitor INT
	[ "$(told)" -eq 8 ]
}

@test "a list with gaps closes nothing" {
	copy_tree sockets
	start_monitor
	head -c 1000 "$tree/netlink/sock_diag" >"$tree/netlink/new"
	cp "$tree/netlink/sock_diag" "$tree/netlink/whole"
	mv "$tree/netlink/new" "$tree/netlink/sock_diag"
	sleep 1
	mv "$tree/netlink/whole" "$tree/netlink/sock_diag"
	end_monitor INT
	[ "$(told)" -eq 0 ]
}

@test "monitor ends after so many events, and in time" {
	copy_tree sockets
	start_monitor --count 3
	set_counter TlsDecryptError 50
	sleep 1
	rm "$tree/netlink/sock_diag"
	end_monitor
	[ "$(wc -l <"$log")" -eq 3 ]
	run -0 timeout 60 "$ctl_bin" --sysroot "$ctl_trees/sockets" monitor --duration 500ms
	[ -z "$output" ]
}

@test "monitor without kernel TLS is unavailable" {
	run -3 --separate-stderr ctl_tree loadable monitor --duration 5
	[ -z "$output" ]
	[[ $stderr == 'ktlsctl: no kernel TLS is loaded here'* ]]
}

@test "monitor refuses numbers that are none" {
	for words in '--count 0' '--count x' '--interval 0' '--interval x' '--duration 0' '--count -1'; do
		# shellcheck disable=SC2086 # words
		run -2 ctl_tree loaded-7 monitor $words
	done
}
