#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat's options, one after the other: each does what the manual page says.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

setup_file() {
	cat_setup_file
	make_cert other DNS:other.test 2
	make_cert client DNS:client.test 2
	cat client.pem client.key >client-both.pem
}

setup() {
	cat_setup
}

teardown() {
	cat_teardown
}

need_ipv6() {
	grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || skip 'there is no IPv6 loopback address'
}

@test "host:port" {
	cat_listen
	talk "localhost:$port"
	carried client
	carried server
}

@test "host port" {
	cat_listen
	talk 127.0.0.1 "$port"
}

@test "[v6]:port, and v6 port" {
	need_ipv6
	listen_on='[::1]:0'
	cat_listen
	talk "[::1]:$port"
	[ "$(report client .peer.address)" = ::1 ]
	cat_listen
	talk ::1 "$port"
}

@test "a service's name is a port" {
	cat_dial 127.0.0.1:no-such-service
	has_status client "$code" 2
	said client "'no-such-service' is no port number and no known service"
}

@test "-4" {
	listen_on=0
	cat_listen -4
	grep -q 'listening on 0\.0\.0\.0:' server.err
	talk -4 "localhost:$port"
	[ "$(report client .peer.address)" = 127.0.0.1 ]
}

@test "-6" {
	need_ipv6
	listen_on=0
	cat_listen -6
	grep -q 'listening on \[::\]:' server.err
	cat_dial -4 "localhost:$port"
	has_status client "$code" 1
	said client 'connection refused'
	# Not every /etc/hosts has an IPv6 address for localhost.
	talk -6 "[::1]:$port"
	[ "$(report client .peer.address)" = ::1 ]
}

@test "-4 and -6 exclude each other, and addresses of the other family" {
	cat_dial -4 -6 "localhost:1"
	has_status client "$code" 2
	said client '-4 and -6 exclude each other'
	cat_dial -4 '[::1]:1'
	has_status client "$code" 1
	said client '^ktls-cat: \[::1\]:1: the host has no address of the family asked for'
}

@test "-l port takes IPv4 and IPv6" {
	listen_on=0
	for address in 127.0.0.1 ::1; do
		[ "$address" != ::1 ] || need_ipv6
		cat_listen
		talk "$address" "$port"
	done
}

@test "-l host:port" {
	listen_on=localhost:0
	cat_listen
	talk "localhost:$port"
}

@test "-l takes host and port as two words, and says who came" {
	cat_start server -v -l 127.0.0.1 0 --cert server.pem --key server.key
	wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
	cat_dial "127.0.0.1:$port"
	has_status client "$code" 0
	cat_end server 0
	grep -qE '^ktls-cat: connection from 127\.0\.0\.1:[0-9]+$' server.err
	[ "$(report server .role)" = server ]
	[ "$(report server .peer.address)" = 127.0.0.1 ]
}

@test "--wait has units, and leaves a transfer alone" {
	hold_input client
	cat_listen --wait 1h
	cat_start client --cafile ca.pem --wait=1s "localhost:$port"
	printf early >client.in
	wait_until grep -q early server.out
	sleep 1.2
	printf ' late' >client.in
	release_input
	cat_end client 0
	cat_end server 0
	[ "$(cat server.out)" = 'early late' ]
}

@test "--wait of no sense" {
	for time in '' x 1x 0 25h -1 1.5; do
		cat_dial --wait "$time" localhost:1
		has_status client "$code" 2
		said client '--wait: '
	done
}

@test "--file, standard input left alone" {
	cat_listen
	{
		"$cat_bin" "$(path_option)" --json=client.json --cafile ca.pem --file to_server "localhost:$port"
		cat >left
	} <to_client >client.out
	cat_end server 0
	cmp to_server server.out
	cmp to_client left
	carried client
	[ "$(report client .tx.bytes)" -eq 200000 ]
}

@test "--file of a named pipe" {
	mkfifo pipe
	cat_listen
	cat to_server >pipe 3>&- &
	talk --file pipe "localhost:$port"
}

@test "--file of nothing, and of a file of /proc" {
	: >empty
	cat_listen --ktls=auto
	cat_dial --ktls=auto --file empty "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	[ ! -s server.out ]
	cat_listen --ktls=auto
	cat_dial --ktls=auto --file /proc/version "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	cmp /proc/version server.out
}

