#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl stats on this system, counted against connections that are made.
# shellcheck disable=SC2154

load ctl-helpers.bash

setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 0700 "$XDG_RUNTIME_DIR"
}

@test "stats of this system are the system's" {
	need_kernel_tls
	run -0 ctl stats
	while read -r name value; do
		grep -q "^$name  *$value\b" <<<"$output" || { echo "$name $value"; return 1; }
	done </proc/net/tls_stat
	run -0 ctl stats --prometheus
	check_prometheus <<<"$output"
	[ "$(grep -c '^# TYPE' <<<"$output")" -eq $(($(wc -l </proc/net/tls_stat) + 1)) ]
}

@test "changes are the connections that were made" {
	need_kernel_tls
	ctl stats --reset-baseline
	ktls-pairs --pairs 7 --once
	ktls-pairs --pairs 2 --tx-only --once
	run -0 ctl stats --delta
	[ "$(awk '$1 == "TlsTxSw" { print $3 }' <<<"$output")" = +18 ]
	[ "$(awk '$1 == "TlsRxSw" { print $3 }' <<<"$output")" = +14 ]
}

@test "another network namespace has counters of its own" {
	need_kernel_tls
	[ "$(id -u)" -eq 0 ] || skip 'only root can make a network namespace'
	ktls-pairs --pairs 1 --once
	run -0 unshare --net "$ctl_bin" stats
	[ "$(awk '$1 == "TlsTxSw" { print $2 }' <<<"$output")" = 0 ]
}
