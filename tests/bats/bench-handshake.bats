#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench handshake: connections, full and resumed.
# shellcheck disable=SC2154

load bench-helpers.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

# Plain TCP has no sessions.
expected_rows() {
	expected_cases | grep -v sendfile | while read -r id; do
		echo "$id"
		[ "$id" = plain ] || echo "$id-resumed"
	done
}

@test "handshake: full and resumed for every case that can be had, on either version" {
	for version in 1.2 1.3; do
		bench handshake -J --tls "$version" >report.json
		diff <(report '.end.cases[] | select(.results) | .case') <(expected_rows)
		[ "$(report '[.end.cases[] | select(.results) | select(.results.resumed != (.case | endswith("-resumed")))] | length')" -eq 0 ]
		[ "$(report '[.end.cases[] | select(.results) | .results | select(.connections_per_second.median <= 0 or .latency_seconds.p50 <= 0)] | length')" -eq 0 ]
	done
}

@test "handshake: a row is compared with libssl's of the same kind" {
	bench handshake -J --cases libssl,engine >report.json
	[ "$(report '.end.cases[] | select(.case | startswith("libssl")) | .results.ratio' | sort -u)" = 1 ]
	for kind in '' -resumed; do
		report "[.end.cases[] | {(.case): .results}] | add | .\"engine$kind\" as \$e | .\"libssl$kind\" as \$l |
			\$e.ratio - \$e.connections_per_second.median / \$l.connections_per_second.median" >difference
		awk '{ exit !($1 < 1e-9 && $1 > -1e-9) }' difference
	done
	# Without libssl there is nothing to compare a resumed one with.
	bench handshake -J --cases engine-resumed,plain >report.json
	[ "$(report '.end.cases | length')" -eq 2 ]
}

@test "handshake: several at once, and far more than there are ports for" {
	before=$(grep -c ' 06 ' /proc/net/tcp) || true
	bench handshake -J -P 4 -t 300ms --runs 1 --cases plain >report.json
	n=$(report '.end.cases[0].results.samples[0].transactions')
	[ "$n" -gt 0 ]
	# They do not stay behind at the client's ports; other programs' may.
	after=$(grep -c ' 06 ' /proc/net/tcp) || true
	[ $((after - before)) -lt $((n / 2 + 10)) ]
}

@test "handshake: what the mode does not have is bad usage" {
	while IFS='|' read -r arguments words; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr bench handshake $arguments
		[[ ${stderr_lines[0]} == "ktls-bench: $words"* ]]
	done <<-'END'
		-l 5|--length is not for the mode handshake
		--bidir|--bidir is not for the mode handshake
		-b 5|--bitrate is not for the mode handshake
		-R|--reverse is not for the mode handshake
		--cases kernel-sendfile|--cases: kernel-sendfile is not for the mode handshake
	END
}