@test "--cafile and --cacert" {
	for option in --cafile --cacert; do
		cat_listen
		cat_start client "$option" ca.pem "localhost:$port"
		cat_end client 0
		cat_end server 0
		[ "$(report client .verified)" = true ]
	done
	cat_listen
	cat_start client "localhost:$port"
	cat_end client 3
	cat_end server 4
}

@test "--capath" {
	mkdir cas
	cp ca.pem "cas/$(openssl x509 -in ca.pem -noout -subject_hash).0"
	cat_listen
	cat_start client --capath cas "localhost:$port"
	cat_end client 0
	cat_end server 0
	[ "$(report client .verified)" = true ]
}

@test "without --cafile and --capath: the folders that SSL_CERT_DIR names, those that exist" {
	mkdir cas empty
	# A certificate of another name, and what is none, stand before it.
	cp server.pem "cas/$(openssl x509 -in ca.pem -noout -subject_hash).0"
	cp ca.pem "cas/$(openssl x509 -in ca.pem -noout -subject_hash).1"
	echo nothing >"cas/$(openssl x509 -in ca.pem -noout -subject_hash).2"
	cat_listen
	SSL_CERT_DIR=none:empty:$PWD/cas cat_start client "localhost:$port"
	cat_end client 0
	cat_end server 0
	[ "$(report client .verified)" = true ]
	cat_listen
	SSL_CERT_DIR=none:empty cat_start client "localhost:$port"
	cat_end client 3
	cat_end server 4
}

@test "--servername is sent and must be in the certificate" {
	cat_listen
	talk --servername localhost "127.0.0.1:$port"
	[ "$(report server .server_name)" = localhost ]
	[ "$(report client .server_name)" = localhost ]
	cat_listen
	cat_dial --servername other.test "127.0.0.1:$port"
	has_status client "$code" 3
	said client 'certificate not verified: .*--verify-host'
	cat_end server 4
	cat_dial --servername 127.0.0.1 "127.0.0.1:$port"
	has_status client "$code" 2
	said client 'RFC 6066'
}

@test "no server name is sent for an IP address" {
	cat_listen
	talk "127.0.0.1:$port"
	[ "$(report server .server_name)" = null ]
}

@test "--verify-host" {
	cat_listen --cert other.pem --key other.key
	talk --verify-host other.test "127.0.0.1:$port"
	[ "$(report client .verified)" = true ]
	cat_listen
	talk --verify-host ::1 "localhost:$port"
}

@test "--insecure, and says so" {
	cat_listen
	cat_start client --insecure -v "localhost:$port"
	cat_end client 0
	cat_end server 0
	[ "$(report client .verified)" = false ]
	grep -q 'peer CN=server (not verified: ' client.err
}

@test "--cert and --key of a client" {
	peer_start --cafile ca.pem
	talk_to_peer --cert client.pem --key client.key
	peer_start --cafile ca.pem
	talk_to_peer --cert client-both.pem
}

# The peer reads to the end.
talk_to_peer() {
	cat_dial "$@" "localhost:$port"
	has_status client "$code" 0
	cat_end peer 0
}

@test "--tls-min and --tls-max" {
	hold_input server
	cat_listen
	talk --tls-max 1.2 "localhost:$port"
	[ "$(report client .version)" = 'TLS 1.2' ]
	carried client
	release_input
	rm server.in
	cat_listen --tls-min 1.3
	talk --tls-min 1.3 "localhost:$port"
	[ "$(report server .version)" = 'TLS 1.3' ]
	carried server
}

@test "versions that do not meet" {
	cat_listen --tls-max 1.2
	cat_dial --tls-min 1.3 "localhost:$port"
	has_status client "$code" 4
	said client 'TLS handshake failed: '
	cat_end server 4
	said server 'TLS handshake failed: '
	cat_dial --tls-min 1.3 --tls-max 1.2 localhost:1
	has_status client "$code" 2
	said client 'leave no version'
	cat_dial --tls-min 1.1 localhost:1
	has_status client "$code" 2
	said client "--tls-min: '1.1' is neither 1.2 nor 1.3"
}

