#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench where kernel TLS is: every mode, and every row of it. For working order only: an emulated machine says nothing about speed.
# shellcheck disable=SC2154

load bench-helpers.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	kernel_is_required || skip 'needs kernel TLS'
	[[ ${KTLS_TEST_KERNEL_LINE-} != 6.* ]] || skip 'the newest kernel of the matrix shows it'
	command -v jq >/dev/null || skip 'jq is not installed'
}

# every_row MODE ARGUMENTS: one short run, its report in report.json.
every_row() {
	"$bench_bin" -J --runs 1 -O 0 "$@" >report.json
}

# rows FILTER: the ids of the rows that were measured.
rows() {
	report '.end.cases[] | select(.results) | .case'
}

# The others, with their reasons.
missing() {
	report '.end.cases[] | select(.results == null) | .case + ": " + .not_run'
}

kernel_sessions() {
	report ".end.cases[] | select(.case == \"$1\") | .results | [.kernel_sessions_tx, .kernel_sessions_rx] | join(\" \")"
}

@test "kernel: throughput has every row, as the data was sent, and tls_stat is the proof" {
	every_row throughput -t 1s --verify-data
	diff <(rows) <(expected_cases)
	[ "$(missing | wc -l)" -eq 1 ]
	[[ $(missing) == 'kernel-zerocopy: '*'takes a network card that encrypts'* ]]
	[ "$(kernel_sessions plain)$(kernel_sessions libssl)$(kernel_sessions engine)" = '0 00 00 0' ]
	[ "$(kernel_sessions kernel)" = '2 2' ]
	[ "$(kernel_sessions kernel-sendfile)" = '2 2' ]
	[ "$(report '.end.cases[] | select(.case == "kernel") | .results | [.tx, .rx] | join(" ")')" = 'kernel kernel' ]
	[ "$(report '.end.cases[] | select(.case == "libssl-ktls") | .results.tx')" = kernel ]
	run -7 --separate-stderr "$bench_bin" --cases kernel-zerocopy
}

@test "kernel: the other direction, both at once, TLS 1.2, small records, odd writes, each cipher" {
	while read -r arguments; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		every_row throughput -n 300k --verify-data --cases kernel,kernel-sendfile $arguments
		[ "$(rows | wc -l)" -eq 2 ]
	done <<-'END'
		-R
		--bidir -P 2
		--tls 1.2 --cipher aes-128-gcm
		--record-size 1000 -l 1234
		--coalesce -l 1234
		--tls 1.2 --record-size 1000 --coalesce -l 100
		--cipher chacha20-poly1305
		--cipher aes-128-ccm
	END
}

@test "kernel: rr has every row" {
	every_row rr -t 1s --verify-data
	diff <(rows) <(expected_cases | grep -v sendfile)
}

@test "kernel: handshake has every row, full and resumed" {
	every_row handshake -t 2s
	diff <(rows) <(expected_cases | grep -v sendfile | while read -r id; do
		echo "$id"
		[ "$id" = plain ] || echo "$id-resumed"
	done)
	[ "$(report '[.end.cases[] | select(.results.resumed != (.case | endswith("-resumed")))] | length')" -eq 0 ]
}

@test "kernel: rekey changes keys in the kernel and says where libssl cannot" {
	every_row rekey -n 2M --every 512k --verify-data
	[[ $(report '.end.cases[] | select(.case == "libssl-ktls-524288") | .not_run') == *'libssl cannot change a key'* ]]
	[ "$(report '.end.cases[] | select(.case == "kernel-524288") | .results |
		.extra.key_updates_per_second * .samples[0].seconds | round')" -eq 4 ]
}

@test "kernel: connections has every row" {
	every_row() { "$bench_bin" -J --runs 1 "$@" >report.json; }
	every_row connections --connections 100
	diff <(rows) <(expected_cases | grep -v sendfile)
}

@test "kernel: crypto has the same rows as anywhere" {
	"$bench_bin" crypto -J --runs 1 --sizes 1k >report.json
	rows | grep -q '^libcrypto'
}

# serve: the other end, in the background; sets $server and $port.
serve() {
	rm -f server.err
	"$bench_bin" -s -1 -p 0 >server.out 2>server.err 3>&- &
	server=$!
	for _ in $(seq 600); do
		port=$(sed -n 's/^ktls-bench: listening on .*:\([0-9]*\)$/\1/p' server.err 2>/dev/null || true)
		[ -z "$port" ] || return 0
		sleep 0.05
	done
	return 1
}

@test "kernel: with a server every row is there, as the data was sent, in either direction, and tls_stat is the proof" {
	for direction in '' -R; do
		serve
		# shellcheck disable=SC2086 # a word or none
		every_row -c localhost -p "$port" throughput -t 1s --verify-data $direction
		diff <(rows) <(expected_cases)
		# Both ends are in one network namespace: they are not counted twice.
		[ "$(kernel_sessions kernel)$(kernel_sessions engine)" = '2 20 0' ]
		wait "$server"
	done
	serve
	every_row -c localhost -p "$port" handshake -t 1s --cases kernel
	[ "$(rows | tr '\n' ' ')" = 'kernel kernel-resumed ' ]
	wait "$server"
}
