#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench crypto: records sealed and opened, and nothing else.
# shellcheck disable=SC2016,SC2154 # what jq gets

load bench-helpers.bash

flip_aead=${KTLS_BUILD_DIR:-/usr/bin}${KTLS_BUILD_DIR:+/.libs}/flip-aead.so

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

# The rows that were measured.
measured() {
	report '.end.cases[] | select(.results) | .case'
}

@test "crypto: every leaf beside libcrypto, sealing and opening, for each size" {
	bench_crypto -J -t 1ms >report.json
	[ "$(report .mode)" = crypto ]
	leaves=$(report '.end.cases[] | .case | select(endswith("-seal-64")) | rtrimstr("-seal-64")')
	[ "$(head -n 1 <<<"$leaves")" = libcrypto ]
	grep -qx evp <<<"$leaves"
	diff <(report '.end.cases[].case' | sort) <(
		for leaf in $leaves; do
			for size in 64 256 1024 4096 16384; do
				printf "$leaf-%s-$size\n" seal open
			done
		done | sort)
	# evp is for every CPU; what another leaf lacks it says.
	[ "$(measured | grep -c -E '^(libcrypto|evp)-')" -eq 20 ]
	report '.end.cases[] | select(.results == null) | .not_run' | while read -r why; do [ ${#why} -gt 10 ]; done
	[ "$(report '[.end.cases[] | select(.results) | .results | select(.bytes_per_second.median <= 0 or (.samples | length) != 2 or
		.extra.as_found_bytes_per_second <= 0 or .extra.quiet_share > 1 or .cpu_seconds_per_gib.median <= 0)] | length')" -eq 0 ]
	[ "$(report '.start | .loopback, .test_start.protocol, .congestion' | tr '\n' ' ')" = 'false null null ' ]
}

@test "crypto: a row is compared with libcrypto's of the same operation, place and size" {
	bench_crypto -J --sizes 64,1000 --in-place >report.json
	report '.end.cases[] | select(.results) | [.case, .base, .series, .size] | join(" ")' | while read -r row base series; do
		[ "$base" = "libcrypto-$(sed -E 's/.*-((seal|open)(-in-place)?-[0-9]+)$/\1/' <<<"$row")" ]
		[ "${series##* }" = "${row##*-}" ]
	done
	[ "$(report '[.end.cases[] | select(.case | startswith("libcrypto")) | .results.ratio] | unique | .[]')" = 1 ]
	report '[.end.cases[] | {(.case): .results}] | add | ."evp-open-in-place-1000" as $e | ."libcrypto-open-in-place-1000" as $l |
		$e.ratio - $e.bytes_per_second.median / $l.bytes_per_second.median' >difference
	awk '{ exit !($1 < 1e-9 && $1 > -1e-9) }' difference
	[ "$(report .end.base)" = null ]
	# Without libcrypto there is nothing to compare with.
	bench_crypto -J --sizes 64 --cases evp >report.json
	[ "$(report '[.end.cases[].results.ratio] | unique | .[]')" = null ]
}

@test "crypto: what belongs together adds up" {
	bench_crypto -J --runs 1 --sizes 256,16k >report.json
	# Bytes are those of whole records; cycles, bytes a cycle and the rate are of the same blocks.
	[ "$(report '[.end.cases[] | select(.results) | .size as $size | .results.samples[] | select(.bytes != .transactions * $size or .bytes == 0)] | length')" -eq 0 ]
	[ "$(report '[.end.cases[] | select(.results) | select(.results.extra.bytes_per_cycle) | .size as $size | .results.extra |
		.bytes_per_cycle * .cycles_per_record / $size | select(. < 0.999999 or . > 1.000001)] | length')" -eq 0 ]
}

@test "crypto: operations, places and sizes as asked for" {
	bench_crypto -J --sizes 16384,1,16 --operations open --cases evp >report.json
	[ "$(measured | tr '\n' ' ')" = 'evp-open-1 evp-open-16 evp-open-16384 ' ]
	bench_crypto -J --sizes 1 --operations seal --in-place --cases libcrypto >report.json
	[ "$(measured | tr '\n' ' ')" = 'libcrypto-seal-1 libcrypto-seal-in-place-1 ' ]
	bench_crypto -J --sizes 1,2 --cases evp-seal-2,libcrypto-open-1 >report.json
	[ "$(measured | tr '\n' ' ')" = 'evp-seal-2 libcrypto-open-1 ' ]
}

@test "crypto: every cipher, every size up to a block of records, in place as well" {
	for cipher in aes-128-gcm aes-256-gcm chacha20-poly1305 aes-128-ccm; do
		bench_crypto -J --runs 1 -t 1ms --cipher "$cipher" --sizes 1,15,16,17,63,65,1000,16383,16384 --in-place >report.json
		[ "$(measured | grep -c -E '^(libcrypto|evp)-')" -eq 72 ]
		[ "$(report .tls.cipher)" = "$cipher" ]
	done
}

@test "crypto: a leaf that is named must be had" {
	KTLS_CPU_MASK=all bench_crypto -J --sizes 64 >report.json
	[ "$(measured | sed 's/-.*//' | sort -u | tr '\n' ' ')" = 'evp libcrypto ' ]
	report '.end.cases[] | select(.results == null) | .case' | sed 's/-\(seal\|open\)-64$//' | sort -u >others
	while read -r leaf; do
		KTLS_CPU_MASK=all run -7 --separate-stderr bench_crypto --sizes 64 --cases "libcrypto,$leaf"
		[[ $stderr == "ktls-bench: $leaf, seal, 64 B: "* ]]
		[ -z "$output" ]
	done <others
	KTLS_CPU_MASK=all run -0 bench_crypto --sizes 64,256
	while read -r leaf; do
		# Leaves with the same reason stand together.
		words=$(tr -s ' \n' ' ' <<<"${output##*not run: }")
		[[ $words == *"$leaf, seal"* && $words == *"$leaf, open"* ]]
	done <others
	# One that has no such cipher.
	bench_crypto -J --cipher chacha20-poly1305 --sizes 64 >report.json
	report '.end.cases[] | select(.results == null) | .case' | sed 's/-\(seal\|open\)-64$//' | sort -u >others
	while read -r leaf; do
		run -7 bench_crypto --cipher chacha20-poly1305 --cases "$leaf"
	done <others
}

@test "crypto: what a leaf makes must be what libcrypto makes" {
	need_preload "$flip_aead"
	LD_PRELOAD=$flip_aead run -0 bench_crypto --sizes 64
	while read -r mistake operation words; do
		for place in '' --in-place; do
			# shellcheck disable=SC2086 # none or one
			LD_PRELOAD=$flip_aead KTLS_FLIP=$mistake run -9 --separate-stderr bench_crypto --sizes 64,1k --operations "$operation" $place --cases libcrypto,evp
			[ "$stderr" = "ktls-bench: evp, $operation, 64 B: $words" ]
			[ -z "$output" ]
		done
		# What it is not asked to do it need not do well.
		LD_PRELOAD=$flip_aead KTLS_FLIP=$mistake run -0 bench_crypto --sizes 64 --cases libcrypto
	done <<-'END'
		data seal what comes out differs from libcrypto's
		tag seal what comes out differs from libcrypto's
		plaintext open what comes out differs from libcrypto's
		refuse open a record that libcrypto sealed is refused
		accept open a record with a wrong tag is opened
	END
}

@test "crypto: the table, and what it means" {
	bench_crypto --sizes 64,1500 >table
	grep -q '^case  *GB/s  *spread  *ratio  *B/cycle  *cycles  *as found  *quiet%$' table
	[ "$(awk '/^(libcrypto|evp), (seal|open), (64|1500) B  *[0-9]/ { print NF }' table | sort | uniq -c | awk '{ print $1, $2 }')" = '8 11' ]
	grep -q '^one thread, 2 runs in turn, medians$' table
	tr '\n' ' ' <table | grep -q "evp, open, 1500 B: [0-9.]* times libcrypto's speed"
	run -1 grep loopback table
}

@test "crypto: a line for each measurement, and an earlier report" {
	bench_crypto -J --sizes 64,16k --cases libcrypto --csv out.csv >report.json
	[ "$(wc -l <out.csv)" -eq 9 ]
	[ "$(awk -F, 'NF != 23' out.csv | wc -l)" -eq 0 ]
	[ "$(cut -d, -f2,7,8 out.csv | sed 1d | sort -u | tr '\n' ' ')" = \
		'libcrypto-open-16384,16384,16384 libcrypto-open-64,64,64 libcrypto-seal-16384,16384,16384 libcrypto-seal-64,64,64 ' ]
	run -0 bench_crypto --sizes 64 --cases libcrypto --baseline report.json
	[[ $output == *'libcrypto, seal, 64 B'*' GB/s, before '* ]]
}

@test "crypto: a signal ends it, and what was measured is shown" {
	"$bench_bin" crypto -J --runs 1000 -t 20ms --sizes 64 --operations seal >report.json 2>err &
	pid=$!
	sleep 1
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 143 ]
	grep -qx 'ktls-bench: .*: interrupted by SIGTERM while measuring' err
	[ "$(report .end.interrupted)" = true ]
	[ "$(report '.end.cases[0].results.samples | length')" -ge 1 ]
}