@test "--ciphers" {
	hold_input server
	cat_listen
	talk --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-GCM-SHA384 "localhost:$port"
	[ "$(report client .cipher_suite)" = TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 ]
	[ "$(report server .cipher)" = AES-256-GCM ]
	cat_dial --ciphers NO-SUCH localhost:1
	has_status client "$code" 2
	said client "--ciphers: 'NO-SUCH' names no cipher"
}

@test "--ciphersuites" {
	cat_listen
	talk --ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256 "localhost:$port"
	[ "$(report client .cipher)" != null ]
	cat_listen --ciphersuites TLS_AES_128_CCM_SHA256
	talk --ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256 "localhost:$port"
	[ "$(report client .cipher_suite)" = TLS_AES_128_CCM_SHA256 ]
	cat_dial --ciphersuites NO-SUCH localhost:1
	has_status client "$code" 2
	said client "--ciphersuites: 'NO-SUCH' names no TLS 1.3 cipher suite"
}

@test "--ciphers that libktls cannot carry" {
	hold_input server
	cat_listen --ciphers ALL
	cat_dial --ktls=on --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-SHA "localhost:$port"
	has_status client "$code" 4
	said client 'cannot be taken over: '
}

@test "--rekey-after" {
	# Before 6.14 a key in the kernel cannot be changed.
	! kernel_is_required || kernel_is_at_least 6.14 || engine=--ktls=off
	cat_listen ${engine+$engine}
	talk ${engine+$engine} --rekey-after 64k "localhost:$port"
	[ "$(report client .tx.rekeys)" -ge 2 ]
	[ "$(report client .tx.rekeys)" = "$(report server .rx.rekeys)" ]
	[ "$(report client .rx.rekeys)" = 0 ]
	for size in '' x 0 -1 99999999T 1kk; do
		cat_dial --rekey-after "$size" localhost:1
		has_status client "$code" 2
		said client '--rekey-after: '
	done
}

@test "--max-payload" {
	cat_listen --ktls-rx=off
	talk --ktls-tx=off --max-payload 1000 "localhost:$port"
	# And the close_notify.
	[ "$(report client .tx.records)" -eq 201 ]
	[ "$(report server .rx.records)" -eq 201 ]
	for size in '' x 0 16385 1M; do
		cat_dial --max-payload "$size" localhost:1
		has_status client "$code" 2
		said client '--max-payload: '
	done
}

# path_is NAME DIRECTION PATH: and a reason.
path_is() {
	[ "$(report "$1" ".$2.path")" = "$3" ]
	[ -n "$(report "$1" ".$2.reason")" ]
}

@test "--ktls=off, --ktls-tx=off and --ktls-rx=off" {
	cat_listen --ktls=off
	talk --ktls=off "localhost:$port"
	for name in client server; do
		path_is "$name" tx engine
		path_is "$name" rx engine
	done
	for direction in tx rx; do
		cat_listen
		talk --ktls=auto "--ktls-$direction=off" "localhost:$port"
		path_is client "$direction" engine
		carried server
	done
}

@test "--ktls=auto, --ktls-tx=auto and --ktls-rx=auto" {
	for option in --ktls=auto --ktls-tx=auto --ktls-rx=auto; do
		cat_listen --ktls=auto
		talk --ktls=auto "$option" "localhost:$port"
		carried client
		for direction in tx rx; do
			path_is client "$direction" "$(report client ".$direction.path")"
			[ -e /proc/net/tls_stat ] || path_is client "$direction" engine
		done
	done
}

@test "--ktls-tx=on with --ktls-rx=off, and the reverse" {
	for pair in 'tx rx' 'rx tx'; do
		read -r on off <<<"$pair"
		cat_listen --ktls=auto
		cat_dial "--ktls-$on=on" "--ktls-$off=off" "localhost:$port"
		if kernel_is_required; then
			has_status client "$code" 0
			path_is client "$on" kernel
			path_is client "$off" engine
		elif [ ! -e /proc/net/tls_stat ]; then
			has_status client "$code" 7
			said client 'kernel'
		fi
		wait "${pids[server]}" || true
	done
}

