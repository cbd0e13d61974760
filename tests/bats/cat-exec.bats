#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat with a command at its end: data both ways, half-close, what the command gets and what it does not, and how each end ends the other.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034,SC2016

load cat-helpers.bash

setup_file() {
	cat_setup_file
	make_cert client DNS:client.test 2
	echo secret >password
	openssl pkey -in server.key -aes128 -passout file:password -out locked.key 2>/dev/null
}

setup() {
	cat_setup
}

teardown() {
	cat_teardown
}

# exchange ARGUMENT...: a client sends "to the command" to a listener with these; both end well.
exchange() {
	cat_listen "$@"
	echo 'to the command' >client.in
	cat_dial "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
}

@test "-e: words at blanks, and no shell" {
	exchange -e "sed  s/to/\$HOME;/"
	[ "$(cat client.out)" = '$HOME; the command' ]
	[ ! -s server.out ]
	said_nothing server
	exchange --exec='tr a-z A-Z'
	[ "$(cat client.out)" = 'TO THE COMMAND' ]
}

@test "-c: a shell, which sees the end of the input and whose end ends the connection" {
	exchange --tls-min 1.3 -c 'tr -d " " | wc -c'
	[ "$(cat client.out)" -eq 13 ]
	exchange --tls-min 1.3 --sh-exec='cat >received; echo "got $(cat received)"'
	[ "$(cat client.out)" = 'got to the command' ]
}

@test "a client has a command, too" {
	cat_listen --tls-min 1.3
	cat_start client --cafile ca.pem -c 'echo from the client; exec sha256sum >sum' "localhost:$port"
	cat_end client 0
	cat_end server 0
	[ "$(cat server.out)" = 'from the client' ]
	[ "$(cut -d ' ' -f 1 sum)" = "$(sha256sum <to_client | cut -d ' ' -f 1)" ]
}

@test "an echo of all that comes" {
	cat_listen --tls-min 1.3 -e cat
	cat_dial "localhost:$port"
	has_status client "$code" 0
	cmp to_server client.out
	cat_end server 0
}

@test "what the command says last arrives, though the peer sends on and nobody reads it" {
	hold_input client
	cat_listen --tls-min 1.3 -e 'echo the last words'
	cat_start client --cafile ca.pem "localhost:$port"
	head -c 300000 /dev/zero >client.in
	cat_end server 0
	[ "$(cat client.out)" = 'the last words' ]
	[ "$(report server .end)" = quit ]
}

@test "what the command is told" {
	exchange -c 'exec env'
	for line in KTLS_ROLE=server KTLS_PEER_ADDRESS=127.0.0.1 'KTLS_TLS_VERSION=TLS 1.3' KTLS_SERVER_NAME=localhost KTLS_VERIFIED=no; do
		grep -qx "$line" client.out
	done
	[ "$(sed -n 's/^KTLS_PEER_PORT=//p' client.out)" = "$(report server .peer.port)" ]
	[ "$(sed -n 's/^KTLS_CIPHER=//p' client.out)" = "$(report server .cipher_suite)" ]
	[ "$(sed -n 's/^KTLS_TX=//p' client.out)" = "$(report server .tx.path)" ]
	[ "$(sed -n 's/^KTLS_RX=//p' client.out)" = "$(report server .rx.path)" ]
	run ! grep -E '^KTLS_(PEER_CERTIFICATE|ALPN)=' client.out
	cat_listen --alpn h2 --require-client-cert --cafile ca.pem -c 'exec env'
	cat_dial --alpn h2 --cert client.pem --key client.key "localhost:$port"
	cat_end server 0
	for line in KTLS_PEER_CERTIFICATE=CN=client KTLS_VERIFIED=yes KTLS_ALPN=h2; do
		grep -qx "$line" client.out
	done
	# A client's command knows the server.
	cat_listen --tls-min 1.3
	cat_dial -c 'env >env' "localhost:$port"
	grep -qx KTLS_ROLE=client env
	grep -qx "KTLS_PEER_PORT=$port" env
	grep -qx KTLS_PEER_CERTIFICATE=CN=server env
}

@test "no secret and nothing stale is in its environment" {
	export SSLKEYLOGFILE=keys MY_PASSWORD=secret KTLS_ALPN=stale KTLS_PEER_CERTIFICATE=stale KEPT=yes
	exchange --key locked.key --pass env:MY_PASSWORD -c 'exec env'
	grep -qx KEPT=yes client.out
	# Names of tests are in the environment as well, so whole words are looked for.
	run ! grep -E '^SSLKEYLOGFILE=|=secret$|=stale$' client.out
	[ -s keys ]
}

