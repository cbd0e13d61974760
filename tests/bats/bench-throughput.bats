#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench throughput: every row that this machine can have, the reports, and how it fails.
# shellcheck disable=SC2154

load bench-helpers.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

@test "every case that can be had is measured, and the others say why not" {
	bench -J >report.json
	diff <(report '.end.cases[] | select(.results) | .case') <(expected_cases)
	[ "$(report '.end.cases | length')" -eq 7 ]
	report '.end.cases[] | select(.results == null) | .not_run' | while read -r why; do [ ${#why} -gt 10 ]; done
	[ "$(report .end.base)" = libssl ]
	report '.end.cases[] | select(.results) | .results | select((.samples | length) != 2 or .bits_per_second.median <= 0)' >none
	[ ! -s none ]
}

@test "zero copy is a row only where a network card encrypts, and says so" {
	bench -J >report.json
	why=$(report '.end.cases[] | select(.case == "kernel-zerocopy") | .not_run')
	if kernel_is_required; then
		[[ $why == *'takes a network card that encrypts'* ]]
	else
		[[ $why == *'kernel has no ULP'* ]]
	fi
	run -7 --separate-stderr bench --cases kernel-zerocopy
	[[ $stderr == "ktls-bench: kernel, zero-copy sendfile: $why" ]]
}

@test "every version and cipher, and the same one for all cases" {
	while read -r version cipher suite; do
		echo "$version $cipher"
		bench -J --runs 1 --tls "$version" --cipher "$cipher" --cases libssl,engine >report.json
		[ "$(report .tls.suite)" = "$suite" ]
		[ "$(report .tls.version)" = "TLSv$version" ]
	done <<-END
		1.3 aes-128-gcm TLS_AES_128_GCM_SHA256
		1.3 aes-256-gcm TLS_AES_256_GCM_SHA384
		1.3 chacha20-poly1305 TLS_CHACHA20_POLY1305_SHA256
		1.3 aes-128-ccm TLS_AES_128_CCM_SHA256
		1.2 aes-128-gcm TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
		1.2 aes-256-gcm TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
		1.2 chacha20-poly1305 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
		1.2 aes-128-ccm TLS_ECDHE_ECDSA_WITH_AES_128_CCM
	END
}

@test "bytes instead of a time, on several connections, all of them there and as sent" {
	bench -J --runs 1 -n 3000001 -P 3 -l 10000 --verify-data >report.json
	report '.end.cases[] | select(.results) | .results.samples[].bytes' >bytes
	[ "$(wc -l <bytes)" -ge 3 ]
	[ "$(sort -u bytes)" -eq 9000003 ]
}

@test "the other direction, small records, odd writes, small buffers" {
	bench -J --runs 1 -R --record-size 1000 -l 1234 -w 64k --verify-data -n 500k >report.json
	[ "$(report '.end.cases[] | select(.results) | .results.samples[].bytes' | sort -u)" -eq 512000 ]
	[ "$(report .start.test_start.reverse)" = true ]
	[ "$(report .tls.record_size)" -eq 1000 ]
}

@test "out of a file, all of it there and as sent, by every case" {
	for version in 1.2 1.3; do
		bench -J --runs 1 --tls "$version" -Z -n 3000001 -l 10000 --verify-data >report.json
		diff <(report '.end.cases[] | select(.results) | .case') <(expected_cases | grep -v sendfile)
		[ "$(report '.end.cases[] | select(.results) | .results.samples[].bytes' | sort -u)" -eq 3000001 ]
		[ "$(report .start.test_start.zerocopy)" = true ]
	done
	bench --runs 1 -Z --cases plain,libssl >table
	grep -q 'writes of 131072, from a file$' table
}

@test "coalesced: small writes arrive as sent, all of them, in full records" {
	for version in 1.2 1.3; do
		bench -J --runs 1 --tls "$version" --coalesce -n 3000001 -l 1000 --verify-data >report.json
		diff <(report '.end.cases[] | select(.results) | .case') <(expected_cases)
		[ "$(report '.end.cases[] | select(.results) | .results.samples[].bytes' | sort -u)" -eq 3000001 ]
		[ "$(report .start.test_start.coalesce)" = true ]
	done
	bench --runs 1 --coalesce --cases plain,libssl >table
	grep -q 'writes of 131072, coalesced$' table
	# The engine alone: as many system calls as batches of 256 KiB, and a few for the rest.
	command -v strace >/dev/null || skip 'strace is not installed'
	# A sanitizer that looks for leaks does so as a tracer, and there can be but one.
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=sendto -o calls "$bench_bin" --runs 1 --coalesce -n 4M -l 1000 --cases engine >/dev/null
	[ "$(grep -c 'sendto(.*, 26[0-9]\{4\}, MSG_NOSIGNAL' calls)" -ge 15 ]
	[ "$(grep -c 'sendto(.*, 10[0-9][0-9], MSG_NOSIGNAL' calls)" -eq 0 ]
}

@test "an end on the CPU that it was told, or no measurement" {
	cpu=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
	# All of a process on one CPU use no more than one.
	bench -J --runs 1 -t 300ms -P 4 -A ",$cpu" --cases plain >report.json
	[ "$(report '.start.test_start.affinity | tostring')" = "[null,$cpu]" ]
	report '.end.cases[0].results.samples[0] | (.receiver_cpu_seconds | .user + .system) / .seconds' >used
	awk '{ print; exit !($1 <= 1.1) }' used
	run -1 --separate-stderr bench --cases plain -A "$cpu,1023"
	[ "$stderr" = 'ktls-bench: plain TCP: CPU 1023: this process cannot have it' ]
}

@test "both directions at once, each with its own connections" {
	bench -J --runs 1 --bidir -P 2 -n 1M --verify-data --cases plain,libssl,engine >report.json
	[ "$(report '.end.cases[].results.samples[].bytes' | sort -u)" -eq 4194304 ]
	[ "$(report .start.test_start.bidir)" = true ]
}

@test "sizes: a row for each case and length of writes, compared with libssl's of that length" {
	bench -J --runs 1 --sizes 64k,64,1000,0064 --cases plain,libssl,engine >report.json
	report '.end.cases[] | [.case, .title, .series, .size, .base] | join("|")' >rows
	diff rows - <<-'END'
		plain-64|plain TCP, 64 B|plain TCP|64|libssl-64
		plain-1000|plain TCP, 1000 B|plain TCP|1000|libssl-1000
		plain-65536|plain TCP, 64 KiB|plain TCP|65536|libssl-65536
		libssl-64|libssl, 64 B|libssl|64|libssl-64
		libssl-1000|libssl, 1000 B|libssl|1000|libssl-1000
		libssl-65536|libssl, 64 KiB|libssl|65536|libssl-65536
		engine-64|libktls, engine, 64 B|libktls, engine|64|libssl-64
		engine-1000|libktls, engine, 1000 B|libktls, engine|1000|libssl-1000
		engine-65536|libktls, engine, 64 KiB|libktls, engine|65536|libssl-65536
	END
	[ "$(report '[.end.cases[].results | select(.bits_per_second.median <= 0)] | length')" -eq 0 ]
	[ "$(report '.end.cases[] | select(.case == "libssl-64").results.ratio')" = 1 ]
	[ "$(report .end.base)" = null ]
	[ "$(report '.end.conclusion' | grep -o 'libktls, engine, [0-9]* [A-Z]*i*B carries' | tr '\n' ' ')" = \
		'libktls, engine, 64 B carries libktls, engine, 64 KiB carries ' ]
}

@test "sizes: by size where no cases are named, and each reason once for a whole case" {
	bench --runs 1 --sizes 512,2k --csv out.csv >table
	[ "$(awk -F, 'NR > 1 { print $8 }' out.csv | uniq | tr '\n' ' ')" = '512 2048 ' ]
	grep -q '^plain TCP, 512 B  *[0-9.]' table
	if grep -q '^not run: libktls, kernel' table; then
		[ "$(tr -s ' \n' ' ' <table | grep -o 'libktls, kernel' | wc -l)" -eq 1 ]
	fi
	run ! grep -q 'writes of' table
}

@test "sizes: every byte is as it was sent, whatever the lengths have in common" {
	# Writes that do not divide the pattern begin anywhere in it, and the longest is longer than it.
	bench -J --runs 1 -n 9000001 --sizes 777,1k,5000001 --verify-data >report.json
	[ "$(report '.end.cases[] | select(.results) | .results.samples[].bytes' | sort -u)" -eq 9000001 ]
	[ "$(report '[.end.cases[] | select(.results)] | length')" -ge 9 ]
}

@test "a rate is not exceeded" {
	bench -J --runs 1 -t 500ms -b 80M -l 10000 --cases plain,engine >report.json
	report '.end.cases[].results.bits_per_second.median' | while read -r rate; do
		awk -v rate="$rate" 'BEGIN { print rate; exit !(rate > 0 && rate < 90e6) }'
	done
}

@test "intervals add up to the whole" {
	bench -J --runs 2 -t 300ms -i 100ms --cases plain,engine >report.json
	[ "$(report '[.intervals[] | [.case, .run] | join(" ")] | group_by(.) | map(.[0] + " " + (length | tostring)) | join(",")')" = \
		'engine 1 3,engine 2 3,plain 1 3,plain 2 3' ]
	for id in plain engine; do
		sum=$(report "[.intervals[] | select(.case == \"$id\" and .run == 2) | .sum.bytes] | add")
		all=$(report ".end.cases[] | select(.case == \"$id\") | .results.samples[1].bytes")
		awk -v sum="$sum" -v all="$all" 'BEGIN { print sum, "of", all; exit !(sum <= all && sum > 0.9 * all) }'
	done
}

@test "data that came out wrong is noticed" {
	[ -e "$flip_recv" ] || skip 'flip-recv.so is not here'
	! ldd "$bench_bin" 2>/dev/null | grep -q libasan || skip 'nothing can be preloaded before the sanitizer'
	! ldd "${bench_bin%/*}/.libs/ktls-bench" 2>/dev/null | grep -q libasan || skip 'nothing can be preloaded before the sanitizer'
	LD_PRELOAD=$flip_recv run -9 --separate-stderr bench --cases plain --verify-data -n 1M
	[ "$stderr" = 'ktls-bench: plain TCP: data came out other than it was sent' ]
	LD_PRELOAD=$flip_recv run -0 bench --cases plain -n 1M
}

@test "CPU time is no more than what the processes used" {
	bash -c '"$@" >report.json; times' bash "$bench_bin" --runs 2 -t 300ms -O 0 -J --cases libssl,engine >times
	all=$(tail -n 1 times | tr 'ms' '  ' | awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }')
	counted=$(report '[.end.cases[].results.samples[] | .sender_cpu_seconds, .receiver_cpu_seconds | .user + .system] | add')
	awk -v all="$all" -v counted="$counted" 'BEGIN { print counted, "of", all; exit !(counted > 0 && counted <= all + 0.05) }'
}

@test "a line of the table for each measurement" {
	bench --cases plain,libssl,engine --csv out.csv >table
	[ "$(wc -l <out.csv)" -eq 7 ]
	[ "$(head -n 1 out.csv | tr ',' '\n' | wc -l)" -eq 19 ]
	[ "$(awk -F, 'NF != 19' out.csv | wc -l)" -eq 0 ]
	grep -q '^libktls, engine  *[0-9.]* ' table
	grep -qE '^Softirq of the whole machine, CPU s/GiB: plain [0-9.]+; libssl [0-9.]+; engine [0-9.]+$' table
	grep -q '^libssl  *[0-9.]* ' table
	run -1 --separate-stderr bench --cases plain --csv no/such/file
	[ "$stderr" = 'ktls-bench: no/such/file: No such file or directory' ]
}

@test "an earlier report as baseline" {
	bench -J --cases libssl,engine >before.json
	# A hundredth and a hundred times of what was: no machine is that noisy.
	jq '.end.cases[].results.bits_per_second.median /= 100' before.json >slow.json
	jq '.end.cases[].results.bits_per_second.median *= 100' before.json >fast.json
	run -0 bench --cases libssl,engine --baseline slow.json --fail-below 90
	[[ $output == *'libktls, engine'*'Gbit/s, before '* ]]
	run -10 bench --cases libssl,engine --baseline fast.json --fail-below 90
	[[ $output == *', below the limit'* ]]
	run -0 bench --cases libssl,engine --baseline fast.json
	run -2 --separate-stderr bench --cases engine --cipher aes-128-gcm --baseline fast.json
	[[ $stderr == *'is of aes-256-gcm with records of 16384, which does not compare' ]]
	run -2 --separate-stderr bench rr --cases engine --baseline fast.json
	[[ $stderr == *'is of the mode throughput, which does not compare'* ]]
	echo '{}' >empty.json
	run -1 --separate-stderr bench --cases engine --baseline empty.json
	[ "$stderr" = 'ktls-bench: empty.json: is not a JSON report of ktls-bench' ]
}

@test "a case that was named and cannot be had is an error" {
	! kernel_is_required || skip 'this kernel has it'
	run -7 --separate-stderr bench --cases libssl,kernel
	[[ $stderr == 'ktls-bench: libktls, kernel: '* ]]
	[ -z "$output" ]
}

@test "a congestion control that is not there" {
	run -1 --separate-stderr bench --cases plain -C none-such
	[[ $stderr == 'ktls-bench: congestion control none-such: '* ]]
}

@test "bad usage is one line" {
	while IFS='|' read -r arguments words; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr "$bench_bin" $arguments
		[[ ${stderr_lines[0]} == "ktls-bench: $words"* ]]
		[ -z "$output" ]
	done <<-'END'
		--cases nothing|--cases: there is no case 'nothing'
		--cases ,|--cases: no case is named
		--cipher rot13|--cipher: there is no cipher 'rot13'
		--tls 1.1|--tls: '1.1' is neither 1.2 nor 1.3
		-b never|--bitrate: 'never' is not a rate
		-b 5X|--bitrate: '5X' is not a rate
		-i 1ms -t 1h|--interval: more than 3600 intervals
		--runs 0|--runs: '0' is not a number from 1 to 1000
		-P 65|--parallel: '65' is not a number from 1 to 64
		-Z --cases kernel-sendfile|--cases: kernel-sendfile is not for the mode throughput with --zerocopy
		rr -Z|--zerocopy is not for the mode rr
		rr --coalesce|--coalesce is not for the mode rr
		-Z --coalesce|--coalesce is not for what comes out of a file: --zerocopy
		-A x|--affinity: 'x' is not CPU
		-A 1,x|--affinity: '1,x' is not CPU
		-A ,|--affinity: ',' is not CPU
		-A -1|--affinity: '-1' is not CPU
		-A 1024|--affinity: '1024' is not CPU
		-l 0|--length: '0' is not a size
		-l 1k --sizes 1k|--length and --sizes say the same thing twice
		--sizes ,|--sizes: no size is named
		--sizes 1k,none|--sizes: 'none' is not a size from 1 to 67108864 bytes
		--sizes 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17|--sizes: more than 16 sizes
		rr --sizes 64|--sizes is not for the mode rr
		--record-size 17k|--record-size: '17k' is not a size from 512 to 16384 bytes
		-t never|--time: 'never' is not a time
		--fail-below 50|--fail-below takes --baseline
		--fail-below x --baseline f|--fail-below: 'x' is not a percentage
		sideways|there is no mode 'sideways'
		throughput throughput|'throughput' is one word too many
		--color sometimes|--color: 'sometimes' is not auto, always or never
	END
}
