#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat's options about data: which of it flows, how fast, when it ends, and how often a connection is tried.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

setup_file() {
	cat_setup_file
	make_cert other DNS:other.test 2
}

setup() {
	cat_setup
}

teardown() {
	cat_teardown
}

@test "-o replaces what was there, all of it" {
	head -c 300000 /dev/urandom >got
	listen_for_all --output=got
	client_ends 0
	cat_end server 0
	cmp to_server got
}

@test "-o: without a handshake a file stays as it was, and none is made" {
	echo old >got
	for file in got new; do
		cat_listen
		# Nobody's CA.
		cat_start client --cafile other.pem -o "$file" "localhost:$port"
		cat_end client 3
		cat_end server 4
	done
	[ "$(cat got)" = old ]
	[ ! -e new ]
}

@test "-o: a folder, a file that cannot be, the file that is sent" {
	port=1
	client_ends 1 -o .
	said client '^ktls-cat: \.: Is a directory$'
	client_ends 1 -o no/such
	said client '^ktls-cat: no/such: No such file or directory$'
	cp to_server both
	client_ends 2 --file both --output ./both
	said client '^ktls-cat: --output: \./both is the file that is sent$'
	cmp both to_server
	mkfifo fifo
	client_ends 1 -o fifo
	said client '^ktls-cat: fifo: No such device or address \(nobody reads it\)$'
}

@test "-o: a full disk is told by the file's name" {
	[ -c /dev/full ] || skip 'there is no /dev/full'
	cat_listen
	client_ends 1 -o /dev/full
	said client '^ktls-cat: /dev/full: No space left on device$'
}

@test "--zero says what the handshake showed, and transfers nothing" {
	listen_for_all --alpn h2
	client_ends 0 -z --alpn h2,http/1.1
	cat_end server 0
	[ ! -s server.out ]
	said_nothing client
	grep -q "^peer: localhost:$port\$" client.out
	grep -q '^version: TLS 1\.3$' client.out
	grep -q '^alpn: h2$' client.out
	grep -qE '^tx: (kernel|engine) \(' client.out
	grep -q '^verified: yes$' client.out
	grep -q '^subject: CN=server$' client.out
	grep -q '^names: DNS:localhost, IP.*127\.0\.0\.1' client.out
	grep -qE '^pin: sha256//[A-Za-z0-9+/]{43}=$' client.out
	[ "$(report client .end)" = quit ]
}

@test "--zero: what does not verify is an exit code, and with --insecure a line" {
	cat_listen
	cat_start client --cafile other.pem -z "localhost:$port"
	cat_end client 3
	[ ! -s client.out ]
	cat_end server 4
	listen_for_all
	cat_start client --cafile other.pem --insecure -z "localhost:$port"
	cat_end client 0
	grep -q '^verified: no$' client.out
	grep -q '^not verified: .*certificate' client.out
}

@test "--zero for a listener, with a standard output that takes nothing" {
	cat_out=/dev/full
	[ -c "$cat_out" ] || skip 'there is no /dev/full'
	cat_listen -z
	unset cat_out
	cat_start client --cafile ca.pem -z "localhost:$port"
	cat_end client 0
	cat_end server 1
	said server '^ktls-cat: standard output: No space left on device$'
}

@test "--idle-timeout ends what does not move" {
	hold_input server
	cat_listen
	client_ends 8 -i 300ms
	said client "^ktls-cat: localhost:$port: no data came or went for 300 ms \(--idle-timeout\)\$"
	[ "$(report client .end)" = timeout ]
	cmp to_server server.out
}

@test "--idle-timeout leaves alone what moves, slowly" {
	hold_input client
	cat_listen -i 2s
	(for i in 1 2 3 4 5; do
		sleep 0.3
		echo "$i"
	done >client.in) &
	cat_start client --cafile ca.pem "localhost:$port"
	wait_until test "$(printf '1\n2\n3\n4\n5')" = "$(cat server.out)" || wait_until grep -q 5 server.out
	cat_end server 8
	release_input
	[ "$(tr '\n' ' ' <server.out)" = '1 2 3 4 5 ' ]
}

@test "--quit-after: at the end of the input the peer has so long" {
	hold_input server
	cat_listen
	client_ends 0 -q 200ms
	[ "$(report client .end)" = quit ]
	[ "$(report client '.seconds >= 0.2')" = true ]
	release_input
	cat_end server 0
	cmp to_server server.out
}

@test "--quit-after 0, and a peer that ends by itself before the time is up" {
	hold_input server
	cat_listen
	client_ends 0 -q 0
	release_input
	cat_end server 0
	rm server.in
	cat_listen
	client_ends 0 -q 1m
	[ "$(report client .end)" = close_notify ]
	cat_end server 0
	cmp to_client client.out
}

@test "--no-shutdown: the end of the input is not the end of our direction" {
	hold_input server
	cat_listen
	cat_start client --cafile ca.pem --no-shutdown "localhost:$port"
	wait_until cmp -s to_server server.out
	# It has all, and no end: an end would have come with the last byte.
	sleep 0.3
	kill -0 "${pids[client]}"
	echo late >server.in
	wait_until grep -q late client.out
	release_input
	cat_end client 0
	cat_end server 0
	[ "$(report server .end)" = close_notify ]
}

