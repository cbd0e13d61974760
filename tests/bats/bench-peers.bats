#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench crypto: batches, key set-up, the first level cache, and IPsec-MB as a further peer.
# shellcheck disable=SC2154

load bench-helpers.bash

shims=${KTLS_BUILD_DIR:-/usr/bin}${KTLS_BUILD_DIR:+/.libs}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

measured() {
	report '.end.cases[] | select(.results) | .case'
}

# Skips where IPsec-MB cannot be had.
need_ipsec_mb() {
	[[ $(uname -m) == x86_64 ]] || skip 'IPsec-MB is for x86-64'
	"$bench_bin" crypto --runs 1 -t 1ms --sizes 64 --ipsec-mb auto --cases libcrypto >/dev/null 2>err || skip "$(<err)"
}

@test "crypto: every operation of every leaf, for each cipher, in batches of any length" {
	for cipher in aes-128-gcm aes-256-gcm chacha20-poly1305 aes-128-ccm; do
		for batch in 1 3 100; do
			bench_crypto -J --runs 1 -t 1ms --cipher "$cipher" --sizes 1,100,16384 --batch "$batch" \
				--operations seal-batch,open-batch,setup,rekey >report.json
			[ "$(measured | grep -c -E '^(libcrypto|evp)-')" -eq 24 ]
			[ "$(report .start.test_start.batch)" = "$batch" ]
		done
	done
	[ "$(measured | grep -x -E 'evp-.*-100' | tr '\n' ' ')" = 'evp-seal-batch-100 evp-open-batch-100 evp-setup-100 evp-rekey-100 ' ]
	[ "$(report '.end.cases[] | select(.case == "evp-rekey-100") | .base')" = libcrypto-rekey-100 ]
	# In place there are no batches.
	bench_crypto -J --sizes 64 --in-place --operations seal,seal-batch --cases libcrypto >report.json
	[ "$(measured | tr '\n' ' ')" = 'libcrypto-seal-64 libcrypto-seal-in-place-64 libcrypto-seal-batch-64 ' ]
	[ "$(report .start.test_start.batch)" = null ]
	# Whole batches, whatever their length.
	bench_crypto -J --sizes 64 --batch 7 --operations seal-batch,open-batch --cases libcrypto,evp >report.json
	[ "$(report '[.end.cases[].results.samples[] | select(.transactions % 7 != 0 or .bytes != .transactions * 64)] | length')" -eq 0 ]
}

@test "crypto: the same record over and over" {
	bench_crypto -J --sizes 64,16k --hot --cases libcrypto,evp >report.json
	[ "$(measured | wc -l)" -eq 8 ]
	[ "$(report .start.test_start.hot)" = true ]
	run -0 bench_crypto --sizes 64 --hot --cases evp
	[[ $output == *'one thread, the same record over and over, 2 runs'* ]]
}

@test "crypto: what is said of copies holds for what is done" {
	run -0 bench_crypto --sizes 64 --cases evp
	[[ $(tr -s '\n ' ' ' <<<"$output") == *'no sockets, no framing, no copies.'* ]]
	run -0 bench_crypto --sizes 64 --cases evp --operations seal-batch
	[[ $output != *'no framing'* ]]
}

@test "crypto: what a leaf makes of a batch must be what libcrypto makes" {
	need_preload "$shims/flip-aead.so"
	while read -r mistake operation title words; do
		LD_PRELOAD=$shims/flip-aead.so KTLS_FLIP=$mistake run -9 --separate-stderr bench_crypto --sizes 100 --operations "$operation" --cases libcrypto,evp
		[ "$stderr" = "ktls-bench: evp, ${title//_/ }, 100 B: $words" ]
		[ -z "$output" ]
	done <<-'END'
		data seal-batch seal_in_batches what comes out differs from libcrypto's
		tag seal-batch seal_in_batches what comes out differs from libcrypto's
		tag setup key_set-up what comes out differs from libcrypto's
		data rekey rekey what comes out differs from libcrypto's
		plaintext open-batch open_in_batches what comes out differs from libcrypto's
		refuse open-batch open_in_batches a record that libcrypto sealed is refused
		accept open-batch open_in_batches a record with a wrong tag is opened
	END
}

