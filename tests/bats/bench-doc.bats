#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Help, manual page and completion of ktls-bench say the same.
# shellcheck disable=SC2034,SC2154

load bench-helpers.bash
load doc-helpers.bash

man_page=$bench_top/man/ktls-bench.1
completion=$bench_top/completions/bash/ktls-bench

help_options() {
	"$bench_bin" --help | sed -nE '/^  (    |-., )--/{s/^ +//;s/   .*//;p}' | long_options
}

# The implementations of libktls's engine.
leaves() {
	bench_crypto -J --sizes 64 --operations seal | sed -n 's/^ *"case": "\(.*\)-seal-64",$/\1/p'
}

@test "completion offers the options of the help, and their values" {
	need "$completion"
	diff <(complete_words --) <(help_options)
	for name in libcrypto $(leaves); do
		[ "$(complete_words --cases "$name")" = "$name" ]
	done
	[ "$(complete_words --tls = '' | tr '\n' ' ')" = '1.2 1.3 ' ]
	[ "$(complete_words --cipher aes-2)" = aes-256-gcm ]
	[ "$(complete_words --cases = ker | tr '\n' ' ')" = 'kernel kernel-sendfile kernel-zerocopy ' ]
	[ "$(complete_words --operations = seal,o | tr '\n' ' ')" = 'seal,open seal,open-batch ' ]
	[ "$(complete_words --cases ipsec-mb-s)" = ipsec-mb-sse ]
	[ "$(complete_words --peer ng)" = nginx ]
	[ "$(complete_words thr)" = throughput ]
	[ "$(complete_words c | tr '\n' ' ')" = 'connections crypto ' ]
	[ "$(complete_words r | tr '\n' ' ')" = 'rekey rr ' ]
}

@test "the manual page has the options of the help" {
	need "$man_page"
	diff <(man_options) <(help_options)
}

@test "the manual page has every case and every exit code" {
	need "$man_page"
	for case in plain libssl libssl-ktls engine kernel kernel-sendfile kernel-zerocopy libcrypto $(leaves); do
		man_section CASES | sed 's/\\-/-/g' | grep -qx "\.B $case"
	done
	[ "$(man_section 'EXIT STATUS' | sed -n 's/^\.B \([0-9]*\)$/\1/p' | tr '\n' ' ')" = '0 1 2 3 4 7 8 9 10 ' ]
	man_section 'EXIT STATUS' | grep -qx '\.B 128+n'
}

@test "the manual page has every key of the JSON report" {
	need "$man_page"
	man_has_keys < <(bench -J --cases libssl,engine; bench rr -J -i 50ms --cases libssl; bench handshake -J --cases libssl; bench rekey -J --cases libssl
		"$bench_bin" connections -J --runs 1 --connections 100 --cases libssl; bench_crypto -J --sizes 64)
}

@test "the manual page has every column for spreadsheets, in their order" {
	need "$man_page"
	bench rekey --cases libssl --csv "$BATS_TEST_TMPDIR/out.csv" >/dev/null
	diff <(man_section CSV | awk '/^\.TP/ { getline; print }' | grep -o -E '[a-z_]{2,}' | tr '\n' ',') \
		<(head -n 1 "$BATS_TEST_TMPDIR/out.csv" | tr '\n' ',')
}

@test "the manual page is well-formed" {
	need "$man_page"
	command -v mandoc >/dev/null || skip 'mandoc is not installed'
	run -0 mandoc -Tlint -Wwarning "$man_page"
}
