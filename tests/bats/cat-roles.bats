#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat as a listener that goes on, and the sockets that it can have.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034,SC2016

load cat-helpers.bash

setup_file() {
	cat_setup_file
}

setup() {
	cat_setup
}

teardown() {
	cat_teardown
}

# keep_open ARGUMENT...: a listener that goes on, without a guard in front: its own pid is that of the parent.
keep_open() {
	cat_guard='' cat_listen -k --tls-min 1.3 "$@"
}

# dial_as NAME TEXT ARGUMENT...: a client in the background that sends TEXT.
dial_as() {
	local name=$1
	printf %s "$2" >"$name.in"
	shift 2
	cat_start "$name" --cafile ca.pem "$@" "localhost:$port"
}

# stop SIGNAL STATUS: ends the listener.
stop() {
	kill "-$1" "${pids[server]}"
	cat_end server "$2"
}

children_of() {
	pgrep -P "${pids[server]}"
}

# has_children N
has_children() {
	[ "$(children_of | wc -l)" -eq "$1" ]
}

@test "-k takes one after the other; what they send goes to standard output, and standard input to nobody" {
	echo 'for nobody' >server.in
	keep_open
	for i in 1 2 3; do
		dial_as "client$i" "text $i,"
		cat_end "client$i" 0
		[ ! -s "client$i.out" ]
	done
	stop TERM 143
	[ "$(cat server.out)" = 'text 1,text 2,text 3,' ]
	grep -q 'interrupted by SIGTERM while waiting for connections$' server.err
}

@test "-k takes several at once" {
	keep_open -e cat
	for i in 1 2 3; do
		mkfifo "client$i.in"
		cat_start "client$i" --cafile ca.pem "localhost:$port" 9>&-
	done
	exec 4>client1.in 5>client2.in 6>client3.in
	wait_until has_children 3
	echo three >&6
	wait_until grep -qx three client3.out
	echo one >&4
	wait_until grep -qx one client1.out
	exec 4>&- 5>&- 6>&-
	for i in 1 2 3; do
		cat_end "client$i" 0
	done
	wait_until has_children 0
	stop INT 130
}

@test "-m: who is too many waits, and -m 1 has standard input" {
	hold_input server
	keep_open -m 1
	mkfifo first.in
	cat_start first --cafile ca.pem "localhost:$port"
	exec 4>first.in
	echo 'to the first' >server.in
	wait_until grep -q 'to the first' first.out
	dial_as second 'the second' 4>&-
	sleep 0.3
	has_children 1
	[ ! -s server.out ]
	# The first has standard input until it ends; then it is the second's.
	exec 4>&-
	release_input
	cat_end first 0
	cat_end second 0
	[ "$(cat server.out)" = 'the second' ]
	stop TERM 143
}

@test "-k --file: each gets the file" {
	keep_open --file to_client
	for i in 1 2; do
		dial_as "client$i" ''
	done
	for i in 1 2; do
		cat_end "client$i" 0
		cmp to_client "client$i.out"
	done
	stop TERM 143
}

@test "peers that misbehave are told of, and stop nobody" {
	keep_open -w 1s -e cat
	exec 4<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.0\r\n' >&4
	# Silent until its time is up.
	dial_as client good
	cat_end client 0
	[ "$(cat client.out)" = good ]
	wait_until has_children 0
	exec 4>&- 5>&-
	grep -qE '^ktls-cat\[[0-9]+\]: 127\.0\.0\.1:[0-9]+: TLS handshake failed: ' server.err
	grep -qE '^ktls-cat\[[0-9]+\]: 127\.0\.0\.1:[0-9]+: time is up while shaking hands ' server.err
	dial_as again good
	cat_end again 0
	stop TERM 143
}