@test "--no-shutdown with --quit-after ends with close_notify, in its time" {
	hold_input server
	cat_listen
	client_ends 0 --no-shutdown -q 300ms
	release_input
	cat_end server 0
	[ "$(report server .end)" = close_notify ]
}

@test "--rate: less than one byte in ten milliseconds" {
	hold_input client
	printf 123456 >client.in
	listen_for_all
	cat_start client --cafile ca.pem --rate 10 "localhost:$port"
	wait_until grep -q 123456 server.out
	release_input
	cat_end client 0
	[ "$(report client '.seconds > 0.4')" = true ]
}

@test "--progress: a line each second, and one at the end" {
	listen_for_all
	client_ends 0 --progress --rate 160k
	grep -qE '^ktls-cat: [0-9]+%, sent [0-9.]+ KiB of 195 KiB, [0-9.]+ KiB/s, ETA 0:0[01]$' client.err
	grep -qE '^ktls-cat: 100%, sent 195 KiB of 195 KiB, [0-9.]+ KiB/s, ETA 0:00$' client.err
	[[ $(tail -n 1 client.err) == 'ktls-cat: 100%'* ]]
	# What is received, or has no known end.
	rm server.err
	cat to_client | "$cat_bin" "$(path_option)" -l 127.0.0.1:0 --cert server.pem --key server.key --progress >server.out 2>server.err 3>&- &
	remember server
	wait_until test -s server.err
	port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
	client_ends 0
	cat_end server 0
	grep -qE '^ktls-cat: sent 146 KiB, received 195 KiB, [0-9.]+ [KMG]iB/s$' server.err
}

@test "--progress: a bar on a terminal, by itself with -v, and not with --no-progress" {
	command -v script >/dev/null || skip 'there is no script(1)'
	for extra in -v --progress '-v --no-progress'; do
		listen_for_all
		script -qec "stty cols 70; $cat_bin $(path_option) --cafile ca.pem $extra --rate 400k --file to_server localhost:$port" typescript >/dev/null
		cat_end server 0
		cmp to_server server.out
		if [ "$extra" = '-v --no-progress' ]; then
			run ! grep -q '%' typescript
		else
			tr '\r' '\n' <typescript | grep -qE '^ *[1-9][0-9]?% \[=*> *\] sent [0-9.]+ KiB of 195 KiB, '
			tr '\r' '\n' <typescript | grep -qE '^100% '
		fi
	done
}

@test "--retry: until there is a listener" {
	port=$(free_port)
	cat_start client --cafile ca.pem --retry 100 --retry-delay 100ms "localhost:$port"
	sleep 0.3
	listen_on=127.0.0.1:$port
	cat_start server -l "$listen_on" --cert server.pem --key server.key
	cat_end client 0
	cat_end server 0
	cmp to_server server.out
	cmp to_client client.out
	[ "$(report client '.attempts > 1')" = true ]
}

@test "--retry: so many times and no more, with a word about each" {
	port=$(free_port)
	client_ends 1 --retry 2 --retry-delay 10ms -v
	[ "$(grep -c 'connection refused (is a server listening there?); trying again in 0\.0 s$' client.err)" -eq 2 ]
	grep -qx "ktls-cat: localhost:$port: connection refused (is a server listening there?)" client.err
	[ "$(report client .attempts)" -eq 3 ]
}

@test "--retry: a peer that goes in the handshake is tried again, one that does not verify is not" {
	cat_listen
	cat_start client --cafile other.pem --retry 5 "localhost:$port"
	cat_end client 3
	[ "$(report client .attempts)" -eq 1 ]
	# Accepts, says nothing, goes.
	socat -u TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr SYSTEM:'exit 0' 2>socat.err &
	started+=("$!")
	wait_until socat_port "$!"
	client_ends 4 --retry 2 --retry-delay 10ms || client_ends 1 --retry 2 --retry-delay 10ms
}

# The port on which process $1 listens.
socat_port() {
	port=$(ss -Htlnp 2>/dev/null | sed -n "s/.*127\.0\.0\.1:\([0-9]*\) .*pid=$1,.*/\1/p")
	[ -n "$port" ]
}

@test "--retry: interrupted while it waits" {
	cat_listen -z
	client_ends 0 -z
	cat_end server 0
	cat_start client --cafile ca.pem --retry 5 -v "localhost:$port"
	wait_until grep -q 'trying again in 1\.0 s' client.err
	kill -TERM "${pids[client]}"
	cat_end client 143
}

@test "options that exclude each other, or say nothing" {
	port=1
	for wrong in '--send-only --recv-only' '--send-only -o x' '--send-only --no-shutdown' '--recv-only --file to_server' '--recv-only --rate 1' \
		'--recv-only --length 1' '-z --file to_server' '-z --output x' '--retry-delay 1s' '--retry x' '--retry 1k' '--rate 0' '--rate x' \
		'--offset -1' '--length x' '-i 0' '-i x' '-q x' '--retry 1000001'; do
		# shellcheck disable=SC2086 # words
		client_ends 2 $wrong
		said client '.'
	done
	cat_start client -l --retry 1 --cert server.pem --key server.key 127.0.0.1:0
	cat_end client 2
	said client '^ktls-cat: --retry has no meaning with --listen '
}