@test "--ktls takes auto, on and off only" {
	for option in --ktls --ktls-tx --ktls-rx; do
		cat_dial "$option=maybe" localhost:1
		has_status client "$code" 2
		said client "$option: 'maybe' is neither auto, on nor off"
	done
}

@test "-v and --verbose: what was negotiated, and each direction with its reason" {
	for option in -v --verbose; do
		cat_listen
		cat_start client "$option" --cafile ca.pem --tls-min 1.3 --ciphersuites TLS_AES_128_GCM_SHA256 "localhost:$port"
		cat_end client 0
		cat_end server 0
		[ "$(grep -c '' client.err)" -eq 3 ]
		sed -n 1p client.err | grep -qxE 'ktls-cat: TLS 1\.3, TLS_AES_128_GCM_SHA256, [A-Za-z0-9-]+, peer CN=server \(verified\)'
		sed -n 2p client.err | grep -qxE 'ktls-cat: tx (kernel|engine): .{10,}'
		sed -n 3p client.err | grep -qxE 'ktls-cat: rx (kernel|engine): .{10,}'
		[ "$(sed -n '2s/^ktls-cat: tx [a-z]*: //p' client.err)" = "$(report client .tx.reason)" ]
	done
}

# Names of keys in the manual page's section on the report.
documented_keys() {
	awk '/^\.SH/ { on = /REPORT/ } on' "$1" | sed -n 's/^\.BR\{0,1\} //p' | sed 's/", "/ /g; s/" and "/ /g' | tr -s ' .,"' '\n' |
		grep -xE '[a-z_]+' | grep -vxE 'null|true|false' | sort -u
}

@test "--json: every documented key, and no other" {
	page=${KTLS_SOURCE_DIR:-$BATS_TEST_DIRNAME/../..}/man/ktls-cat.1
	[ -e "$page" ] || skip 'the manual page is not here'
	cat_listen
	talk "localhost:$port"
	diff <(report client '[paths | map(select(type == "string")) | .[]] | unique | .[]') <(documented_keys "$page")
}

@test "--json: what it says is what crossed" {
	cat_listen --ktls=off
	talk "localhost:$port"
	carried client
	jq -e '.schema == 1 and .role == "client" and .exit_code == 0 and .end == "close_notify" and .error == null' client.json
	jq -e '.tx.bytes == 200000 and .rx.bytes == 150000 and .tickets == 0 and .verified' client.json
	jq -e '.seconds > 0 and .handshake_seconds > 0 and .cpu_seconds.user + .cpu_seconds.system > 0' client.json
	jq -e --argjson port "$port" '.peer == {address: "127.0.0.1", port: $port}' client.json ||
		jq -e --argjson port "$port" '.peer == {address: "::1", port: $port}' client.json
	# The engine counts what it opens: at least a record for each 16384 bytes.
	jq -e '.role == "server" and .rx.bytes == 200000 and .tx.bytes == 150000' server.json
	jq -e '.rx.records >= 13 and .tx.records >= 10' server.json
	jq -e --slurpfile other server.json '.tx.records == $other[0].rx.records and .rx.records == $other[0].tx.records' client.json
}

@test "--json without a file: on standard error, alone" {
	cat_listen
	"$cat_bin" --json --cafile ca.pem "localhost:$port" <to_server >client.out 2>client.err
	cat_end server 0
	[ "$(jq -s length client.err)" -eq 1 ]
	[ "$(jq -r .role client.err)" = client ]
	code=0
	"$cat_bin" --json --cafile ca.pem "localhost:1" </dev/null 2>client.err || code=$?
	[ "$code" -eq 1 ]
	jq -e '.exit_code == 1 and .end == "error" and (.error | test("connection refused"))' client.err
	jq -e '[.version, .cipher_suite, .cipher, .group, .server_name, .verified, .peer, .tx, .rx, .tickets, .seconds,
		.handshake_seconds] | all(. == null)' client.err
}

@test "--json=FILE replaces what was there" {
	head -c 10000 /dev/zero | tr '\0' x >client.json
	cat_listen
	talk "localhost:$port"
	jq -e .schema client.json
}

