#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench connections: what memory one of many costs.
# shellcheck disable=SC2016,SC2154 # for other shells

load bench-helpers.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
}

# Few, since it is only to work.
connections() {
	"$bench_bin" connections --runs 1 --connections 100 "$@"
}

# holds FILTER: of the results, by case, in report.json.
holds() {
	echo "$1"
	jq -e "[.end.cases[] | select(.results) | {(.case): (.results + .results.extra)}] | add | $1" report.json
}

@test "connections: every case that can be had, and each takes memory" {
	connections -J >report.json
	[ "$(report .mode)" = connections ]
	[ "$(report .start.test_start.connections)" -eq 100 ]
	[ "$(report .start.test_start.blksize)" -eq 16384 ]
	diff <(report '.end.cases[] | select(.results) | .case') <(expected_cases | grep -v sendfile)
	[ "$(report '.end.cases[] | select(.results) | .results.samples[].transactions' | sort -u)" -eq 100 ]
	holds 'all(.[]; .connections_per_second.median > 0 and .active_transactions_per_second > 0 and .cpu_seconds_per_connection.median > 0)'
	# The kernel's part may be hidden by what the machine does otherwise, but it is never nothing.
	holds 'all(.[]; (.idle_kernel_bytes == null or .idle_kernel_bytes > 0) and (.active_kernel_bytes == null or .active_kernel_bytes > 0))'
	# No less than the state of a connection at both ends; far less than a sanitizer makes of it.
	holds 'del(.plain) | all(.[]; .idle_user_bytes > 2000 and .active_user_bytes < 8000000)'
	holds '.plain.idle_user_bytes >= 0 and .plain.active_user_bytes < 2000'
}

@test "connections: TLS takes more than TCP, and what has carried data no less than what has not" {
	connections -J --connections 300 --cases plain,libssl,engine >report.json
	holds '.libssl.idle_user_bytes > .plain.idle_user_bytes + 10000 and .engine.idle_user_bytes > .plain.idle_user_bytes + 2000'
	holds 'all(.[]; .active_user_bytes >= .idle_user_bytes * 0.95 - 500)'
	# libssl keeps a buffer for each direction at each end once it has used it.
	holds '.libssl.active_user_bytes > .libssl.idle_user_bytes + 16384'
}

@test "connections: the length is that of the requests" {
	connections -J -l 100k --verify-data --tls 1.2 --cases plain,libssl,engine >report.json
	[ "$(report .start.test_start.blksize)" -eq 102400 ]
	holds '.engine.active_user_bytes > .engine.idle_user_bytes + 102400'
	connections -J -l 1 --verify-data --cases libssl >report.json
	holds '.libssl.active_user_bytes < .libssl.idle_user_bytes + 102400'
}

@test "connections: both ends are seen in full, whatever stood in the processes before" {
	# Each TLS connection has buffers of its own: twice as many do not make one cheaper.
	connections -J --cases libssl >report.json
	few=$(report '.end.cases[0].results.extra.active_user_bytes')
	connections -J --connections 400 --cases libssl >report.json
	many=$(report '.end.cases[0].results.extra.active_user_bytes')
	awk -v few="$few" -v many="$many" 'BEGIN { print few, many; exit !(few < 1.5 * many && many < 1.5 * few) }'
}

@test "connections: the table and the lines of --csv have the memory, and words what it means" {
	connections --cases plain,libssl,engine --csv out.csv >table
	grep -q '^loopback, cubic, 100 connections, 1 run in turn' table
	grep -q '^case  *conn/s  *spread  *ratio  *CPU us  *ratio  *idle KiB  *kernel  *active KiB  *kernel  *trans/s  *by' table
	[ "$(awk '/^libktls, engine  *[0-9].* engine$/ { print NF }' table)" -eq 13 ]
	tr '\n' ' ' <table >words
	grep -q 'What an idle connection takes, both ends together, in the processes.*: libssl [0-9.]* KiB, and [0-9.]* once it has carried data; ' words
	grep -q 'libktls, engine [0-9.]* KiB, and [0-9.]* once it has carried data ([0-9.]* and [0-9.]* times what libssl takes)' words
	[ "$(head -n 1 out.csv | cut -d, -f20-)" = \
		idle_user_bytes,idle_kernel_bytes,active_user_bytes,active_kernel_bytes,active_transactions_per_second ]
	awk -F, 'NF != 24 || (NR > 1 && $2 != "plain" && !($20 > 2000 && $22 > 2000))' out.csv >wrong
	[ ! -s wrong ]
}