@test "it has three descriptors, no blocked and no ignored signal, and a group of its own" {
	exec 7<to_client
	# A shell blocks signals while it starts programs.
	exchange -c 'ls /proc/$$/fd; exec cat /proc/self/status'
	exec 7<&-
	[ "$(grep -cE '^[0-9]+$' client.out)" -eq 3 ]
	# Two are glibc's own, which nobody can set.
	for set in SigBlk SigIgn; do
		grep "^$set" client.out
		[ $((0x$(sed -n "s/^$set:[[:space:]]*//p" client.out) & ~0x180000000)) -eq 0 ]
	done
	# What we give up before the handshake is not taken from it.
	for line in Seccomp CapEff; do
		[ "$(grep "^$line:" client.out)" = "$(grep "^$line:" /proc/self/status)" ]
	done
	exchange -c 'echo $$; cut -d " " -f 5 /proc/$$/stat'
	[ "$(uniq client.out | wc -l)" -eq 1 ]
}

@test "its status is in the report and in the messages, and is not ours" {
	exchange -v -c 'exit 3'
	[ "$(report server .command_status)" -eq 3 ]
	grep -qx 'ktls-cat: the command ended with status 3' server.err
	exchange -v -c 'kill -INT $$'
	[ "$(report server .command_status)" -eq 130 ]
	rm client.in
	cat_listen
	talk "localhost:$port"
	[ "$(report server .command_status)" = null ]
}

@test "a command that cannot be run: 127 or 126, and a connection that ends well for the peer" {
	: >client.in
	cat_listen -e /no/such/command
	cat_dial "localhost:$port"
	has_status client "$code" 0
	[ ! -s client.out ]
	cat_end server 127
	said server '^ktls-cat: /no/such/command: cannot be run: No such file or directory$'
	[ "$(report server .exit_code)" -eq 127 ]
	[ "$(report server .command_status)" = null ]
	cat_listen -e "$PWD/ca.pem"
	cat_dial "localhost:$port"
	has_status client "$code" 0
	cat_end server 126
	said server 'ca\.pem: cannot be run: Permission denied$'
}

@test "no handshake, no command" {
	cat_listen -c 'touch ran'
	exec 7<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.0\r\n' >&7
	cat_end server 4
	exec 7>&-
	[ ! -e ran ]
	cat_dial -c 'touch ran' 127.0.0.1:1
	has_status client "$code" 1
	[ ! -e ran ]
}

@test "a peer that is cut off: the command is told to end when it does not do so by itself" {
	hold_input client
	cat_listen -c 'trap "" PIPE; echo began; exec sleep 600'
	cat_guard='' cat_start client --cafile ca.pem "localhost:$port"
	wait_until grep -q began client.out
	kill -KILL "${pids[client]}"
	cat_end server 6
	[ "$(report server .command_status)" -eq 143 ]
}

@test "a signal ends the command, all of its pipeline" {
	hold_input client
	cat_listen -c 'echo began; sleep 600 | sleep 601'
	cat_start client --cafile ca.pem "localhost:$port"
	wait_until grep -q began client.out
	shell=$(pgrep -f '^sh -c echo began; sleep 600' | head -n 1)
	kill -TERM "$(pgrep -P "${pids[server]}")"
	cat_end server 143
	[ -n "$shell" ]
	group_is_gone() { ! pgrep -g "$shell"; }
	wait_until group_is_gone
}

@test "without us it ends, too" {
	hold_input client
	cat_guard='' cat_listen -c 'echo began; exec sleep 600'
	cat_start client --cafile ca.pem "localhost:$port"
	wait_until grep -q began client.out
	command=$(pgrep -P "${pids[server]}")
	kill -KILL "${pids[server]}"
	is_gone() { ! kill -0 "$command" 2>/dev/null; }
	wait_until is_gone
}

@test "options that do not go together" {
	cat_dial -e true -c true localhost:1
	has_status client "$code" 2
	said client '--exec and --sh-exec exclude each other'
	for options in '--file to_server' '-o x' '--length 1' --send-only --recv-only -z; do
		# shellcheck disable=SC2086 # words
		cat_dial -e true $options localhost:1
		has_status client "$code" 2
		said client ' has no meaning with --exec'
	done
	cat_dial -e ' ' localhost:1
	has_status client "$code" 2
	said client '--exec: the command is empty'
}
