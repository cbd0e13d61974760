#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench --server and --client.
# shellcheck disable=SC2030,SC2031,SC2059,SC2154

load bench-helpers.bash
load doc-helpers.bash

man_page=$bench_top/man/ktls-bench.1

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v jq >/dev/null || skip 'jq is not installed'
	started=()
	namespaces=()
}

teardown() {
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	for ns in "${namespaces[@]}"; do
		ip netns delete "$ns"
	done
}

# wait_until COMMAND...: until it succeeds.
wait_until() {
	for _ in $(seq 600); do
		! "$@" || return 0
		sleep 0.05
	done
	echo "in vain: $*"
	return 1
}

is_listening() {
	port=$(sed -n 's/^ktls-bench: listening on .*:\([0-9]*\)$/\1/p' server.err)
	[ -n "$port" ]
}

# serve [ARGUMENT...]: a server in the background, at a port of its own; sets $server and $port. ${within[@]}: what it is run by.
serve() {
	rm -f server.err
	# A shell has its background programs ignore SIGINT.
	env --default-signal=INT,TERM,HUP "${within[@]}" "$bench_bin" -s -p 0 "$@" >server.out 2>server.err 3>&- &
	server=$!
	started+=("$server")
	wait_until is_listening
}

# client HOST [ARGUMENT...]: a short run with the server.
client() {
	bench -c "$1" -p "$port" "${@:2}"
}

# server_ends STATUS
server_ends() {
	local status=0
	wait "$server" || status=$?
	[ "$status" -eq "$1" ] || { echo "the server ended with $status:"; cat server.err; return 1; }
}

# said FILE PATTERN: one line, this.
said() {
	if [ "$(wc -l <"$1")" -ne 1 ] || ! grep -qE "^ktls-bench: $2\$" "$1"; then
		cat "$1"
		return 1
	fi
}

# serves: somebody is served now, and all is well.
serves() {
	client localhost --runs 1 --cases plain -J >served.json 2>served.err
}

expected_in() {
	case $1 in
	throughput) expected_cases ;;
	rr | connections) expected_cases | grep -v sendfile ;;
	handshake) expected_cases | grep -v sendfile | while read -r id; do echo "$id"; [ "$id" = plain ] || echo "$id-resumed"; done ;;
	rekey) expected_cases | grep -v -e sendfile -e plain | while read -r id; do
		echo "$id"
		[ "$id" = libssl-ktls ] || echo "$id-1048576"
	done ;;
	esac
}

@test "remote: every mode, and every case that can be had" {
	serve
	for mode in throughput rr handshake rekey connections; do
		echo "$mode"
		case $mode in
		rekey) set -- rekey --every 1M -t 100ms -O 0 ;;
		connections) set -- connections --connections 100 -l 1k ;;
		*) set -- "$mode" -t 100ms -O 0 ;;
		esac
		"$bench_bin" -c localhost -p "$port" "$@" --runs 1 -J >report.json
		[ "$(report .mode)" = "$mode" ]
		diff <(report '.end.cases[] | select(.results) | .case') <(expected_in "$mode")
		# Each has a rate, and CPU time of both ends.
		report '.end.cases[] | select(.results) | .results.samples[0] |
			select((.bytes == 0 and .transactions == 0) or (.sender_cpu_seconds | .user + .system) <= 0 or
			(.receiver_cpu_seconds | .user + .system) <= 0) | .case' >wrong
		[ ! -s wrong ]
		report '.end.cases[] | select(.results == null) | .not_run' >reasons
		run ! grep -v -E '^(client|server|both ends): .{10}' reasons
	done
	# A line when a client comes, and one when it goes.
	[ "$(grep -c -E ': done, [0-9]+ measurements$' server.err)" -eq 5 ]
	grep -qE '^ktls-bench: .*:[0-9]+: rekey, TLS 1.3, aes-256-gcm, 1 connection$' server.err
	[ "$(wc -l <server.err)" -eq 11 ]
}

