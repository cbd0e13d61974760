#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench tells the truth: what is slower comes out slower, what is equal comes out equal, and CPU time is what others count, too.
# No figure here must be reached: only what belongs together is compared, and CPU time does not depend on what else the machine does.
# shellcheck disable=SC2154

load bench-helpers.bash

slow_write=${KTLS_BUILD_DIR:-/usr/bin}${KTLS_BUILD_DIR:+/.libs}/slow-write.so

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

# cost CASE END FILE: CPU seconds per GiB of the sender or the receiver.
cost() {
	jq ".end.cases[] | select(.case == \"$1\") | .results.$2_cost | .user + .system" "$3"
}

@test "honest: what wastes CPU time for each write costs as much more, and nobody else does" {
	need_preload "$slow_write"
	"$bench_bin" -J --runs 3 -t 300ms -O 50ms -l 128k --cases libssl,engine >before.json
	LD_PRELOAD=$slow_write KTLS_SLOW_US=200 "$bench_bin" -J --runs 3 -t 300ms -O 50ms -l 128k --cases libssl,engine >after.json
	# 8192 writes of 128 KiB in a GiB, 200 us each.
	awk -v more="$(cost libssl sender after.json)" -v less="$(cost libssl sender before.json)" \
		'BEGIN { print more, less, more - less, "of 1.64"; exit !(more - less > 1.3 && more - less < 2.2) }'
	# The receiver only waits more often, and the engine does not know of it.
	awk -v more="$(cost libssl receiver after.json)" -v less="$(cost libssl receiver before.json)" \
		'BEGIN { print more, less; exit !(more - less < 0.8) }'
	awk -v more="$(cost engine sender after.json)" -v less="$(cost engine sender before.json)" \
		'BEGIN { print more, less; exit !(more - less < 0.6) }'
	[ "$(jq '.end.cases[1].results.ratio > 1' after.json)" = true ]
}

# Equal to within the larger of the two spreads that are reported.
equal_within_spread() {
	jq -e '[.end.cases[].results.bits_per_second] | map((.max - .min) / .median) as $spread |
		((.[0].median - .[1].median) / .[0].median | fabs) <= ($spread | max)' "$1"
}

@test "honest: the same thing twice comes out equal, within the spread that is reported" {
	# What falls upon one of them alone, again and again, would be chance.
	for _ in 1 2 3; do
		"$bench_bin" -J --runs 5 -t 100ms -O 20ms --cases engine,engine >report.json
		[ "$(report '.end.cases | length')" -eq 2 ]
		equal_within_spread report.json && break
	done
	equal_within_spread report.json
}

@test "honest: CPU time is what time(1) counts for all processes, less what is not measured" {
	[ -x /usr/bin/time ] || skip 'time is not installed'
	/usr/bin/time -f '%U %S' -o times "$bench_bin" -J --runs 2 -t 1s -O 0 --cases engine >report.json
	counted=$(report '[.end.cases[].results.samples[] | .sender_cpu_seconds, .receiver_cpu_seconds | .user + .system] | add')
	awk -v counted="$counted" '{ print counted, "of", $1 + $2; exit !(counted < $1 + $2 + 0.05 && counted > 0.7 * ($1 + $2)) }' times
}

@test "honest: CPU time is what perf stat counts, where that counts" {
	command -v perf >/dev/null || skip 'perf is not installed'
	[ -x /usr/bin/time ] || skip 'time is not installed'
	perf stat -x, -e task-clock -o stat true 2>/dev/null && grep -q '^[0-9.]*,msec,task-clock' stat || skip 'perf stat counts nothing here'
	perf stat -x, -e task-clock -o stat /usr/bin/time -f '%U %S' -o times "$bench_bin" -J --runs 2 -t 1s -O 0 --cases libssl >report.json
	all=$(awk '{ print $1 + $2 }' times)
	# perf's clock goes on while the machine beneath runs somebody else, that of the kernel's accounts does not.
	awk -F, -v all="$all" '/task-clock/ { exit !($1 / 1000 < 1.05 * all + 0.05) }' stat || skip 'perf stat counts time that was not ours'
	counted=$(report '[.end.cases[].results.samples[] | .sender_cpu_seconds, .receiver_cpu_seconds | .user + .system] | add')
	awk -F, -v counted="$counted" '/task-clock/ { print counted, "of", $1 / 1000; exit !(counted < $1 / 1000 + 0.05 && counted > 0.7 * $1 / 1000) }' stat
}
