#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The programs of tests/perf run, and say what they are to say; figures are for people.

top=${KTLS_SOURCE_DIR:-$BATS_TEST_DIRNAME/../..}
build=${KTLS_BUILD_DIR:-$top}

bats_require_minimum_version 1.5.0

@test "constant-time: every leaf that runs here, with its controls" {
	run -0 "$build/constant-time" -n 100
	[[ ${lines[0]} == 'leaf '*'cipher '*'bytes '*' sees' ]]
	grep -q '^(control) .* control: a leak$' <<<"$output"
	for cipher in aes-128-gcm aes-256-gcm; do
		for bytes in 64 1024 16384; do
			[ "$(grep -c "^evp .* $cipher  *$bytes " <<<"$output")" -eq 8 ]
		done
	done
	[[ ${lines[-1]} == 'farthest from 0 of the rows that must not differ: '* ]]
	run -0 "$build/constant-time" -n 100 evp
	[ "$(grep -vc '^evp ' <<<"$output")" -eq 4 ]
}

@test "constant-time: wrong arguments" {
	run -0 "$build/constant-time" -h
	[[ ${lines[0]} == 'usage: constant-time '* ]]
	run -2 "$build/constant-time" -n 1
	[[ $output == *'-n 1: give a number from 100 to '* ]]
	run -2 "$build/constant-time" -x
	run -1 "$build/constant-time" no-such-leaf
	[[ $output == *'no-such-leaf: this build has no such leaf' ]]
	KTLS_CPU_MASK=all run -1 "$build/constant-time" aesni-pclmul
	[[ $output == *aesni-pclmul:* ]]
}

@test "compilers: a build beside itself" {
	command -v jq >/dev/null || skip 'jq is not installed'
	run -0 "$top/tests/perf/compilers" "$build" "$build" 1 1ms
	[[ $output == *'1 rounds x 1ms a cell'* ]]
	for cell in 'aes-128-gcm libcrypto seal 256 B' 'aes-256-gcm evp open 16 KiB'; do
		awk -v cell="$cell" 'index($0, cell) == 1 { $0 = substr($0, 43); found = $1 > 0 && $2 > 0 && $3 > 0 } END { exit !found }' <<<"$output"
	done
	grep -Eq '^summary: [0-9]+ of [0-9]+ cells lie more than 5 % apart' <<<"$output"
}

@test "compilers: wrong arguments" {
	run -2 "$top/tests/perf/compilers" "$build"
	run -2 "$top/tests/perf/compilers" "$build" "$BATS_TEST_TMPDIR"
	[[ $output == *"no ktls-bench in $BATS_TEST_TMPDIR"* ]]
	run -2 "$top/tests/perf/compilers" "$build" "$build" 0
	[[ $output == *'0 rounds: give a number'* ]]
}

@test "connection-peers: every row, and the peers that are not there" {
	command -v jq >/dev/null || skip 'jq is not installed'
	ROUNDS=1 RUNS=1 TIME=20ms run -0 --separate-stderr "$top/tests/perf/connection-peers" "$build"
	for row in 'one connection, 256 KiB writes libssl' 'the same                       plain TCP' 'the same, CPU, both ends       libssl' \
		'1 KiB writes, coalesced        libssl' 'request, answer, 64 B: p50     libssl' 'request, answer, 64 B: p99     libssl'; do
		# Of each key size one, seen.
		[ "$(awk -v row="$row" 'index($0, row) == 1 && /%$/' <<<"$output" | wc -l)" -eq 2 ]
	done
	grep -q '^not found: libssl 3\.[05] ' <<<"$output"
	grep -q '^not found: BoringSSL, ' <<<"$output"
}

@test "connection-peers: wrong arguments" {
	run -2 "$top/tests/perf/connection-peers"
	run -2 "$top/tests/perf/connection-peers" "$BATS_TEST_TMPDIR"
	run -1 "$top/tests/perf/connection-peers" "$build" "$BATS_TEST_TMPDIR"
	[[ $output == "$BATS_TEST_TMPDIR: there is no usr/lib/"* ]]
}

@test "vmsplice: what it says of pages, and a figure for each way" {
	run -0 "$build/vmsplice" 0.05
	grep -Eq '^written again once acknowledged .*: [0-9]+ of 4096 bytes changed$' <<<"$output"
	grep -q '^given back and taken anew: 0 of 4096 bytes changed$' <<<"$output"
	for way in 'send()' 'vmsplice, pages reused' 'vmsplice, fresh pages'; do
		awk -v way="$way" 'index($0, way) == 1 { $0 = substr($0, 25); found = $1 > 0 && $2 > 0 && $3 > 0 } END { exit !found }' <<<"$output"
	done
	run -2 "$build/vmsplice" 0
	[[ $output == *'usage: vmsplice '* ]]
}