@test "remote: the report is that of loopback, and has the server's machine" {
	serve
	client localhost --cases plain,libssl,engine -J >report.json
	[ "$(report .end.base)" = libssl ]
	[ "$(report '.end.cases[].results.samples | length' | sort -u)" -eq 2 ]
	[ "$(report .start.server.system_info)" = "$(report .start.system_info)" ]
	[ "$(report .start.server.libktls)" = "$(report .tls.libktls)" ]
	[ "$(report .start.server.host)" = "localhost:$port" ]
	# It is this machine, and is not taken for another.
	[ "$(report '.start | .loopback, .server.same_machine' | sort -u)" = true ]
	[[ $(report .end.conclusion) == *'This is loopback: '* ]]
	[ ! -e "$man_page" ] || man_has_keys <report.json
	client localhost --cases plain,engine --csv out.csv -T 'a title' >table
	[ "$(head -n 1 table)" = 'a title' ]
	[ "$(grep -c -E '^(client|server): Linux ' table)" -eq 2 ]
	grep -q "^to [^ ]*:$port, loopback, " table
	[ "$(wc -l <out.csv)" -eq 5 ]
}

@test "remote: bytes, all of them there and as sent, in every direction" {
	serve
	while read -r total arguments; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		client localhost --runs 1 -n 1000001 --cases plain,libssl,engine --verify-data $arguments -J >report.json
		[ "$(report '.end.cases[].results.samples[].bytes' | sort -u)" -eq "$total" ]
	done <<-'END'
		1000001
		1000001 -R
		3000003 -P 3 -l 10000
		4000004 -P 2 --bidir -R
		1000001 -Z
		1000001 -R -Z --tls 1.2 --record-size 1000
		1000001 -w 64k
		1000001 --sizes 1000
	END
}

@test "remote: requests go from either side, and latencies come from there" {
	serve
	for direction in '' -R; do
		client localhost rr --runs 1 -P 2 -l 500 --verify-data --cases plain,engine $direction -J >report.json
		report '.end.cases[].results | select(.latency_seconds.p50 <= 0 or .latency_seconds.p50 > .latency_seconds.max)' >wrong
		[ ! -s wrong ]
		[ "$(report '.end.cases[].results.samples[] | .bytes % 500' | sort -u)" -eq 0 ]
	done
}

@test "remote: intervals of both ends, as they pass" {
	serve
	for direction in '' -R; do
		client localhost --runs 1 -t 600ms -i 200ms --cases plain,engine $direction --json-stream >stream
		[ "$(jq -r .event stream | uniq | tr '\n' ' ')" = 'start interval sample interval sample tls end ' ]
		for id in plain engine; do
			sum=$(jq -s "[.[] | select(.event == \"interval\" and .data.case == \"$id\") | .data.sum.bytes] | add" stream)
			all=$(jq "select(.event == \"sample\" and .data.case == \"$id\") | .data.sample.bytes" stream)
			awk -v sum="$sum" -v all="$all" 'BEGIN { print sum, "of", all; exit !(sum <= all && sum > 0.7 * all) }'
		done
	done
	"$bench_bin" -c localhost -p "$port" --runs 1 -t 3s -O 0 -i 200ms --cases plain >out 3>&- &
	started+=("$!")
	wait_until [ -s out ]
	kill -0 $!
	grep -q '^plain TCP  *run 1  *0.00-0.20 ' out
}