@test "half-close: the dialer has done, the listener goes on" {
	hold_input server
	cat_listen
	cat_start client --cafile ca.pem --tls-min 1.3 --file to_server "localhost:$port"
	# Standard output of the listener ends with the dialer's data.
	wait_for_size server.out 200000 "${pids[server]}"
	printf 'the answer' >server.in
	wait_until grep -q 'the answer' client.out
	kill -0 "${pids[client]}"
	release_input
	cat_end client 0
	cat_end server 0
	carried client
}

@test "half-close: the listener has done, the dialer goes on" {
	hold_input client
	cat_listen --tls-min 1.3
	cat_start client --cafile ca.pem "localhost:$port"
	wait_for_size client.out 150000 "${pids[client]}"
	printf 'the question' >client.in
	wait_until grep -q 'the question' server.out
	kill -0 "${pids[server]}"
	release_input
	cat_end client 0
	cat_end server 0
	cmp to_client client.out
	carried server
}

@test "standard output of a half-closed connection ends" {
	hold_input server
	mkfifo pipe
	# timeout(1) would hold the pipe open.
	cat_guard='' cat_out=pipe cat_start server -l 127.0.0.1:0 --cert server.pem --key server.key
	cat pipe >through 3>&- 9>&- &
	reader=$!
	wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
	cat_start client --cafile ca.pem --tls-min 1.3 --file to_server "localhost:$port"
	wait "$reader"
	cmp to_server through
	kill -0 "${pids[server]}"
	release_input
	cat_end client 0
	cat_end server 0
}

@test "a regular file on standard input is sent from its offset, which is left behind it" {
	cat_listen
	{
		dd bs=1000 count=1 of=first 2>/dev/null
		"$cat_bin" "$(path_option)" --json=client.json --cafile ca.pem "localhost:$port"
		cat >rest
	} <to_server
	cat_end server 0
	cat first server.out | cmp to_server
	[ ! -s rest ]
	[ "$(report client .tx.bytes)" -eq 199000 ]
	carried client
}

@test "pipes on both ends" {
	mkfifo pipe
	cat_out=pipe cat_start server -l 127.0.0.1:0 --cert server.pem --key server.key
	cat pipe >through 3>&- &
	reader=$!
	wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
	# shellcheck disable=SC2002 # a pipe is what is wanted
	cat to_server | "$cat_bin" "$(path_option)" --json=client.json --cafile ca.pem "localhost:$port" | cat >client.out
	cat_end server 0
	wait "$reader"
	cmp to_server through
	carried client
	carried server
}

@test "/dev/null on both ends" {
	ln -s /dev/null client.in
	ln -s /dev/null server.in
	cat_listen --ktls=auto
	cat_out=/dev/null cat_dial --ktls=auto "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	said_nothing client
	[ ! -s server.out ]
	[ "$(report client .tx.bytes)" -eq 0 ]
}

@test "options of the other role" {
	for option in --cafile=x --capath=x --servername=x --verify-host=x --insecure; do
		cat_start server -l 0 --cert server.pem "$option"
		cat_end server 2
		said server "${option%%=*} has no meaning with --listen"
	done
	cat_start server -l 0
	cat_end server 2
	said server '--listen needs --cert FILE'
	cat_dial --key client.key localhost:1
	has_status client "$code" 2
	said client '--key needs --cert FILE'
}

# out_is_large: the pipe at descriptor 8 holds more than the usual 64 KiB. 1032 is F_GETPIPE_SZ.
out_is_large() {
	[ "$(perl -e 'open my $pipe, "<&=8" or die; print fcntl($pipe, 1032, 0)')" -gt 65536 ]
}

@test "a pipe through which much goes is made larger" {
	truncate -s 64M zeros
	mkfifo out
	exec 8<>out
	cat_out=out cat_listen --tls-min 1.3
	cat_start client --cafile ca.pem --file zeros "localhost:$port"
	if out_is_large; then
		return 1
	fi
	head -c 1M <&8 >/dev/null
	wait_until out_is_large
	# The server last: it waits for the pipe, and has no eyes for the client's end.
	kill "${pids[client]}"
	cat_end client 143
	kill "${pids[server]}"
	cat_end server 143
	exec 8>&-
}
