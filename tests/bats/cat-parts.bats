#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat's options about data that the kernel carries, too: one direction, a part of a file, no faster than this.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

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

@test "--recv-only reads no input, and ends with the peer" {
	hold_input server
	cat_listen --recv-only
	client_ends 0
	cat_end server 0
	cmp to_server server.out
	[ ! -s client.out ]
	release_input
}

@test "--recv-only: nothing is sent before the peer has ended" {
	cat_listen
	client_ends 0 --recv-only
	cat_end server 0
	cmp to_client client.out
	[ "$(report server .rx.bytes)" -eq 0 ]
}

@test "--send-only ends when all is sent, and the peer's data is for nobody" {
	hold_input server
	cat to_client >server.in &
	cat_listen
	client_ends 0 --send-only
	[ ! -s client.out ]
	[ "$(report client .end)" = quit ]
	cmp to_server server.out
	release_input
}

@test "--send-only loses nothing to a peer that sends without an end" {
	hold_input server
	(while printf '%065536d' 0; do :; done) >server.in 2>/dev/null &
	started+=("$!")
	cat_listen
	client_ends 0 --send-only
	wait_until cmp -s to_server server.out
	release_input
}

@test "-o writes the file, and standard output stays empty" {
	listen_for_all -o got
	client_ends 0
	cat_end server 0
	cmp to_server got
	[ ! -s server.out ]
}

@test "--rate: no more than so many bytes a second, from a file, a pipe and a short burst" {
	for from in file pipe; do
		listen_for_all
		if [ "$from" = file ]; then
			client_ends 0 --rate 200k
		else
			code=0
			timeout "$patience" cat to_server | "$cat_bin" "$(path_option)" --cafile ca.pem --json=client.json --rate=200k "localhost:$port" || code=$?
			[ "$code" -eq 0 ]
		fi
		cat_end server 0
		cmp to_server server.out
		# 200,000 bytes at 204,800 a second.
		[ "$(report client '.seconds > 0.85 and .seconds < 20')" = true ]
	done
}

@test "--offset and --length: a part of the file, or of a file as standard input" {
	listen_for_all
	client_ends 0 --file to_server --offset 1000 --length 100k
	cat_end server 0
	cmp server.out <(tail -c +1001 to_server | head -c 102400)
	# As little as this fits into a window: the end may be there before the listener asks its kernel, which then takes no keys.
	listen_for_all --ktls=auto
	client_ends 0 --offset 190000
	cat_end server 0
	cmp server.out <(tail -c +190001 to_server)
	listen_for_all --ktls=auto
	client_ends 0 --length 0
	cat_end server 0
	[ ! -s server.out ]
	listen_for_all --ktls=auto
	client_ends 0 --length 1
	cat_end server 0
	cmp server.out <(head -c 1 to_server)
}

@test "--offset and --length: what is not there, before anybody is asked" {
	port=1
	client_ends 2 --offset 200001
	said client '^ktls-cat: standard input: has 200000 bytes, less than --offset and --length ask for$'
	client_ends 2 --file to_server --offset 1 --length 200000
	said client '^ktls-cat: to_server: has 200000 bytes, less than --offset and --length ask for$'
	hold_input client
	client_ends 2 --length 1
	said client '^ktls-cat: standard input: only a regular file with something in it can be sent in part$'
	release_input
}

@test "--length: a file that becomes shorter meanwhile is an error" {
	cp --remove-destination "$(readlink -f to_server)" shrinks
	cat_listen
	cat_start client --cafile ca.pem --file shrinks --length 200000 --rate 100k "localhost:$port"
	wait_until test -s server.out
	truncate -s 50000 shrinks
	cat_end client 1
	said client '^ktls-cat: shrinks: has become shorter while it was sent, by [0-9]+ bytes$'
}

@test "--zerocopy is a wish, and what became of it is told" {
	listen_for_all
	client_ends 0 --zerocopy --file to_server
	cat_end server 0
	cmp to_server server.out
	report client .tx.reason | grep -qi 'zero'
}

@test "a command's pipes have what the kernel carries" {
	cat_listen -c 'exec cat'
	client_ends 0
	cat_end server 0
	cmp to_server client.out
	carried client
	carried server
}
