#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl monitor on this system, with connections that are made and closed.
# shellcheck disable=SC2154

load ctl-helpers.bash

setup() {
	mkfifo "$BATS_TEST_TMPDIR/hold"
	exec 9<>"$BATS_TEST_TMPDIR/hold"
	log=$BATS_TEST_TMPDIR/log
}

teardown() {
	for pid in ${monitor-} ${pairs-}; do
		kill "$pid" 2>/dev/null || true
	done
}

@test "connections are told when they open and close" {
	need_kernel_tls
	"$ctl_bin" monitor --interval 500ms --duration 120 >"$log" 2>&1 3>&- &
	monitor=$!
	sleep 3
	"$ctl_pairs" --pairs 1 --tls 1.2 --cipher aes-256-gcm <&9 >/dev/null 2>&1 3>&- 9>&- &
	pairs=$!
	for _ in $(seq 200); do
		[ "$(grep -c '  open  ' "$log")" -lt 2 ] || break
		sleep 0.2
	done
	kill "$pairs"
	pairs=
	for _ in $(seq 200); do
		[ "$(grep -c '  close  ' "$log")" -lt 2 ] || break
		sleep 0.2
	done
	# Not INT: a shell starts what runs in the background with that ignored.
	kill -TERM "$monitor"
	wait "$monitor"
	output=$(cat "$log")
	echo "$output"
	[ "$(grep -c '  open     .*  tls 1.2  aes-256-gcm  tx software  rx software  ktls-pairs/' "$log")" -eq 2 ]
	[ "$(grep -c '  close    .*  tls 1.2  aes-256-gcm  tx software  rx software' "$log")" -eq 2 ]
	has_text '  counter  TlsTxSw +2  sessions ever for sending, in software'
}