@test "remote: IPv4, IPv6, and addresses to bind to" {
	serve
	client 127.0.0.1 --runs 1 --cases plain -4 -J >report.json
	[ "$(report .start.server.address)" = "127.0.0.1:$port" ]
	run -1 --separate-stderr client 127.0.0.1 -6
	[ "$stderr" = "ktls-bench: 127.0.0.1:$port: the host has no address of the family asked for" ]
	client localhost --runs 1 --cases plain,engine -B 127.0.0.2 handshake -J >report.json
	grep -qE '^ktls-bench: 127.0.0.2:[0-9]+: handshake, ' server.err
	run -1 --separate-stderr client localhost -B 192.0.2.1
	[ "$stderr" = 'ktls-bench: 192.0.2.1: cannot be bound to: Cannot assign requested address' ]
	kill "$server"
	server_ends 143
	serve -B 127.0.0.1
	grep -qx "ktls-bench: listening on 127.0.0.1:$port" server.err
	serves
	run -1 --separate-stderr client 127.0.0.2
	[ "$stderr" = "ktls-bench: 127.0.0.2:$port: connection refused (is a server listening there?)" ]
	grep -qs ' lo$' /proc/net/if_inet6 || skip 'this machine has no IPv6'
	kill "$server"
	server_ends 143
	serve -6
	client ::1 --runs 1 --cases plain,engine rr -J >report.json
	[ "$(report .start.server.address)" = "[::1]:$port" ]
	run -1 --separate-stderr client 127.0.0.1
	run -1 --separate-stderr client ::1 -B 127.0.0.1
	[ "$stderr" = "ktls-bench: [::1]:$port: has no address of the family of 127.0.0.1" ]
}

# Two network namespaces with a cable between them; sets $near and $far.
make_network() {
	[ "$(id -u)" -eq 0 ] || skip 'only root can make a network namespace'
	command -v ip >/dev/null || skip 'ip is not installed'
	near=ktls-bench-$$-near far=ktls-bench-$$-far
	ip netns add "$near" || skip 'this system lets nobody make a network namespace'
	namespaces+=("$near")
	ip netns add "$far"
	namespaces+=("$far")
	ip link add near netns "$near" type veth peer name far netns "$far" || skip 'this kernel has no veth'
	ip -n "$near" addr add 192.0.2.1/24 dev near
	ip -n "$far" addr add 192.0.2.2/24 dev far
	ip -n "$near" link set near up
	ip -n "$far" link set far up
}

@test "remote: over a network" {
	make_network
	within=(ip netns exec "$far")
	serve
	for mode in throughput rr handshake; do
		ip netns exec "$near" "$bench_bin" -c 192.0.2.2 -p "$port" --runs 1 -t 100ms -O 0 "$mode" -J >report.json
		[ "$(report .start.loopback)" = false ]
		[ "$(report .start.server.same_machine)" = true ]
		diff <(report '.end.cases[] | select(.results) | .case') <(expected_in "$mode")
		[[ $(report .end.conclusion) == *'in network namespaces of their own'* ]]
		[[ $(report .start.nic) == near || $(report .start.nic) == 'near (TLS offload: tx '*', rx '* ]]
	done
	ip netns exec "$near" "$bench_bin" -c 192.0.2.2 -p "$port" --runs 1 -t 100ms --cases plain >table
	grep -q '^by near' table
}

@test "remote: who goes without a word is noticed, and so is a cable that breaks" {
	make_network
	within=(ip netns exec "$far")
	serve
	ip netns exec "$near" "$bench_bin" -c 192.0.2.2 -p "$port" --runs 1 -t 1h --cases plain >out 2>err 3>&- &
	pid=$!
	started+=("$pid")
	wait_until grep -q throughput server.err
	sleep 1
	ip -n "$near" link set near down
	# Half a minute of silence, and what it takes to see it.
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 1 ]
	said err "(192.0.2.2:$port: the server|plain TCP: client: ).*"
	wait_until grep -qE ': the client (has been silent for too long|has gone|cannot be reached any more)$' server.err
	ip -n "$near" link set near up
	wait_until ip netns exec "$near" "$bench_bin" -c 192.0.2.2 -p "$port" --runs 1 -t 100ms --cases plain >out
}

