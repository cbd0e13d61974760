#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench rekey: what a KeyUpdate costs.
# shellcheck disable=SC2154

load bench-helpers.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

# The number of KeyUpdates of a row: results have them a second.
key_updates() {
	report ".end.cases[] | select(.case == \"$1\") | .results | .extra.key_updates_per_second * .samples[0].seconds | round"
}

@test "rekey: as many KeyUpdates as there should be, and the data as it was sent" {
	bench rekey -J --runs 1 -n 4M -l 16k --every 64k,1M --cases libssl,engine --verify-data >report.json
	for id in libssl engine; do
		[ "$(key_updates $id)" -eq 0 ]
		# The last one comes behind the last byte.
		[ "$(key_updates $id-65536)" -eq 64 ]
		[ "$(key_updates $id-1048576)" -eq 4 ]
	done
	[ "$(report '.end.cases[].results.samples[0].bytes' | sort -u)" -eq 4194304 ]
	[ "$(report '.end.cases[] | select(.case == "engine") | .results.ratio')" = 1 ]
	[ "$(report '.end.cases[3:] | map(.title) | join("|")')" = \
		'libktls, engine, never|libktls, engine, every 64 KiB|libktls, engine, every 1 MiB' ]
	[ "$(report '.end.cases[4].base')" = engine ]
	[ "$(report .end.conclusion | grep -c 'libktls, engine: a KeyUpdate costs')" -eq 1 ]
}

@test "rekey: the lines for spreadsheets have the KeyUpdates, too" {
	bench rekey --runs 2 -n 4M --every 64k --cases engine --csv out.csv >table
	[ "$(head -n 1 out.csv | tr ',' '\n' | tail -n 1)" = key_updates_per_second ]
	[ "$(awk -F, 'NF != 20' out.csv | wc -l)" -eq 0 ]
	awk -F, 'NR > 1 { print $2, $13 * $20 + 0.5 }' out.csv | sed 's/\..*//' | sort | uniq -c | awk '{ print $1, $2, $3 }' >counts
	diff counts - <<-'END'
		2 engine 0
		2 engine-65536 64
	END
}

@test "rekey: both directions at once" {
	bench rekey -J --runs 1 -n 2M --every 1M --cases engine --bidir >report.json
	[ "$(key_updates engine-1048576)" -eq 4 ]
	[ "$(report '.end.cases[].results.samples[0].bytes' | sort -u)" -eq 4194304 ]
}

@test "rekey: the line of a measurement has its KeyUpdates" {
	bench rekey --runs 1 -n 2M --every 1M --cases engine --csv out.csv >table
	[ "$(head -n 1 out.csv | cut -d, -f20-)" = key_updates_per_second ]
	# Without KeyUpdates, and with them.
	[ "$(cut -d, -f2,20 out.csv | sed -n 2p)" = engine,0.000000 ]
	awk -F, 'NR == 3 { exit !(NF == 20 && $2 == "engine-1048576" && $20 > 0) }' out.csv
}

@test "rekey: bad usage is one line" {
	while IFS='|' read -r arguments words; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr bench rekey $arguments
		[[ ${stderr_lines[0]} == "ktls-bench: $words"* ]]
	done <<-'END'
		--tls 1.2|--tls: the mode rekey needs TLS 1.3
		--every 0|--every: '0' is not a size
		--every ,|--every: no size is named
		--every 1,2,3,4,5,6,7,8,9|--every: more than 8 sizes
		--cases plain|--cases: plain is not for the mode rekey
	END
	run -2 --separate-stderr bench --every 1M
	[[ $stderr == 'ktls-bench: --every is not for the mode throughput'* ]]
}