@test "crypto: bad usage is one line" {
	while IFS='|' read -r arguments words; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr "$bench_bin" $arguments
		[[ ${stderr_lines[0]} == "ktls-bench: $words"* ]]
		[ -z "$output" ]
	done <<-'END'
		crypto --sizes 16385|--sizes: 16385 bytes are more than the 16384 of a record
		crypto --sizes 64,1M|--sizes: 1048576 bytes are more than the 16384 of a record
		crypto --sizes 0|--sizes: '0' is not a size
		crypto --sizes ,|--sizes: no size is named
		crypto --operations shred|--operations: 'shred' is none of seal, open, seal-batch, open-batch, setup and rekey
		crypto --operations ,|--operations: none is named
		crypto --cases plain|--cases: plain is not for the mode crypto
		crypto --cases rot13|--cases: there is no case 'rot13'
		crypto --cases evp-open-64 --operations seal|--cases: there is no case 'evp-open-64'
		crypto --length 5|--length is not for the mode crypto
		crypto --bytes 5|--bytes is not for the mode crypto
		crypto --bidir|--bidir is not for the mode crypto
		crypto --tls 1.2|--tls is not for the mode crypto
		crypto --record-size 4k|--record-size is not for the mode crypto
		crypto -P 2|--parallel is not for the mode crypto
		crypto -i 50ms|--interval is not for the mode crypto
		crypto -O 0|--omit is not for the mode crypto
		-w 64k crypto|--window is not for the mode crypto
		rr --sizes 64|--sizes is not for the mode rr
		--in-place|--in-place is not for the mode throughput
		handshake --operations seal|--operations is not for the mode handshake
		crypto --batch 0|--batch: '0' is not a number from 1 to 4096
		crypto --batch 4097|--batch: '4097' is not a number from 1 to 4096
		crypto --hot --in-place|--hot is not for --in-place: a record that was opened there is none any more
		crypto --cases ipsec-mb-sse|--cases: there is no case 'ipsec-mb-sse'
		rr --batch 4|--batch is not for the mode rr
		--hot|--hot is not for the mode throughput
		handshake --ipsec-mb auto|--ipsec-mb is not for the mode handshake
	END
}

@test "crypto: beside openssl speed" {
	script=$bench_top/tests/perf/openssl-speed
	[ -e "$script" ] || skip 'openssl-speed is not here'
	command -v openssl >/dev/null || skip 'openssl is not installed'
	run -0 --separate-stderr "$script" "${bench_bin%/*}" 1 1 1024,16384
	[[ ${lines[1]} == 'bytes '*openssl*ktls-bench* ]]
	for size in 1024 16384; do
		awk -v size="$size" '$1 == size { print; found = $2 > 0 && $3 > 0 && $4 > 0 } END { exit !found }' <<<"$output"
	done
	run -2 "$script"
}