@test "-k --json writes a line for each connection" {
	keep_open -e cat
	for i in 1 2 3 4 5 6; do
		dial_as "client$i" 'four'
	done
	for i in 1 2 3 4 5 6; do
		cat_end "client$i" 0
	done
	exec 4<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.0\r\n' >&4
	seven() { [ "$(grep -c . server.json)" -eq 7 ]; }
	wait_until seven
	exec 4>&-
	stop TERM 143
	[ "$(jq -cs 'length' server.json)" -eq 7 ]
	while read -r line; do
		jq -e '.schema == 1 and .role == "server" and .peer.address == "127.0.0.1"' <<<"$line"
	done <server.json
	[ "$(jq -s 'map(select(.exit_code == 0 and .rx.bytes == 4 and .command_status == 0)) | length' server.json)" -eq 6 ]
	[ "$(jq -s 'map(.peer.port) | unique | length' server.json)" -eq 7 ]
}

@test "a listener that cannot start says so, in the report too" {
	keep_open
	cat_start second -k -l "127.0.0.1:$port" --cert server.pem --key server.key
	cat_end second 1
	said second 'cannot listen: Address already in use'
	[ "$(report second .exit_code)" -eq 1 ]
	stop TERM 143
}

@test "a signal ends the connections and their commands" {
	keep_open -e 'sleep 600'
	hold_input client
	cat_start client --cafile ca.pem "localhost:$port"
	wait_until has_children 1
	# The command is the child of the connection's process.
	has_command() { command=$(pgrep -P "$(children_of)" -x sleep); }
	wait_until has_command
	stop TERM 143
	run ! kill -0 "$command"
	cat_end client 6
	release_input
}

@test "connections end when the process that accepts is killed" {
	keep_open -e 'sleep 600'
	hold_input client
	cat_start client --cafile ca.pem "localhost:$port"
	wait_until has_children 1
	child=$(children_of)
	kill -KILL "${pids[server]}"
	cat_end client 6
	child_is_gone() { ! kill -0 "$child" 2>/dev/null; }
	wait_until child_is_gone
}

@test "a listener without descriptors waits for better times" {
	keep_open -e cat
	prlimit --pid "${pids[server]}" --nofile=3: || skip 'limits cannot be changed here'
	dial_as client good
	wait_until grep -q 'cannot accept connections now: Too many open files; trying again$' server.err
	sleep 0.2
	[ "$(grep -c 'trying again' server.err)" -eq 1 ]
	prlimit --pid "${pids[server]}" --nofile=1024:
	cat_end client 0
	[ "$(cat client.out)" = good ]
	stop TERM 143
}

@test "-b is how many wait to be accepted" {
	command -v ss >/dev/null || skip 'there is no ss'
	keep_open -b 7
	[ "$(ss -Hltn "sport = :$port" | awk '{ print $3 }')" -eq 7 ]
	stop TERM 143
	cat_listen -b 3
	[ "$(ss -Hltn "sport = :$port" | awk '{ print $3 }')" -eq 3 ]
	talk "localhost:$port"
}

# unix_listen PATH ARGUMENT...: waits until it can be connected to.
unix_listen() {
	local path=$1
	shift
	cat_start server -v -l -U "$path" --cert server.pem --key server.key "$@"
	wait_until grep -q 'listening on' server.err
}

unix_dial() {
	# The kernel does not carry TLS over such a socket: it must not be demanded.
	cat_start client --ktls=auto --cafile ca.pem -U "$@"
	code=0
	wait "${pids[client]}" || code=$?
}

@test "-U: data both ways over a Unix socket, with the engine" {
	unix_listen here.socket --ktls=auto
	[ -S here.socket ]
	unix_dial --servername localhost here.socket
	has_status client "$code" 0
	cat_end server 0
	cmp to_server server.out
	cmp to_client client.out
	[ "$(report client .verified)" = true ]
	for name in client server; do
		[ "$(report "$name" .peer.address)" = here.socket ]
		[ "$(report "$name" .peer.port)" -eq 0 ]
		report "$name" '.tx.reason, .rx.reason' | grep -c 'not a TCP socket: kernel TLS is for TCP alone' | grep -qx 2
	done
	grep -qE '^ktls-cat: connection from here\.socket \(process [0-9]+\)$' server.err
	[ ! -e here.socket ]
	unix_listen here.socket
	cat_start client --ktls=on --cafile ca.pem -U --servername localhost here.socket
	cat_end client 7
	said client 'kernel TLS is for TCP alone'
	wait "${pids[server]}" || true
}

