#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench --peer: foreign servers on loopback, sent to and received from, and how it fails.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load bench-helpers.bash
load interop.bash
load doc-helpers.bash

man_page=$bench_top/man/ktls-bench.1

# Where nothing may be skipped, the test itself will say that the program is missing.
need_program() {
	[ "${KTLS_VM_STRICT-}" != 1 ] || return 0
	! kernel_is_required || return 0
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' -keyout key.pem -out cert.pem 2>/dev/null
	head -c 3000000 /dev/urandom >file
	: >empty
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	need_program jq
	ln -s "$BATS_FILE_TMPDIR"/* .
	started=()
}

teardown() {
	interop_teardown
}

# Its log has a line for each request: the bytes of it that were read, and those of the answer's body.
nginx_for_bench() {
	nginx_around <<-END
		log_format sizes '\$request_method \$uri \$status \$request_length \$body_bytes_sent';
		access_log $PWD/access.log sizes;
		server {
			listen 127.0.0.1:$port ssl;
			root $BATS_FILE_TMPDIR;
			ssl_certificate $PWD/cert.pem;
			ssl_certificate_key $PWD/key.pem;
			ssl_protocols ${protocols:-TLSv1.2 TLSv1.3};
			ssl_ciphers ALL;
			lingering_time 1h;
			${more-}
			location = /swallow { client_max_body_size 0; lingering_time 1h; return 204; }
			location = /pass { client_max_body_size 0; proxy_pass http://unix:$PWD/nginx/swallow; }
			location = /away { client_max_body_size 0; return 301 https://elsewhere.test/file; }
			location = /chunked { ssi on; ssi_types *; try_files /file =404; }
			location = /once { keepalive_timeout 0; try_files /file =404; }
		}
		server {
			listen unix:$PWD/nginx/swallow;
			access_log off;
			client_max_body_size 0;
			return 204;
		}
	END
}

# start_nginx: sets $url.
start_nginx() {
	need_program nginx
	port=$(free_port)
	mkdir -p nginx
	# One that was killed leaves its socket.
	rm -f nginx/swallow
	nginx_for_bench >nginx.conf
	nginx -p "$PWD/nginx" -e "$PWD/nginx.log" -c "$PWD/nginx.conf" 3>&- &
	server=$!
	started+=("$server")
	wait_for_listener "$port"
	url=https://localhost:$port
}

# start_openssl ARGUMENT...: s_server, silent and with what it received in server.out; sets $url.
start_openssl() {
	port=$(free_port)
	[ -p server.in ] || mkfifo server.in
	exec 8<>server.in
	openssl s_server -accept "${listen_on:-127.0.0.1}:$port" -cert cert.pem -key key.pem "$@" <server.in >server.out 2>server.err 3>&- 8>&- &
	server=$!
	started+=("$server")
	wait_for_listener "$port"
	url=https://localhost:$port
}

# bench_to KIND PATH ARGUMENT... A minute is for what hangs.
bench_to() {
	timeout 60 "$bench_bin" --runs 2 -t 100ms -O 0 --peer "$1" "$url$2" --cafile cert.pem "${@:3}"
}

# The cases that must run on this machine: every one of TLS. @1: what cannot be had in this direction.
expected_rows() {
	expected_cases | grep -v -e plain -e "${1:-none}"
}

# fails STATUS WORDS KIND PATH ARGUMENT...: in one line, which begins with the URL.
fails() {
	run "-$1" --separate-stderr bench_to "$3" "$4" "${@:5}"
	echo "$stderr"
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == "ktls-bench: "*"localhost:$port"*"$2"* ]]
	[ -z "$output" ]
}

@test "peer: nginx swallows what is sent, on either version" {
	start_nginx
	for version in 1.2 1.3; do
		bench_to nginx /swallow -J --tls "$version" >report.json
		diff <(report '.end.cases[] | select(.results) | .case') <(expected_rows)
		[ "$(report .tls.version)" = "TLSv$version" ]
		[ "$(report '[.end.cases[].results | select(.) | select(.bits_per_second.median <= 0)] | length')" -eq 0 ]
		[ "$(report '.end.cases[].results | select(.) | [.sender_cost, .receiver_cost, .samples[].receiver_cpu_seconds] | map(type) | join(" ")' |
			sort -u)" = 'object null null null' ]
	done
	[ "$(report .start.loopback)" = true ]
	[ "$(report '.start.peer | [.kind, .url, .address, .verified] | join(" ")')" = "nginx $url/swallow 127.0.0.1:$port true" ]
	[ "$(report '.tls | [.record_size, .record_size_seen] | join(" ")')" = '16384 ' ]
	# All chunks were whole: nginx would have said 400.
	[ "$(awk '{ print $1, $2, $3 }' access.log | sort -u)" = 'POST /swallow 204' ]
}

@test "peer: bytes instead of a time, several connections, and nginx has got all of them" {
	start_nginx
	for path in /swallow /pass; do
		bench_to nginx "$path" -J --runs 1 -n 3000001 -l 10000 -P 3 >report.json
		[ "$(report '.end.cases[].results | select(.) | .samples[].bytes' | sort -u)" -eq 9000003 ]
		[ "$(report '.end.cases[].results | select(.) | .samples[].transactions' | sort -u)" -eq 3 ]
	done
	# A location that answers at once does not count what it throws away.
	grep '^POST /pass 204' access.log >passed
	awk '{ print $4 } $4 < 3000001 || $4 > 3001000 { exit 1 }' passed
	[ "$(wc -l <passed)" -eq $((3 * $(expected_rows | wc -l))) ]
	# By time, in chunks, and writes of several sizes.
	bench_to nginx /swallow -J --runs 1 --sizes 1k,3000 --cases libssl,engine >report.json
	[ "$(report '[.end.cases[] | select(.results.bits_per_second.median > 0) | .case] | sort | join(" ")')" = \
		'engine-1024 engine-3000 libssl-1024 libssl-3000' ]
	[ "$(awk '{ print $3 }' access.log | sort -u)" = 204 ]
	bench_to nginx /pass -J --runs 1 -b 80M -l 3000 --cases engine >report.json
	bytes=$(report '.end.cases[0].results.samples[0].bytes')
	[ "$bytes" -gt 0 ]
	[ "$(tail -n 1 access.log | awk '{ print $4 }')" -ge "$bytes" ]
}

@test "peer: nginx sends, on several connections that go on" {
	start_nginx
	bench_to nginx /file -J -R -P 2 >report.json
	diff <(report '.end.cases[] | select(.results) | .case') <(expected_rows sendfile)
	[ "$(report '[.end.cases[].results | select(.) | select(.bits_per_second.median <= 0)] | length')" -eq 0 ]
	[ "$(report '[.end.cases[].results | select(.) | .extra.reconnections_per_second] | max')" = 0 ]
	[ "$(report '.end.cases[].results | select(.) | [.sender_cost, .receiver_cost, .samples[].sender_cpu_seconds] | map(type) | join(" ")' |
		sort -u)" = 'null object null null' ]
	# The server's records have the size that it likes, whatever was asked for.
	bench_to nginx /file -J -R --record-size 1000 --cases engine >report.json
	report '.tls | .record_size == null and .record_size_seen > 1000 and .record_size_seen <= 16384' | grep -qx true
	bench_to nginx /file -J -R --cases libssl >report.json
	[ "$(report '.tls | [.record_size, .record_size_seen] | map(type) | join(" ")')" = 'null null' ]
}

@test "peer: only bodies count, with a length, in chunks, or on one connection each" {
	start_nginx
	for path in /file /chunked /once; do
		# The end of the third body is the end: neither heads nor chunks' sizes may count.
		bench_to nginx "$path" -J -R --runs 1 -n 9000000 --cases libssl,engine >report.json
		echo "$path"
		[ "$(report '.end.cases[].results.samples[].bytes' | sort -u)" -eq 9000000 ]
		[ "$(report '.end.cases[].results.samples[].transactions' | sort -u)" -eq 3 ]
	done
	report '[.end.cases[].results.extra.reconnections_per_second] | min > 0' | grep -qx true
	bench_to nginx /once -R --runs 1 --cases engine >table
	grep -q '^case .* reconn/s  *by' table
	tr '\n' ' ' <table | grep -q 'The server ends its connections'
}

@test "peer: a rate is not exceeded in either direction, and intervals add up" {
	start_nginx
	for direction in '/swallow' '/file -R'; do
		# shellcheck disable=SC2086 # words
		bench_to nginx $direction -J --runs 1 -t 500ms -b 80M -l 10000 -i 100ms --cases engine >report.json
		rate=$(report .end.cases[0].results.bits_per_second.median)
		awk -v rate="$rate" 'BEGIN { print rate; exit !(rate > 0 && rate < 90e6) }'
		[ "$(report '.intervals | length')" -eq 5 ]
		report '([.intervals[].sum.bytes] | add) as $sum | .end.cases[0].results.samples[0].bytes as $all | $sum <= $all and $sum > 0.9 * $all' |
			grep -qx true
	done
}

@test "peer: openssl s_server swallows what is sent, on either version" {
	start_openssl -quiet
	for version in 1.2 1.3; do
		bench_to openssl '' -J --tls "$version" >report.json
		diff <(report '.end.cases[] | select(.results) | .case') <(expected_rows)
		[ "$(report '[.end.cases[].results | select(.) | select(.bits_per_second.median <= 0)] | length')" -eq 0 ]
	done
	kill "$server"
	start_openssl -quiet
	bench --peer openssl "localhost:$port" --cafile cert.pem -J --runs 3 -n 1000001 -l 5000 >report.json
	[ "$(report '.end.cases[].results | select(.) | .samples[].bytes' | sort -u)" -eq 1000001 ]
	# Each measurement ends when the server has all of it.
	[ "$(stat -c %s server.out)" -eq $((3 * 1000001 * $(expected_rows | wc -l))) ]
}

@test "peer: openssl s_server sends a file, each time on a connection of its own" {
	start_openssl -WWW
	for version in 1.2 1.3; do
		bench_to openssl /file -J -R --tls "$version" -n 9000000 >report.json
		diff <(report '.end.cases[] | select(.results) | .case') <(expected_rows sendfile)
		[ "$(report '.end.cases[].results | select(.) | .samples[].bytes' | sort -u)" -eq 9000000 ]
		report '[.end.cases[].results | select(.) | .extra.reconnections_per_second] | min > 0' | grep -qx true
	done
	[[ $(report .end.conclusion) == *'The server ends its connections: new ones, with their handshakes, are in these numbers.'* ]]
	# It says "200 ok" to what it does not have, too.
	fails 1 'the server answers "HTTP/1.0 200 ok", but with an error in the place of a file' openssl /nothing -R
	fails 1 'but with an error in the place of a file' openssl /. -R
	fails 1 'without a body' openssl /empty -R
	run -2 --separate-stderr bench_to openssl /file -P 2
	[[ $stderr == 'ktls-bench: --parallel: openssl s_server serves no more than 1 connection at once'* ]]
}

# Every case, full and resumed.
check_handshakes() {
	diff <(report '.end.cases[] | select(.results) | .case') <(expected_rows sendfile | sed 'p;s/$/-resumed/')
	[ "$(report '[.end.cases[] | select(.results) | select(.results.resumed != (.case | endswith("-resumed")))] | length')" -eq 0 ]
	[ "$(report '[.end.cases[].results | select(.) | select(.connections_per_second.median <= 0 or .latency_seconds.p50 <= 0)] | length')" -eq 0 ]
	[ "$(report '.end.cases[].results | select(.) | [.sender_cost, .receiver_cost] | map(type) | join(" ")' | sort -u)" = 'object null' ]
}

@test "peer: handshakes with either server, full and resumed" {
	start_nginx
	for version in 1.2 1.3; do
		bench_to nginx /file handshake -J -P 2 --tls "$version" >report.json
		check_handshakes
	done
	[ "$(awk '{ print $1, $2, $3, $5 }' access.log | sort -u)" = 'HEAD /file 200 0' ]
	start_openssl -quiet
	for version in 1.2 1.3; do
		bench_to openssl '' handshake -J --tls "$version" >report.json
		check_handshakes
	done
}

@test "peer: a server without sessions has no resumed handshakes" {
	more='ssl_session_tickets off; ssl_session_cache off;' start_nginx
	bench_to nginx /file handshake -J --tls 1.2 >report.json
	[ "$(report '.end.cases[] | select(.case == "engine-resumed") | .not_run')" = 'the server gives no session that could be resumed' ]
	[ "$(report '.end.cases[] | select(.case == "engine") | .results.resumed')" = false ]
	run -7 --separate-stderr bench_to nginx /file handshake --tls 1.2 --cases libssl-resumed
	[[ $stderr == *'the server gives no session that could be resumed' ]]
}

@test "peer: answers other than success are one line, sending and receiving" {
	start_nginx
	for case in libssl engine; do
		fails 1 'the server answers "HTTP/1.1 404 Not Found"' nginx /nothing -R --cases "$case"
		fails 1 'the server answers "HTTP/1.1 404 Not Found"' nginx /nothing handshake --cases "$case"
		# Noticed while it sends: nginx would read on for an hour.
		fails 1 'the server answers "HTTP/1.1 405 Not Allowed"' nginx /file -t 1h --cases "$case"
		fails 1 'the server answers "HTTP/1.1 413 Request Entity Too Large"' nginx /file -n 2M --cases "$case"
		fails 1 '"HTTP/1.1 301 Moved Permanently": redirects are not followed, name https://elsewhere.test/file itself' nginx /away -R --cases "$case"
		fails 1 'the server answers "HTTP/1.1 301 Moved Permanently"' nginx /away -n 1M --cases "$case"
		fails 1 '"HTTP/1.1 204 No Content" without a body: there is nothing to receive' nginx /swallow -R --cases "$case"
	done
}

@test "peer: what is no HTTP is one line" {
	start_openssl -quiet
	yes 'good morning' >&8 3>&- &
	started+=("$!")
	fails 1 "the server's answer has a line that is none of HTTP" nginx /file -R --cases libssl
}

@test "peer: the certificate is verified" {
	start_nginx
	run -3 --separate-stderr bench --peer nginx "$url/file" -R
	[[ $stderr == "ktls-bench: localhost:$port: certificate not verified: self-signed certificate"* ]]
	fails 3 'hostname mismatch; it names localhost (--verify-host' nginx /file -R --servername other.test
	bench_to nginx /file -R --runs 1 --cases engine --servername other.test --verify-host localhost >table
	grep -q "^nginx at $url/file (127.0.0.1:$port), certificate verified; it sends\$" table
	bench --peer nginx "$url/file" -R --runs 1 --cases libssl,engine --insecure >table
	grep -q 'certificate NOT verified; it sends$' table
	bench --peer nginx "$url/file" -J -R --runs 1 --cases engine --insecure >report.json
	[ "$(report .start.peer.verified)" = false ]
	run -1 --separate-stderr bench --peer nginx "$url/file" --cafile none.pem
	[ "$stderr" = 'ktls-bench: none.pem: No such file or directory' ]
}

@test "peer: version and cipher are those asked for, or it is refused" {
	protocols=TLSv1.2 start_nginx
	fails 4 'TLS handshake failed' nginx /file -R --tls 1.3
	bench_to nginx /file -J -R --tls 1.2 --cipher chacha20-poly1305 --cases libssl,engine >report.json
	[ "$(report .tls.suite)" = TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 ]
}

@test "peer: a server with an RSA key" {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout rsa.key -out rsa.pem 2>/dev/null
	port=$(free_port)
	openssl s_server -accept "127.0.0.1:$port" -cert rsa.pem -key rsa.key -WWW </dev/null >server.out 2>&1 3>&- &
	started+=("$!")
	wait_for_listener "$port"
	for version in 1.2 1.3; do
		bench --peer openssl "https://localhost:$port/file" --cafile rsa.pem -J -R --runs 1 --tls "$version" --cases libssl,engine >report.json
		[ "$(report .tls.suite)" = "$([ "$version" = 1.3 ] || echo TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)$([ "$version" = 1.2 ] || echo TLS_AES_256_GCM_SHA384)" ]
	done
}

# dies WORDS KIND PATH ARGUMENT...: the server is killed in the middle, when data has been seen.
dies() {
	local words=$1 killer
	shift
	rm -f intervals
	(
		for _ in $(seq 500); do
			[ ! -s intervals ] || break
			sleep 0.05
		done
		kill -KILL "$server"
	) 3>&- &
	killer=$!
	fails 1 "$words" "$@" -t 5m -i 100ms --logfile intervals --runs 1
	wait "$killer"
}

@test "peer: a server that dies is noticed at once" {
	for case in libssl engine; do
		start_nginx
		dies 'ends the connection' nginx /swallow --cases "$case"
		start_nginx
		dies 'receiving: ' nginx /file -R --cases "$case"
		start_openssl -quiet
		dies 'sending: ' openssl '' --cases "$case"
	done
	run -1 --separate-stderr bench_to openssl ''
	[[ $stderr == "ktls-bench: localhost:$port: connection refused"* ]]
}

@test "peer: a server that does nothing" {
	# It takes the request for data.
	start_openssl -quiet
	for case in libssl engine; do
		fails 8 'the server did nothing for 0.3 s (--wait gives it more)' openssl /file -R --wait 300ms --cases "$case"
	done
}

@test "peer: IPv6" {
	[ -e /proc/net/if_inet6 ] && grep -q '^0*1 ' /proc/net/if_inet6 || skip 'no IPv6 here'
	listen_on='[::1]' start_openssl -WWW
	bench --peer openssl "https://[::1]:$port/file" --cafile cert.pem -J -R --runs 1 --cases engine >report.json
	[ "$(report '.start | [.loopback, .peer.address] | join(" ")')" = "true [::1]:$port" ]
}

@test "peer: the report says whose CPU time it is, and what does not compare" {
	start_nginx
	bench_to nginx /swallow --cases libssl,engine --csv out.csv >table
	grep -q '^CPU time of this end only; loopback, cubic, 1 connection, 2 runs' table
	grep -q '^case  *Gbit/s  *spread  *ratio  *own s/GiB  *ratio  *own t/B  *by' table
	tr '\n' ' ' <table | tr -s ' ' | grep -q "The CPU time is that of this end only; the server's is not known. This is loopback"
	[ "$(awk -F, 'NR > 1 { print $15 != "", $17 $18 }' out.csv | sort -u)" = '1 ' ]
	bench_to nginx /file handshake --cases libssl,engine >table
	grep -q '^case  *conn/s .* p99.9  *own us  *ratio  *by' table
	bench_to nginx /swallow -J --cases engine >before.json
	run -0 bench_to nginx /swallow --cases engine --baseline before.json
	run -2 --separate-stderr bench --cases engine --baseline before.json
	[[ $stderr == *"before.json: is of $url/swallow, which does not compare" ]]
	run -2 --separate-stderr bench_to nginx /file -R --cases engine --baseline before.json
	[[ $stderr == *"before.json: is of $url/swallow, which does not compare" ]]
}

@test "peer: the manual page has every key of the JSON report" {
	need "$man_page"
	start_nginx
	man_has_keys < <(bench_to nginx /swallow -J -i 50ms; bench_to nginx /file -J -R; bench_to nginx /file handshake -J)
}

@test "peer: bad usage is one line" {
	while IFS='|' read -r arguments words; do
		echo "$arguments"
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr "$bench_bin" $arguments
		[[ ${stderr_lines[0]} == "ktls-bench: $words"* ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[ -z "$output" ]
	done <<-'END'
		--peer apache https://h/|--peer: 'apache' is neither openssl nor nginx
		--peer nginx|--peer takes a URL
		https://h/|https://h:443/: --peer must say what kind of server is there
		rr --peer nginx https://h/|--peer is not for the mode rr
		rekey --peer nginx https://h/|--peer is not for the mode rekey
		--peer nginx https://h/ https://h/|'https://h/' is one word too many
		--peer nginx https://h/ throughput rr|'rr' is one word too many
		--peer nginx http://h/|'http://h/': the URL must begin with https://
		--peer nginx https://:443/|the host is empty
		--peer nginx https://h:99999/|port 99999 is above 65535
		--peer nginx https://me@h/|'me@h': a user in the URL would not be sent
		--peer nginx https://h/#x|'/#x': a fragment is not sent
		--peer nginx https://h/ --bidir|--bidir is not for --peer
		--peer nginx https://h/ --sizes 1k,2k -R|--sizes with --reverse is not for --peer
		connections --peer nginx https://h/|--peer is not for the mode connections
		--peer nginx https://h/ --verify-data|--verify-data is not for --peer
		--peer nginx https://h/ handshake -R|--reverse is not for the mode handshake
		--peer nginx https://h/ handshake -n 5|--bytes is not for the mode handshake
		--peer nginx https://h/ --cases plain|--cases: plain is not for the mode throughput
		--peer nginx https://h/ -R --cases kernel-sendfile|--cases: kernel-sendfile is not for the mode throughput
		--peer nginx https://h/ --servername 127.0.0.1|--servername: '127.0.0.1' is an IP address
		--peer nginx https://h/ --wait never|--wait: 'never' is not a time
		--cafile cert.pem|--cafile takes --peer
		--insecure|--insecure takes --peer
		--wait 5s|--wait takes --peer
	END
}
