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

# in_three_tries COMMAND...: what falls upon one side of a comparison alone, again and again, would be chance.
in_three_tries() {
	for _ in 1 2 3; do
		! "$@" || return 0
	done
	return 1
}

# within LESS MORE LOW HIGH: whether the difference lies between.
within() {
	awk -v less="$1" -v more="$2" -v low="$3" -v high="$4" \
		'BEGIN { print more, less, more - less, "of", low, "to", high; exit !(more - less > low && more - less < high) }'
}

# Whoever writes through the shim pays for it, and nobody else.
waste_is_seen() {
	"$bench_bin" -J --runs 3 -t 300ms -O 50ms -l 128k --cases libssl,engine >before.json || return
	LD_PRELOAD=$slow_write KTLS_SLOW_US=200 "$bench_bin" -J --runs 3 -t 300ms -O 50ms -l 128k --cases libssl,engine >after.json || return
	# 8192 writes of 128 KiB in a GiB, 200 us each: 1.64 s. The receiver only waits more often, and the engine does not know of it.
	within "$(cost libssl sender before.json)" "$(cost libssl sender after.json)" 1.3 2.2 &&
		within "$(cost libssl receiver before.json)" "$(cost libssl receiver after.json)" -99 0.8 &&
		within "$(cost engine sender before.json)" "$(cost engine sender after.json)" -99 0.6 &&
		[ "$(jq '.end.cases[1].results.ratio > 1' after.json)" = true ]
}

@test "honest: what wastes CPU time for each write costs as much more, and nobody else does" {
	need_preload "$slow_write"
	in_three_tries waste_is_seen
}

# Equal to within the larger of the two spreads that are reported.
twins_are_equal() {
	"$bench_bin" -J --runs 5 -t 100ms -O 20ms --cases engine,engine >report.json || return
	[ "$(report '.end.cases | length')" -eq 2 ] || return
	jq -e '[.end.cases[].results.bits_per_second] | map((.max - .min) / .median) as $spread |
		((.[0].median - .[1].median) / .[0].median | fabs) <= ($spread | max)' report.json
}

@test "honest: the same thing twice comes out equal, within the spread that is reported" {
	in_three_tries twins_are_equal
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