@test "remote: garbage, silence and slowness at the port keep nobody waiting" {
	serve
	exec {held}<>"/dev/tcp/127.0.0.1/$port"
	exec {slow}<>"/dev/tcp/127.0.0.1/$port"
	printf ktls >&"$slow"
	for garbage in 'GET / HTTP/1.1\r\n\r\n' 'SSH-2.0-x\r\n' '\x16\x03\x01\x02\x00\x01\x00' 'ktlsbncX'; do
		exec {fd}<>"/dev/tcp/127.0.0.1/$port"
		printf "$garbage" >&"$fd"
		# It is hung up on, without a byte.
		[ "$(timeout 20 cat <&"$fd" | wc -c)" -eq 0 ]
		exec {fd}>&-
	done
	# More of them than there is room for.
	fds=()
	for _ in $(seq 50); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$port"
		fds+=("$fd")
	done
	serves
	client localhost handshake --runs 1 --cases plain -J >report.json
	for fd in "${fds[@]}"; do
		exec {fd}>&-
	done
	# Too slow is too late.
	[ "$(timeout 20 cat <&"$slow" | wc -c)" -eq 0 ]
	[ "$(timeout 20 cat <&"$held" | wc -c)" -eq 0 ]
	serves
	[ "$(grep -c 'listening\|throughput\|handshake\|done' server.err)" -eq "$(wc -l <server.err)" ]
}

# opening VERSION KIND: the first bytes of a client, for printf.
opening() {
	printf 'ktlsbnch\\x00\\x%02x\\x%02x\\x00\\x00\\x00\\x00\\x00AAAAAAAAAAAAAAAA' "$1" "$2"
}

# answer BYTES: what the server answers, in hexadecimal.
answer() {
	local fd
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf "$1" >&"$fd"
	timeout 20 cat <&"$fd" | od -An -v -tx1 | tr -d ' \n'
	exec {fd}>&-
}

@test "remote: another version is told so, at both ends" {
	serve
	# The version of the server, and its word for that.
	[[ $(answer "$(opening 99 1)") == 6b746c73626e6368000105* ]]
	grep -qx 'ktls-bench: a client speaks version 99 of the protocol, and this server version 1' server.err
	# Data for no measurement, and what is not known.
	[ -z "$(answer "$(opening 1 2)")" ]
	[ -z "$(answer "$(opening 1 77)")" ]
	serves
}

@test "remote: a client that talks nonsense is told, and the next is served" {
	serve
	while IFS='|' read -r frame said; do
		echo "$said"
		[[ $(answer "$(opening 1 1)$frame" | sed 's/^6b746c73626e6368000103//') == *$(printf %s "$said" | od -An -v -tx1 | tr -d ' \n')* ]]
		serves
	done <<-'END'
		\x00\x00\x00\x02{}|parameters must come first
		\x00\x00\x00\x18{"message":"parameters"}|mode is missing
		\x7f\xff\xff\xff{}|
		\x00\x00\x00\x04null|
	END
	[ "$(grep -c ': the client says what is not understood$' server.err)" -eq 2 ]
	[ "$(grep -c ': refused: ' server.err)" -eq 2 ]
}

@test "remote: whoever comes second is told that the server is busy, whatever it does" {
	serve
	for mode in throughput handshake; do
		"$bench_bin" -c localhost -p "$port" "$mode" --runs 1 -t 20s --cases plain >out 2>err 3>&- &
		pid=$!
		started+=("$pid")
		wait_until grep -q ": $mode, " server.err
		sleep 0.5
		run -1 --separate-stderr client localhost
		[ "$stderr" = "ktls-bench: localhost:$port: the server is busy with another client" ]
		# Killed in the middle: the next one finds it free.
		kill -KILL "$pid"
		wait "$pid" || true
		wait_until serves
		grep -q ': the client has gone$' server.err
	done
}

@test "remote: a client that is interrupted shows what it has, and the server is free again" {
	serve
	env --default-signal=INT "$bench_bin" -c localhost -p "$port" --runs 50 -t 300ms -O 0 --cases plain,engine -J >report.json 2>err 3>&- &
	pid=$!
	started+=("$pid")
	wait_until grep -q ': throughput, ' server.err
	sleep 1.5
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 130 ]
	said err "localhost:$port: interrupted by SIGINT while measuring"
	[ "$(report '.end.cases[0].results.samples | length')" -ge 1 ]
	wait_until serves
}