@test "-U -k: a path that goes when the listener does, and a name without a file" {
	for path in here.socket @ktls-cat-$$; do
		cat_guard='' unix_listen "$path" --ktls=auto -k -e cat
		for i in 1 2; do
			unix_dial --verify-host localhost "$path"
			has_status client "$code" 0
			cmp to_server client.out
		done
		stop TERM 143
		[ ! -e "$path" ]
		unix_dial --verify-host localhost "$path"
		has_status client "$code" 1
		said client "$path: (there is no such|nobody listens on this) socket"
	done
}

@test "-U: what a dead listener left is replaced, what lives or is another file is not" {
	cat_guard='' unix_listen here.socket -k
	cat_start second -l -U here.socket --cert server.pem --key server.key
	cat_end second 1
	said second 'here\.socket: cannot listen: a program listens there already'
	kill -KILL "${pids[server]}"
	cat_end server 137
	[ -S here.socket ]
	unix_dial --verify-host localhost here.socket
	has_status client "$code" 1
	said client 'here\.socket: nobody listens on this socket'
	cat_guard='' unix_listen here.socket -k
	# What is not ours any more stays.
	mv here.socket elsewhere
	echo text >here.socket
	stop TERM 143
	[ -f here.socket ]
	cat_start second -l -U here.socket --cert server.pem --key server.key
	cat_end second 1
	said second 'here\.socket: cannot listen: a file is there that is no socket'
	[ "$(cat here.socket)" = text ]
}

@test "-U: bad usage" {
	for options in 'here.socket' '-4 --insecure here.socket' '-s 127.0.0.1 --insecure x' '--insecure one two' '--insecure'; do
		# shellcheck disable=SC2086 # words
		cat_start client -U $options
		cat_end client 2
	done
	cat_start client -U "$(printf %0108d 1)" --insecure
	cat_end client 2
	said client 'the path of a socket has at most 107 bytes'
	cat_start client -U --servername localhost here.socket
	cat_end client 1
	said client 'here\.socket: there is no such socket'
}

@test "-s and -p are where a connection comes from" {
	cat_listen
	talk -s 127.0.0.2 "localhost:$port"
	[ "$(report server .peer.address)" = 127.0.0.2 ]
	cat_listen
	free=$(free_port)
	talk -p "$free" "127.0.0.1:$port"
	[ "$(report server .peer.port)" -eq "$free" ]
	cat_dial -s 192.0.2.1 127.0.0.1:1
	has_status client "$code" 1
	said client '192\.0\.2\.1: cannot be bound to: '
	cat_dial -s ::1 127.0.0.1:1
	has_status client "$code" 1
	said client 'has no address of the family of ::1'
	for options in '-s ::1 -l' '-p 1 -l'; do
		# shellcheck disable=SC2086 # words
		cat_start client $options --cert server.pem 0
		cat_end client 2
		said client ' has no meaning with --listen'
	done
	cat_dial --proxy http://localhost:1 --insecure -U x:1
	has_status client "$code" 2
	said client '^ktls-cat: --unixsock has no meaning with --proxy '
	cat_dial -p 70000 localhost:1
	has_status client "$code" 2
	said client '--source-port: port 70000 is above 65535'
}

@test "options that need others" {
	for options in '-k' '-b 3' '-l -m 3 --cert server.pem'; do
		# shellcheck disable=SC2086 # words
		cat_start client $options localhost:1
		cat_end client 2
		said client ' needs --'
	done
	cat_start client -l -k -o all --cert server.pem 0
	cat_end client 2
	said client '--output has no meaning with --keep-open'
	[ ! -e all ]
	for number in 0 -1 1k 99999999999 ''; do
		cat_start client -l -k -m "$number" --cert server.pem 0
		cat_end client 2
		said client "--max-conns: '$number' is not a number from 1 to 32768"
	done
}
