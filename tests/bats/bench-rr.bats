#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench rr: requests and answers.
# shellcheck disable=SC2154

load bench-helpers.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

@test "rr: every case that can be had is measured" {
	bench rr -J >report.json
	[ "$(report .mode)" = rr ]
	diff <(report '.end.cases[] | select(.results) | .case') <(expected_cases | grep -v sendfile)
	[ "$(report .start.test_start.blksize)" -eq 64 ]
	report '.end.cases[] | select(.results) | .results | select(.transactions_per_second.median <= 0 or .latency_seconds.p50 <= 0)' >none
	[ ! -s none ]
}

@test "rr: percentiles rise, and none is above the longest" {
	bench rr -J --cases libssl,engine >report.json
	report '.end.cases[].results.latency_seconds | select((.p50 > .p90) or (.p90 > .p99) or (.p99 > .p999) or (.p999 > .max))' >wrong
	[ ! -s wrong ]
	# One at a time: the median cannot be far from what the rate says, in either direction.
	[ "$(report '[.end.cases[].results.samples[].transactions] | min')" -gt 0 ]
}

@test "rr: bytes are those of the transactions, and as they were sent" {
	bench rr -J --runs 1 -l 5000 -P 3 --verify-data >report.json
	[ "$(report .start.test_start.num_streams)" -eq 3 ]
	report '.end.cases[] | select(.results) | .results.samples[] | select(.bytes % 5000 != 0 or .bytes == 0)' >wrong
	[ ! -s wrong ]
}

@test "rr: small records and the other direction" {
	bench rr -J --runs 1 -l 3000 --record-size 1000 -R --verify-data >report.json
	# libssl does not use the kernel when records are to be short.
	diff <(report '.end.cases[] | select(.results) | .case') <(expected_cases | grep -v -e sendfile -e libssl-ktls)
}

@test "rr: with a rate a latency counts from when the request was due" {
	# Far more than can be answered: those that come late have waited since they were due, for longer than the answer takes.
	bench rr -J --runs 1 -t 200ms --cases plain >free.json
	bench rr -J --runs 1 -t 200ms -b 10M --cases plain >report.json
	late=$(report '.end.cases[0].results.latency_seconds.p50')
	awk -v late="$late" 'BEGIN { print late; exit !(late > 0.02) }'
	awk -v free="$(jq '.end.cases[0].results.latency_seconds.p50' free.json)" 'BEGIN { exit !(free < 0.02) }'
	# And a few only.
	bench rr -J --runs 1 -t 500ms -b 100 --cases plain >report.json
	n=$(report '.end.cases[0].results.samples[0].transactions')
	[ "$n" -ge 40 ] && [ "$n" -le 52 ]
}

@test "rr: the table has the latencies" {
	bench rr --cases plain,libssl,engine >table
	grep -q '^case  *trans/s  *spread  *ratio  *p50 us  *p90  *p99  *p99.9  *CPU us' table
	[ "$(awk '/^libktls, engine  *[0-9]/ { print NF }' table)" -eq 12 ]
}

@test "rr: what the mode does not have is bad usage" {
	run -2 --separate-stderr bench rr -n 5M
	[[ $stderr == 'ktls-bench: --bytes is not for the mode rr'* ]]
	run -2 --separate-stderr bench rr --cases engine,kernel-sendfile
	[[ $stderr == 'ktls-bench: --cases: kernel-sendfile is not for the mode rr'* ]]
}