@test "remote: when the server is killed the client says so" {
	serve
	"$bench_bin" -c localhost -p "$port" --runs 1 -t 1h --cases plain >out 2>err 3>&- &
	pid=$!
	started+=("$pid")
	wait_until grep -q ': throughput, ' server.err
	sleep 0.5
	kill -KILL "$server"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 1 ]
	said err "localhost:$port: the server has gone"
	[ ! -s out ]
}

# processes_with WORD: how many have it in their command line.
processes_with() {
	grep -lsa -- "[${1:0:1}]${1:1}" /proc/[0-9]*/cmdline | wc -l
}

@test "remote: signals end the server, and whom it serves" {
	address=127.$((RANDOM % 250 + 1)).$((RANDOM % 250)).9
	for signal in INT TERM HUP; do
		serve --bind "$address"
		"$bench_bin" -c "$address" -p "$port" --runs 1 -t 1h --cases plain,engine >out 2>err 3>&- &
		pid=$!
		wait_until grep -q ': throughput, ' server.err
		sleep 0.3
		kill "-$signal" "$server"
		server_ends $((128 + $(kill -l "$signal")))
		tail -n 1 server.err | grep -qx "ktls-bench: $address:$port: interrupted by SIG$signal while serving"
		code=0
		wait "$pid" || code=$?
		[ "$code" -eq 1 ]
		said err "$address:$port: the server has gone"
		# Ends that are left behind would go on for an hour.
		for _ in $(seq 100); do
			[ "$(processes_with "$address")" -gt 0 ] || break
			sleep 0.05
		done
		[ "$(processes_with "$address")" -eq 0 ]
	done
}

@test "remote: --one-off serves one client" {
	serve -1
	# Whoever is none does not count.
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.1\r\n\r\n' >&"$fd"
	[ "$(timeout 20 cat <&"$fd" | wc -c)" -eq 0 ]
	exec {fd}>&-
	serves
	server_ends 0
	serve --one-off
	[[ $(answer "$(opening 1 1)\x00\x00\x00\x02{}") == 6b746c73626e6368000103* ]]
	server_ends 1
}

@test "remote: rights are given up before anybody is heard" {
	[ "$(id -u)" -eq 0 ] || skip 'only root has them'
	serve
	# libtool's wrapper becomes the program.
	[ "$(sed -n 's/^Cap\(Eff\|Prm\):[[:space:]]*0*$/\1/p' "/proc/$server/status" | tr '\n' ' ')" = 'Prm Eff ' ]
	grep -qx 'NoNewPrivs:[[:space:]]*1' "/proc/$server/status"
}

@test "remote: what fails at the server is said to be its" {
	serve
	run -1 --separate-stderr client localhost --cases plain -A ,1023
	[ "$stderr" = 'ktls-bench: plain TCP: server: CPU 1023: this process cannot have it' ]
	run -1 --separate-stderr client localhost --cases plain -A 1023
	[ "$stderr" = 'ktls-bench: plain TCP: client: CPU 1023: this process cannot have it' ]
	run -1 --separate-stderr client localhost --cases plain -C none-such
	[[ $stderr == "ktls-bench: localhost:$port: the server refuses: congestion control none-such: "* ]]
	# What one client wanted is not what the next one gets.
	client localhost --cases plain --runs 1 -C reno -J >report.json
	[ "$(report '.start | .congestion, .server.congestion' | uniq)" = reno ]
	client localhost --cases plain --runs 1 -J >report.json
	[ "$(report '.start | .congestion, .server.congestion' | uniq)" = "$(cat /proc/sys/net/ipv4/tcp_congestion_control)" ]
	kernel_is_required || {
		run -7 --separate-stderr client localhost --cases plain,kernel
		[[ $stderr == 'ktls-bench: libktls, kernel: '@(client|server|both ends)': '* ]]
	}
}

