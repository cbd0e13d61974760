#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Two hundred connections at once to one ktls-cat that echoes, and fifty peers that misbehave: every good one gets all that it sent, and afterwards
# the listener is what it was before. KTLS_TEST_ECHO_BYTES: what each sends.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

crowd_bin=${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}tls-crowd

setup_file() {
	cat_setup_file
}

setup() {
	cat_setup
	patience=300
}

teardown() {
	cat_teardown
}

# crowd NAME ARGUMENT...: clients in the background; what they say is in NAME.
crowd() {
	local name=$1
	shift
	timeout "$patience" "$crowd_bin" --port "$port" "$@" >"$name" 2>&1 3>&- &
	remember "$name"
}

crowd_end() {
	wait "${pids[$1]}" || {
		tail "$1"
		return 1
	}
}

resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/${pids[server]}/status"
}

descriptors() {
	ls "/proc/${pids[server]}/fd"
}

no_children() {
	! pgrep -P "${pids[server]}"
}

children_are() {
	[ "$(pgrep -c -P "${pids[server]}")" -ge "$1" ]
}

# ends EXPECTED FILTER: so many reports have this.
ends() {
	[ "$(jq -s "map(select($2)) | length" server.json)" -eq "$1" ] || {
		jq -c '[.end, .exit_code, .error]' server.json | sort | uniq -c
		return 1
	}
}

@test "200 echoes and 50 peers that misbehave" {
	bytes=${KTLS_TEST_ECHO_BYTES:-10485760}
	cat_guard='' cat_listen -k -m 300 -w 10s -e cat
	crowd warm --good 1
	crowd_end warm
	wait_until no_children
	resident=$(resident)
	descriptors=$(descriptors)
	: >server.json
	crowd all --good 200 --bad 50 --bytes "$bytes"
	wait_until children_are 200
	crowd_end all
	cat all
	grep -qx '200 good' all
	wait_until no_children
	ends 250 true
	ends 200 ".exit_code == 0 and .end == \"close_notify\" and .rx.bytes == $bytes and .tx.bytes == $bytes and .command_status == 0"
	ends 25 '.end == "timeout"'
	ends 13 '.end == "handshake"'
	# In the middle of a record, or before the handshake was over.
	ends 12 '.exit_code == 1 or .exit_code == 6'
	echo "# resident: $resident KiB before, $(resident) KiB after" >&3
	[ "$(resident)" -le "$((resident + 256))" ]
	[ "$(descriptors)" = "$descriptors" ]
	# And it goes on.
	crowd again --good 1
	crowd_end again
	kill -TERM "${pids[server]}"
	cat_end server 143
}

@test "more than -m allows: the others wait, and all are served" {
	cat_guard='' cat_listen -k -m 4 -e cat
	for i in 1 2 3 4 5 6 7 8; do
		crowd "crowd$i" --good 1 --bytes 3000000
	done
	for i in 1 2 3 4 5 6 7 8; do
		! pgrep -c -P "${pids[server]}" >most || [ "$(cat most)" -le 4 ]
		crowd_end "crowd$i"
	done
	wait_until no_children
	ends 8 '.exit_code == 0'
	kill -TERM "${pids[server]}"
	cat_end server 143
}