@test "connections: what the kernel does not tell is not known" {
	# In a network of its own, too: elsewhere not every congestion control may be used from there.
	unshare -rmn mount --bind /dev/null /proc/meminfo 2>/dev/null || skip 'may not hide /proc/meminfo'
	blind() {
		unshare -rmn sh -c 'ip link set lo up && mount --bind /dev/null /proc/meminfo &&
			exec "$0" connections --runs 1 --connections 100 "$@"' "$bench_bin" --cases plain,libssl "$@"
	}
	blind -J >report.json
	holds 'all(.[]; .idle_kernel_bytes == null and .active_kernel_bytes == null and .active_user_bytes != null)'
	[[ $(report .end.conclusion) == 'What an idle connection takes, both ends together, in the processes alone (what the kernel takes is not known): '* ]]
	blind --csv out.csv >table
	[ "$(awk '/^libssl  *[0-9].* libssl$/ { print $8, $10 }' table)" = '- -' ]
	[ "$(cut -d, -f21,23 out.csv | sed -n 2p)" = , ]
}

@test "connections: none stays behind at the client's ports" {
	before=$(grep -c ' 06 ' /proc/net/tcp) || true
	connections --connections 400 --cases plain >table
	after=$(grep -c ' 06 ' /proc/net/tcp) || true
	echo "$before $after"
	[ $((after - before)) -lt 200 ]
}

@test "connections: a soft limit of open files is raised, a hard one is an error" {
	(ulimit -Sn 64 && connections --cases plain) >table
	grep -q '^plain TCP  *[0-9]' table
	(
		ulimit -n 200
		run -1 --separate-stderr connections --connections 5000
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == 'ktls-bench: plain TCP: 5000 connections take '*' open files a process, and no more than 200 are allowed (ulimit -Hn)' ]]
	)
}

@test "connections: more than there are ports is an error" {
	unshare -rn true 2>/dev/null || skip 'may not make a network namespace'
	run -1 --separate-stderr unshare -rn sh -c 'ip link set lo up && sysctl -qw net.ipv4.ip_local_port_range="40000 40399" &&
		exec "$0" connections --runs 1 --connections 2000' "$bench_bin"
	[ -z "$output" ]
	[[ $stderr == 'ktls-bench: plain TCP: no port is left after '*' connections (sysctl net.ipv4.ip_local_port_range)' ]]
}

@test "connections: what the mode does not have is bad usage" {
	while IFS='|' read -r arguments words; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr "$bench_bin" connections $arguments
		[ -z "$output" ]
		[[ ${stderr_lines[0]} == "ktls-bench: $words"* ]]
	done <<-'END'
		--connections 99|--connections: '99' is not a number from 100 to 65535
		--connections 65536|--connections: '65536' is not a number from 100 to 65535
		--connections many|--connections: 'many' is not a number from 100 to 65535
		-P 2|--parallel is not for the mode connections
		-R|--reverse is not for the mode connections
		-t 1s|--time is not for the mode connections
		-O 0|--omit is not for the mode connections
		-i 1s|--interval is not for the mode connections
		-n 5M|--bytes is not for the mode connections
		-b 5M|--bitrate is not for the mode connections
		--bidir|--bidir is not for the mode connections
		--cases kernel-sendfile|--cases: kernel-sendfile is not for the mode connections
	END
	run -2 --separate-stderr "$bench_bin" --connections 100
	[[ $stderr == 'ktls-bench: --connections is not for the mode throughput'* ]]
}