@test "remote: data that came out wrong at the server is noticed by the client" {
	[ -e "$flip_recv" ] || skip 'flip-recv.so is not here'
	! ldd "$bench_bin" 2>/dev/null | grep -q libasan || skip 'nothing can be preloaded before the sanitizer'
	! ldd "${bench_bin%/*}/.libs/ktls-bench" 2>/dev/null | grep -q libasan || skip 'nothing can be preloaded before the sanitizer'
	within=(env "LD_PRELOAD=$flip_recv")
	serve
	run -9 --separate-stderr client localhost --cases plain --verify-data -n 1M
	[ "$stderr" = 'ktls-bench: plain TCP: data came out other than it was sent' ]
	run -0 client localhost --cases plain -n 1M
}

@test "remote: who is not there is said in one line" {
	serve
	kill "$server"
	server_ends 143
	run -1 --separate-stderr client localhost
	[ "$stderr" = "ktls-bench: localhost:$port: connection refused (is a server listening there?)" ]
	[ -z "$output" ]
	run -1 --separate-stderr client no-such-host.invalid
	[[ $stderr == "ktls-bench: no-such-host.invalid:$port: "* && $stderr != *$'\n'* ]]
	# Its kernel takes the connection, and nobody answers.
	serve
	kill -STOP "$server"
	run -1 --separate-stderr client localhost --connect-timeout 300ms
	[ "$stderr" = "ktls-bench: localhost:$port: nothing answers there (is it ktls-bench --server?)" ]
	kill -CONT "$server"
	wait_until serves
	# The port is taken.
	run -1 --separate-stderr "$bench_bin" -s -p "$port"
	[[ $stderr == "ktls-bench: "*":$port: cannot listen: Address already in use" ]]
}

@test "remote: a server that speaks TLS is none" {
	command -v openssl >/dev/null || skip 'openssl is not installed'
	printf '[req]\ndistinguished_name = dn\n[dn]\n' >req.cnf
	openssl req -x509 -config req.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout key.pem -out cert.pem 2>/dev/null
	openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem >s_server.out 2>&1 3>&- </dev/null &
	started+=("$!")
	wait_until grep -q '^ACCEPT ' s_server.out
	port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' s_server.out)
	run -1 --separate-stderr client 127.0.0.1 --connect-timeout 5s
	[[ $stderr == "ktls-bench: 127.0.0.1:$port: "*'ktls-bench --server'* && $stderr != *$'\n'* ]]
}

@test "remote: bad usage is one line" {
	while IFS='|' read -r arguments words; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr "$bench_bin" $arguments
		[[ ${stderr_lines[0]} == "ktls-bench: $words"* ]]
		[ -z "$output" ]
	done <<-'END'
		-s -c localhost|--client is for the client to say
		-s -t 5s|--time is for the client to say
		-s --json|--json is for the client to say
		-s rr|what is measured is for the client to say
		-1|--one-off takes --server
		-1 -c localhost|--one-off takes --server
		-p 5|--port takes --server or --client
		-B ::1|--bind takes --server or --client
		-6|-6 takes --server or --client
		-4|-4 takes --server or --client
		--connect-timeout 5s|--connect-timeout takes --client
		-s -p 65536|--port: port 65536 is above 65535
		-c localhost --peer nginx https://localhost/|--client and --peer are servers of different kinds
		-s https://localhost/|what is measured is for the client to say
		-c localhost crypto|--client is not for the mode crypto
		crypto -A 1|--affinity is not for the mode crypto
		-c localhost handshake -R|--reverse is not for the mode handshake
		-c localhost -p 0|--client: port 0 is for listening only
		-c host:5|--client: two ports: 'host:5' and '5202'
		-c localhost -B a/b|--bind: 'a/b' is no host name
		-c localhost --connect-timeout never|--connect-timeout: 'never' is not a time
	END
}
