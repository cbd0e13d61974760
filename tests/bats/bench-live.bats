#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench while it runs: intervals, events, what a terminal shows, and an end before its time.
# shellcheck disable=SC2154

load bench-helpers.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

@test "live: an interval is a line, all of them, before the table" {
	bench --runs 2 -t 300ms -i 100ms --cases plain,engine >out
	[ "$(grep -c -E '^(plain TCP|libktls, engine) +run [12] +0\.[0-9]+-0\.[0-9]+ +s +[0-9.]+ Gbit/s$' out)" -eq 12 ]
	head -n 1 out | grep -q '^plain TCP  *run 1  *0.00-0.10 '
	[ "$(grep -n '^case ' out | cut -d: -f1)" -gt 12 ]
}

@test "live: an interval is out before the measurement has ended" {
	"$bench_bin" --runs 1 -t 3s -O 0 -i 200ms --cases plain >out &
	pid=$!
	for _ in $(seq 100); do
		[ ! -s out ] || break
		sleep 0.05
	done
	kill -0 "$pid"
	grep -q '^plain TCP  *run 1  *0.00-0.20 ' out
	kill "$pid"
	wait "$pid" || true
}

@test "live: events, a JSON object a line" {
	bench --json-stream --runs 2 -t 200ms -i 100ms --cases plain,engine >stream
	[ "$(jq -r .event stream | uniq -c | awk '{ print $1, $2 }' | tr '\n' ',')" = \
		'1 start,2 interval,1 sample,2 interval,1 sample,2 interval,1 sample,2 interval,1 sample,1 tls,1 end,' ]
	[ "$(jq -r 'select(.event == "sample").data | [.case, .run] | join(" ")' stream | tr '\n' ,)" = 'plain 1,engine 1,plain 2,engine 2,' ]
	[ "$(jq -r 'select(.event == "end").data.cases | length' stream)" -eq 2 ]
	[ "$(wc -l <stream)" -eq "$(jq -c . stream | wc -l)" ]
	run -2 --separate-stderr bench -J --json-stream
	[[ $stderr == 'ktls-bench: --json and --json-stream are two forms of the same'* ]]
}

@test "live: a report for a file is appended to it" {
	for run in 1 2; do
		run -0 bench --runs 1 --cases plain --logfile log
		[ -z "$output" ]
		[ "$(grep -c '^plain TCP  *[0-9]' log)" -eq "$run" ]
	done
	run -1 --separate-stderr bench --runs 1 --cases plain --logfile no/such/log
	[ "$stderr" = 'ktls-bench: no/such/log: No such file or directory' ]
	[ ! -e /dev/full ] || run -1 --separate-stderr bench --runs 1 --cases plain --logfile /dev/full
	[ "$stderr" = 'ktls-bench: /dev/full: No space left on device' ]
}

@test "live: a terminal is told what is measured now, and nothing of that stays" {
	command -v script >/dev/null || skip 'script is not installed'
	script -qec "$(printf '%q ' "$bench_bin" --runs 1 -t 100ms -O 0 --cases plain,engine)" /dev/null >typescript </dev/null
	tr '\r' '\n' <typescript | grep -q '^run 1 of 1: libktls, engine'
	bench --runs 1 --cases plain 2>err >out
	[ ! -s err ]
}

# on_terminal ARGUMENT...: what a terminal of 80 columns is given, without what was rewritten.
on_terminal() {
	script -qec "$(printf '%q ' "$bench_bin" --color never -t 100ms -O 0 "$@")" /dev/null </dev/null | sed -e 's/\r$//' -e 's/.*\x1b\[K//'
}

@test "live: a terminal is shown bars with their spread, and nobody else is" {
	command -v script >/dev/null || skip 'script is not installed'
	on_terminal --runs 3 --cases plain,libssl,engine >shown
	[ "$(grep -c -E '^(plain TCP|libssl|libktls, engine)  *#*=*-*$' shown)" -eq 3 ]
	grep -qx '  *# slowest run, = median, - fastest' shown
	# The longest is as long as it may be, and fits.
	[ "$(sed -n -E 's/^(plain TCP|libssl|libktls, engine)  *(#*=*-*)$/\2/p' shown | awk 'length > most { most = length } END { print most }')" -eq 50 ]
	# One measurement has no spread.
	on_terminal --runs 1 --cases plain >shown
	grep -qx 'plain TCP #\{50\}' shown
	run ! grep -q 'slowest run' shown
	bench --cases plain,libssl >table
	run ! grep -q '##' table
}

@test "live: a signal ends it, and what was measured is shown" {
	# Blocked signals and a shell that ignores SIGINT for what runs in the background would hide it: SIGTERM then.
	"$bench_bin" --runs 50 -t 300ms -O 0 --cases plain,engine -J >report.json 2>err &
	pid=$!
	sleep 1.5
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 143 ]
	grep -qx 'ktls-bench: .*: interrupted by SIGTERM while measuring' err
	[ "$(wc -l <err)" -eq 1 ]
	[ "$(report .end.interrupted)" = true ]
	n=$(report '.end.cases[0].results.samples | length')
	[ "$n" -ge 1 ]
	[ "$n" -lt 20 ]
	# The processes that it started have gone as well.
	run ! pgrep -P "$pid"
}