@test "crypto: a library that is not IPsec-MB, or of another version, is refused" {
	run -7 --separate-stderr bench_crypto --sizes 64 --ipsec-mb "$PWD/none.so"
	[[ $stderr == "ktls-bench: --ipsec-mb: $PWD/none.so: "*'No such file'* ]]
	[ -z "$output" ]
	run -7 --separate-stderr bench_crypto --sizes 64 --ipsec-mb libc.so.6
	[ "$stderr" = "ktls-bench: --ipsec-mb: libc.so.6: this is not Intel's IPsec-MB" ]
	other=$shims/other-ipsec-mb.so
	[ -e "$other" ] || skip 'other-ipsec-mb.so is not here'
	for version in 10200 20100 30000; do
		KTLS_IPSEC_MB_VERSION=$version run -7 --separate-stderr bench_crypto --sizes 64 --ipsec-mb "$other"
		[ "$stderr" = "ktls-bench: --ipsec-mb: $other: IPsec-MB ${version:0:1}.${version:2:1}.0, where only 1.3 to 2.0 are known" ]
	done
	# One that lacks what is looked for.
	KTLS_IPSEC_MB_VERSION=10503 bench_crypto -J --sizes 64 --operations seal --ipsec-mb "$other" >report.json
	[ "$(report .tls.ipsec_mb)" = 1.5.3 ]
	[ "$(measured | grep -c ipsec)" -eq 0 ]
	[ "$(report '.end.cases[] | select(.case | startswith("ipsec-mb")) | .not_run' | wc -l)" -eq 4 ]
	KTLS_IPSEC_MB_VERSION=10503 run -7 --separate-stderr bench_crypto --sizes 64 --ipsec-mb "$other" --cases ipsec-mb-sse
	[[ $stderr == 'ktls-bench: ipsec-mb-sse, seal, 64 B: '* ]]
}

@test "crypto: the table of targets, whichever peers there are" {
	script=$bench_top/tests/perf/record-peers
	[ -e "$script" ] || skip 'record-peers is not here'
	[ -x "${bench_bin%/*}/.libs/ktls-bench" ] || skip 'ktls-bench is not in a folder where it was built'
	IPSEC_MB=$PWD/none.so RUNS=1 TIME=1ms run -0 --separate-stderr "$script" "${bench_bin%/*}"
	[[ ${lines[0]} == "--ipsec-mb: $PWD/none.so: "* ]]
	[[ $output == *$'\nsystem: libcrypto '*', IPsec-MB not found'* ]]
	# Cells of peers that are not there are empty, those of libcrypto are not.
	[ "$(grep -c '^16 KiB seal  *ipsec-mb-vaes-avx512  *1\.1[0-9]  *-$' <<<"$output")" -eq 2 ]
	[ "$(grep -c -E '^evp, 1024 B seal  *libcrypto [0-9.]+  *0\.97  *[0-9.]+  (met|MISSED)  *[0-9]+%  *[0-9-]+%$' <<<"$output")" -eq 2 ]
	run -2 "$script"
	run -2 "$script" "$PWD"
	run -1 --separate-stderr "$script" "${bench_bin%/*}" "$PWD"
	[[ $stderr == "$PWD: there is no usr/lib/"* ]]
	need_ipsec_mb
	RUNS=1 TIME=1ms run -0 --separate-stderr "$script" "${bench_bin%/*}"
	[ "$(grep -c -E '^aesni-pclmul, 16 KiB open  *(libcrypto|ipsec-mb-(avx2|sse)) ' <<<"$output")" -eq 2 ]
}

@test "crypto: IPsec-MB beside libcrypto, with the same result" {
	need_ipsec_mb
	for cipher in aes-128-gcm aes-256-gcm; do
		bench_crypto -J --cipher "$cipher" --sizes 1,1000,16k --ipsec-mb auto --in-place --operations seal,open,seal-batch,open-batch,setup,rekey >report.json
		# What this CPU has, it has for each size, operation and place.
		[ "$(measured | grep -c '^ipsec-mb-sse-')" -eq 24 ]
		[ "$(($(measured | grep -c '^ipsec-mb-') % 24))" -eq 0 ]
		[[ $(report .tls.ipsec_mb) =~ ^[12]\.[0-9]+\.[0-9]+$ ]]
		[ "$(report '[.end.cases[] | select(.results) | select(.case | startswith("ipsec-mb")) | .results.ratio | select(. == null or . <= 0)] | length')" -eq 0 ]
	done
	bench_crypto --sizes 64 --ipsec-mb auto --cases ipsec-mb-sse >table
	grep -q -E '^libcrypto .*, IPsec-MB [12]\.[0-9.]+; ' table
	# It is not asked for other ciphers.
	run -7 --separate-stderr bench_crypto --cipher chacha20-poly1305 --sizes 64 --ipsec-mb auto --cases ipsec-mb-sse
	[ "$stderr" = 'ktls-bench: ipsec-mb-sse, seal, 64 B: it is compared with in AES-GCM alone' ]
	bench_crypto -J --sizes 64 --cases libcrypto >report.json
	[ "$(report .tls.ipsec_mb)" = null ]
}
