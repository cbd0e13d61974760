#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What two ktls-cat have in common from before, whoever carries their records: sessions, keys, and data that comes early.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

psk=000102030405060708090a0b0c0d0e0f

setup_file() {
	cat_setup_file
	openssl rand -out ticket.key 80
	head -c 20000 /dev/urandom >early
	cat early to_server >early_and_rest
}

setup() {
	cat_setup
}

teardown() {
	cat_teardown
}

# twice VERSION ARGUMENT...: a first connection that leaves a session in "session", and a second one that has it and these arguments.
twice() {
	cat_listen --ticket-key ticket.key --max-early-data 64k --tls-min "$1" --tls-max "$1"
	talk --sess-out session "localhost:$port"
	[ "$(report client .resumed)" = false ]
	cat_listen --ticket-key ticket.key --max-early-data 64k --tls-min "$1" --tls-max "$1"
	shift
	cat_dial --sess-in session "$@" "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	cmp to_client client.out
	carried client
	carried server
}

@test "a session is resumed, and leaves the next one" {
	for version in 1.2 1.3; do
		twice "$version" --sess-out next
		cmp to_server server.out
		[ "$(report client .resumed)" = true ]
		[ "$(report server .resumed)" = true ]
		[ "$(report client .verified)" = true ]
		[ "$(report client '.peer_certificates[0].subject')" = CN=server ]
		[ "$(stat -c %a next)" = 600 ]
		if [ "$version" = 1.3 ]; then
			[ "$(report client .tickets)" -gt 0 ]
			# It is another one, and serves, too.
			if cmp -s session next; then false; fi
		fi
		cat_listen --ticket-key ticket.key --tls-max "$version"
		talk --sess-in next "localhost:$port"
		[ "$(report client .resumed)" = true ]
	done
}

@test "--early-data comes first, and is not sent twice" {
	twice 1.3 --early-data early
	cmp early_and_rest server.out
	[ "$(report client '"\(.early_data) \(.early_data_bytes)"')" = 'accepted 20000' ]
	[ "$(report server '"\(.early_data) \(.early_data_bytes)"')" = 'accepted 20000' ]
	[ "$(report client .tx.bytes)" -eq 200000 ]
	[ "$(report server .rx.bytes)" -eq 200000 ]
}

@test "--early-data that the server rejects is sent again" {
	cat_listen --ticket-key ticket.key --max-early-data 64k
	talk --sess-out session "localhost:$port"
	cat_listen --ticket-key ticket.key
	cat_dial --early-data early --sess-in session "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	cmp early_and_rest server.out
	[ "$(report client '"\(.resumed) \(.early_data) \(.early_data_bytes)"')" = 'true rejected 0' ]
	[ "$(report client .tx.bytes)" -eq 220000 ]
}

@test "--early-data beyond what is allowed follows, and all of it where nothing is" {
	cat_listen --ticket-key ticket.key --max-early-data 5000
	talk --sess-out session "localhost:$port"
	cp session kept
	for most in 5000 77; do
		cat_listen --ticket-key ticket.key --max-early-data 5000
		cat_dial --early-data early --max-early-data "$((most == 5000 ? 9000 : most))" --sess-in session "localhost:$port"
		has_status client "$code" 0
		cat_end server 0
		cmp early_and_rest server.out
		[ "$(report client '"\(.early_data) \(.early_data_bytes)"')" = "accepted $most" ]
	done
	cat_listen --ticket-key ticket.key
	talk --sess-out session "localhost:$port"
	cat_listen --ticket-key ticket.key
	cat_dial -v --early-data early --sess-in session "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	cmp early_and_rest server.out
	grep -q '^ktls-cat: no early data: the session allows none$' client.err
	[ "$(report client .early_data)" = null ]
}

# recorded ARGUMENT...: a client with these at $port; what it sent is in the file "recorded".
recorded() {
	local relay
	relay=$(free_port)
	timeout "$patience" socat -r recorded "TCP-LISTEN:$relay,bind=127.0.0.1" "TCP:127.0.0.1:$port" 3>&- 9>&- &
	remember relay
	wait_for_listener "$relay"
	cat_dial "$@" "localhost:$relay"
	has_status client "$code" 0
	cat_end server 0
}

@test "early data that is replayed is not given out" {
	need_peer socat
	cat_listen --ticket-key ticket.key --max-early-data 64k
	talk --sess-out session "localhost:$port"
	cat_listen --ticket-key ticket.key --max-early-data 64k
	recorded --early-data early --sess-in session
	[ "$(report client .early_data)" = accepted ]
	cmp early_and_rest server.out
	cat_listen --ticket-key ticket.key --max-early-data 64k
	timeout "$patience" socat -t 30 - "TCP:127.0.0.1:$port" <recorded >replies || true
	cat_end server 4
	# It was taken as early data, and the handshake could not be finished.
	said server 'TLS handshake failed: .*(bad record mac|decryption failed)'
	[ ! -s server.out ]
}

@test "a PSK in place of certificates" {
	for version in 1.2 1.3; do
		cat_start server -l 127.0.0.1:0 --psk "$psk" --tls-max "$version"
		wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
		cat_start client --psk "$psk" "localhost:$port"
		cat_end client 0
		cat_end server 0
		cmp to_server server.out
		cmp to_client client.out
		carried client
		for end in client server; do
			[ "$(report "$end" '"\(.version) \(.verified) \(.resumed) \(.psk_identity)"')" = "TLS $version true false Client_identity" ]
		done
	done
}
