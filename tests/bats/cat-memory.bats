#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Memory stays flat: as much as 4 GiB crosses, and neither end ever has 32 MiB resident.
# shellcheck disable=SC2034,SC2154

load cat-helpers.bash

setup_file() {
	cat_setup_file
	# All zero: what is sent must not take room on the disk.
	truncate -s "${KTLS_TEST_SIZE:-4G}" zeros
}

setup() {
	cat_setup
	patience=300
	size=$(stat -L -c %s zeros)
}

teardown() {
	cat_teardown
}

# stays_small NAME: the most that it has had resident, in KiB, while it still runs.
stays_small() {
	local peak
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/${pids[$1]}/status")
	echo "# $1: $peak KiB" >&3
	[ "$peak" -gt 0 ]
	[ "$peak" -lt 32768 ]
}

# Both ends wait for the listener's standard input when all has crossed: the time to look at them.
start_listener() {
	mkfifo out
	hold_input server
	cat_guard='' cat_out=out cat_start server -l 127.0.0.1:0 --tls-min 1.3 --cert server.pem --key server.key
	wc -c <out >count 3>&- 9>&- &
	counter=$!
	wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
}

check_both() {
	wait "$counter"
	[ "$(cat count)" -eq "$size" ]
	stays_small client
	stays_small server
	release_input
	cat_end client 0
	cat_end server 0
	[ "$(report client .tx.bytes)" -eq "$size" ]
	[ "$(report server .rx.bytes)" -eq "$size" ]
	carried client
	carried server
}

@test "a file into a pipe" {
	start_listener
	cat_guard='' cat_start client --cafile ca.pem --file zeros "localhost:$port"
	check_both
}

@test "a pipe into a pipe" {
	mkfifo client.in
	start_listener
	head -c "$size" /dev/zero >client.in 3>&- 9>&- &
	cat_guard='' cat_start client --cafile ca.pem "localhost:$port"
	check_both
}

# Nothing tells from outside when all has crossed: the last look before the end counts.
watch() {
	local status=/proc/${pids[$1]}/status
	while peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "$status" 2>/dev/null) && [ -n "$peak" ]; do
		last=$peak
		nap 0.02
	done
}

@test "a file into a device, which takes a buffer" {
	truncate -s "$((size / 8))" some
	ln -s some server.in
	cat_listen --tls-min 1.3
	cat_guard='' cat_out=/dev/null cat_start client --cafile ca.pem "localhost:$port"
	last=0
	watch client
	cat_end client 0
	cat_end server 0
	echo "# client: $last KiB" >&3
	[ "$last" -gt 0 ]
	[ "$last" -lt 32768 ]
	[ "$(report client .rx.bytes)" -eq "$((size / 8))" ]
}
