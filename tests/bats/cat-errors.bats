#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What goes wrong around ktls-cat: each time its exit code, one line for people, no byte that was not verified, and no hang.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

setup_file() {
	cat_setup_file
	make_cert expired DNS:localhost 2
	echo 'subjectAltName=DNS:localhost' >expired.ext
	openssl req -new -config req.cnf -key expired.key -subj /CN=expired |
		openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -extfile expired.ext -days -1 -out expired.pem 2>/dev/null
	make_cert wrong DNS:other.test,DNS:third.test 2
	openssl req -x509 -config req.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=self \
		-addext subjectAltName=DNS:localhost -keyout self.key -out self.pem 2>/dev/null
	openssl pkey -in server.key -aes128 -passout pass:secret -out locked.key 2>/dev/null
	echo 'no PEM here' >garbage.pem
}

setup() {
	cat_setup
}

teardown() {
	[ ! -e mounted ] || umount disk
	cat_teardown
}

# dial_fails STATUS PATTERN ARGUMENT...: the dialer does, with one line and nothing on standard output.
dial_fails() {
	local status=$1 pattern=$2
	shift 2
	cat_dial "$@"
	has_status client "$code" "$status"
	said client "$pattern"
	[ ! -s client.out ]
	[ ! -s client.json ] || jq -e --argjson code "$status" '.exit_code == $code and (.error | length > 0)' client.json
}

# is_start_of SENT: client.out is that much of it.
is_start_of() {
	local size
	size=$(stat -c %s client.out)
	head -c "$size" "$1" | cmp - client.out
}

@test "unknown host" {
	dial_fails 1 '^ktls-cat: no-such-host\.invalid:443: (unknown host|the host )' no-such-host.invalid:443
	[ "$(report client .end)" = error ]
}

@test "refused port" {
	dial_fails 1 '^ktls-cat: 127\.0\.0\.1:1: connection refused' 127.0.0.1:1
}

@test "port in use" {
	hold_input client
	cat_listen
	cat_start second -l "127.0.0.1:$port" --cert server.pem --key server.key
	cat_end second 1
	said second "^ktls-cat: 127\\.0\\.0\\.1:$port: cannot listen: Address already in use"
}

@test "address that is not ours" {
	cat_start server -l 192.0.2.1:0 --cert server.pem --key server.key
	cat_end server 1
	said server 'cannot listen: Cannot assign requested address'
}

@test "plain-text server" {
	peer_start --end plain-text
	dial_fails 4 'TLS handshake failed: ' "localhost:$port"
}

@test "plain-text client" {
	cat_listen
	exec 7<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.0\r\n' >&7
	cat_end server 4
	exec 7>&-
	said server 'TLS handshake failed: '
	[ ! -s server.out ]
}

@test "expired certificate" {
	cat_listen --cert expired.pem --key expired.key
	dial_fails 3 'certificate not verified: certificate has expired \(it must be renewed' "localhost:$port"
	cat_end server 4
	said server 'TLS handshake failed: .*expired'
	jq -e '.verified == false and .end == "handshake" and .version == "TLS 1.3" and .tx == null' client.json
}

@test "self-signed certificate" {
	cat_listen --cert self.pem --key self.key
	dial_fails 3 'certificate not verified: self.signed certificate .*--cafile' "localhost:$port"
	cat_end server 4
}

@test "certificate of an unknown CA" {
	cat_listen
	cat_start client "localhost:$port"
	cat_end client 3
	said client 'certificate not verified: unable to get local issuer certificate \(use --cafile'
	cat_end server 4
}

@test "certificate with the wrong name says which it has" {
	cat_listen --cert wrong.pem --key wrong.key
	dial_fails 3 'certificate not verified: .*ostname mismatch; it names other\.test, third\.test \(--verify-host' "localhost:$port"
	cat_end server 4
	cat_listen --cert wrong.pem --key wrong.key
	dial_fails 3 'certificate not verified: IP address mismatch; it names other\.test' "127.0.0.1:$port"
}

@test "TLS 1.1-only peer" {
	peer_start --tls 1.1
	dial_fails 4 'TLS handshake failed: ' "localhost:$port"
	cat_listen
	timeout "$patience" "$peer_bin" client -p "$port" --tls 1.1 2>peer.err && return 1
	cat_end server 4
	said server 'TLS handshake failed: '
}

@test "a handshake ends for a reason in libssl's words, said once" {
	cat_listen
	# A ServerHello where a ClientHello belongs.
	exec 7<>"/dev/tcp/localhost/$port"
	printf '\x16\x03\x01\x00\x04\x02\x00\x00\x00' >&7
	cat_end server 4
	exec 7>&-
	said server ': TLS handshake failed: libssl: unexpected message$'
}

@test "alert during the handshake" {
	peer_start --end handshake-alert
	dial_fails 4 'TLS handshake failed: peer sent alert handshake_failure' "localhost:$port"
}

@test "end of the connection during the handshake" {
	peer_start --end handshake-fin
	dial_fails 4 'TLS handshake failed: ' "localhost:$port"
}

@test "client certificate demanded and not there" {
	peer_start --cafile ca.pem --tls 1.2
	dial_fails 4 'TLS handshake failed: ' "localhost:$port"
	# In TLS 1.3 the client is done before the server says so.
	hold_input client
	peer_start --cafile ca.pem --tls 1.3
	cat_dial "localhost:$port"
	said client 'alert certificate_required'
	[ ! -s client.out ]
	# A server that was so quick that the kernel refuses the connection: where the kernel is demanded, that comes first.
	[ "$code" -eq 5 ] || { [ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ] && [ "$code" -eq 7 ]; }
	[ "$code" -eq 7 ] || [ "$(report client .end)" = alert ]
}

# Endings of a peer that has sent as much as 300000 bytes: status, line, what "end" says, whether all that was sent is there.
spoilt() {
	local how=$1 version=$2 status=$3 end=$4 pattern=$5
	hold_input client
	peer_start --end "$how" --tls "$version" --send 300000 --save sent
	cat_dial "localhost:$port"
	has_status client "$code" "$status"
	said client "$pattern"
	is_start_of sent
	[ "$(report client .end)" = "$end" ]
	[ "$(report client .rx.bytes)" -eq "$(stat -c %s client.out)" ]
	carried client
}

all_came() {
	cmp sent client.out
}

# The peer's records have 16384 bytes each.
whole_records_came() {
	local size
	size=$(stat -c %s client.out)
	[ "$((size % 16384))" -eq 0 ] || all_came
}

for_both_versions() {
	local version
	for version in 1.2 1.3; do
		echo "TLS $version"
		"$1" "$version"
		release_input
		rm client.in sent
	done
}

fin() {
	spoilt fin "$1" 6 truncated 'without close_notify'
	all_came
}

mid_record() {
	spoilt mid-record "$1" 6 truncated '.'
	all_came
}

bad_mac() {
	spoilt bad-mac "$1" 5 protocol '.'
	all_came
}

bad_header() {
	spoilt bad-header "$1" 5 protocol '.'
	all_came
}

long_record() {
	spoilt long-record "$1" 5 protocol '.'
	all_came
}

reset() {
	spoilt reset "$1" 1 error 'Connection reset by peer'
	whole_records_came
}

@test "FIN without close_notify" { for_both_versions fin; }
@test "FIN in mid-record" { for_both_versions mid_record; }
@test "bad MAC" { for_both_versions bad_mac; }
@test "bad header" { for_both_versions bad_header; }
@test "header of a record that is too long" { for_both_versions long_record; }
@test "reset" { for_both_versions reset; }

@test "standard output closed" {
	peer_start --send 300000 --end fin
	code=0
	timeout "$patience" "$cat_bin" "$(path_option)" --cafile ca.pem "localhost:$port" </dev/null >&- 2>client.err || code=$?
	has_status client "$code" 1
	said client '^ktls-cat: standard output: Bad file descriptor \(it is closed\)'
}

@test "standard input closed" {
	cat_listen --ktls=auto
	code=0
	"$cat_bin" --cafile ca.pem "localhost:$port" <&- >client.out 2>client.err || code=$?
	has_status client "$code" 0
	cat_end server 0
}

@test "reader of the pipe on standard output gone" {
	mkfifo pipe
	hold_input client
	ln -s /dev/zero server.in
	cat_listen
	cat_out=pipe cat_start client --cafile ca.pem "localhost:$port"
	head -c 1000 pipe >first
	cat_end client 1
	said client '^ktls-cat: standard output: Broken pipe \(its reader has gone\)'
	cat_end server 1
	said server ': '
}

@test "disk full on standard output" {
	hold_input client
	ln -s /dev/zero server.in
	cat_listen
	cat_out=/dev/full cat_dial "localhost:$port"
	has_status client "$code" 1
	said client '^ktls-cat: standard output: No space left on device$'
	cat_end server 1
}

@test "disk full on standard output, in a small file system" {
	mkdir disk
	mount -t tmpfs -o size=64k tmpfs disk 2>/dev/null || skip 'mounting is not permitted'
	touch mounted
	hold_input client
	peer_start --send 300000 --save sent
	cat_out=disk/out cat_dial "localhost:$port"
	has_status client "$code" 1
	said client '^ktls-cat: standard output: No space left on device$'
	cp disk/out client.out
	is_start_of sent
	[ "$(stat -c %s client.out)" -eq 65536 ]
}

# interrupted NAME OTHER SIGNAL NUMBER: in mid-transfer.
interrupted() {
	mkfifo pipe
	hold_input server
	ln -s /dev/zero client.in
	cat_guard='' cat_out=pipe cat_start server -l 127.0.0.1:0 --cert server.pem --key server.key
	{ head -c 100000 >first; wc -c >count; } <pipe 3>&- 9>&- &
	reader=$!
	wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
	cat_guard='' cat_start client --cafile ca.pem "localhost:$port"
	wait_until size_is first 100000
	kill "-$3" "${pids[$1]}"
	cat_end "$1" $((128 + $4))
	said "$1" "interrupted by SIG$3 while transferring data"
	[ "$(report "$1" .end)" = signal ]
}

size_is() {
	[ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -eq "$2" ]
}

@test "SIGINT in mid-transfer, to the sender" {
	interrupted client server INT 2
	cat_end server 6
	said server 'without close_notify'
	wait "$reader"
	[ "$((100000 + $(cat count)))" -eq "$(report server .rx.bytes)" ]
}

@test "SIGTERM in mid-transfer, to the receiver" {
	interrupted server client TERM 15
	cat_end client 1
	said client ': '
	wait "$reader"
	# What was received and not yet written is lost.
	[ "$((100000 + $(cat count)))" -le "$(report server .rx.bytes)" ]
}

@test "SIGHUP while waiting for a connection, SIGINT while shaking hands" {
	cat_guard='' cat_start server -l 127.0.0.1:0 --cert server.pem --key server.key
	wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
	kill -HUP "${pids[server]}"
	cat_end server 129
	said server 'interrupted by SIGHUP while waiting for a connection'
	peer_start --end silence
	cat_guard='' cat_start client -v --cafile ca.pem "127.0.0.1:$port"
	wait_until is_connected "$port"
	kill -INT "${pids[client]}"
	cat_end client 130
	said client 'interrupted by SIGINT while (shaking hands|connecting)'
}

is_connected() {
	grep -q "$(printf ':%04X 01 ' "$1")" /proc/net/tcp
}

@test "SIGINT that the parent has ignored is ignored" {
	hold_input client
	cat_listen
	(
		trap '' INT
		exec "$cat_bin" "$(path_option)" --cafile ca.pem "localhost:$port" <client.in >client.out 2>client.err 3>&- 9>&-
	) &
	remember client
	printf before >client.in
	wait_until grep -q before server.out
	kill -INT "${pids[client]}"
	printf after >client.in
	wait_until grep -q beforeafter server.out
	release_input
	cat_end client 0
	cat_end server 0
}

@test "timeout while connecting" {
	peer_start --end full
	dial_fails 8 'time is up while connecting \(give it more with --wait\)' --wait 300ms "127.0.0.1:$port"
	[ "$(report client .end)" = timeout ]
}

@test "timeout while the server is silent" {
	peer_start --end silence
	dial_fails 8 'time is up while shaking hands' --wait 300ms "127.0.0.1:$port"
}

@test "timeout while the client is silent" {
	cat_listen --wait 300ms
	exec 7<>"/dev/tcp/127.0.0.1/$port"
	cat_end server 8
	exec 7>&-
	said server '^ktls-cat: 127\.0\.0\.1:[0-9]+: time is up while shaking hands'
}

# listen_fails PATTERN ARGUMENT...: before it listens.
listen_fails() {
	local pattern=$1
	shift
	cat_start server -l 127.0.0.1:0 "$@"
	cat_end server 1
	said server "$pattern"
	! grep -q 'listening' server.err
}

@test "certificate missing, a folder, garbage, unreadable" {
	mkdir folder
	listen_fails '^ktls-cat: none\.pem: No such file' --cert none.pem
	listen_fails '^ktls-cat: folder: Is a directory' --cert folder
	listen_fails '^ktls-cat: garbage\.pem: no certificate found in it: ' --cert garbage.pem
	listen_fails '^ktls-cat: /dev/null: no certificate found in it: ' --cert /dev/null
	dial_fails 1 '^ktls-cat: none\.pem: No such file' --cert none.pem localhost:1
}

@test "key missing, garbage, encrypted, of another certificate" {
	listen_fails '^ktls-cat: none\.key: No such file' --cert server.pem --key none.key
	listen_fails '^ktls-cat: garbage\.pem: no private key found in it: ' --cert server.pem --key garbage.pem
	listen_fails '^ktls-cat: server\.pem: no private key found in it: ' --cert server.pem
	listen_fails '^ktls-cat: locked\.key: the private key is encrypted' --cert server.pem --key locked.key
	listen_fails '^ktls-cat: self\.key: this private key does not belong to the certificate' --cert server.pem --key self.key
}

@test "CA file missing, a folder, garbage; CA folder missing, a file" {
	mkdir folder
	dial_fails 1 '^ktls-cat: none\.pem: No such file' --cafile none.pem localhost:1
	dial_fails 1 '^ktls-cat: folder: Is a directory' --cafile folder localhost:1
	dial_fails 1 '^ktls-cat: garbage\.pem: no CA certificate found in it' --cafile garbage.pem localhost:1
	dial_fails 1 '^ktls-cat: none: No such file' --capath none localhost:1
	dial_fails 1 '^ktls-cat: ca\.pem: Not a directory' --capath ca.pem localhost:1
}

@test "--file missing, a folder" {
	mkdir folder
	dial_fails 1 '^ktls-cat: none: No such file' --file none localhost:1
	dial_fails 1 '^ktls-cat: folder: Is a directory' --file folder localhost:1
}

@test "files that may not be read" {
	# Root may read everything; without these capabilities it is like anybody else.
	command -v setpriv >/dev/null || skip 'setpriv is not installed'
	: >secret
	chmod 0 secret
	lower=
	[ "$(id -u)" -ne 0 ] || lower='setpriv --bounding-set -dac_override,-dac_read_search'
	for option in --file --cert --cafile; do
		code=0
		$lower "$cat_bin" "$option" secret localhost:1 </dev/null >client.out 2>client.err || code=$?
		has_status client "$code" 1
		said client '^ktls-cat: secret: Permission denied'
	done
}

@test "standard input that is a folder" {
	mkdir folder
	code=0
	"$cat_bin" --cafile ca.pem localhost:1 <folder >client.out 2>client.err || code=$?
	has_status client "$code" 1
	said client '^ktls-cat: standard input: Is a directory'
}

@test "report that cannot be written" {
	for path in /no-such-folder/report.json . /dev/full; do
		code=0
		cat_listen
		"$cat_bin" "$(path_option)" --json="$path" --cafile ca.pem "localhost:$port" <to_server >client.out 2>client.err || code=$?
		has_status client "$code" 1
		said client "^ktls-cat: $path: "
		kill "${pids[server]}" 2>/dev/null || true
		wait "${pids[server]}" || true
	done
}

@test "a failure's exit code outlives a report that cannot be written" {
	code=0
	"$cat_bin" --json=/dev/full --cafile ca.pem --wait 300ms --tls-min 1.3 127.0.0.1:1 </dev/null 2>client.err || code=$?
	has_status client "$code" 1
	peer_start --end plain-text
	code=0
	"$cat_bin" --json=/dev/full --cafile ca.pem "127.0.0.1:$port" </dev/null 2>client.err || code=$?
	has_status client "$code" 4
}

# A kernel that refuses: one without TLS, or one whose module is kept away for the moment.
refuse_kernel_tls() {
	[ -e /proc/net/tls_stat ] || return 0
	[ -n "${KTLS_TEST_KERNEL_LINE-}" ] || skip 'the module is kept away in the kernel matrix only'
	mkdir -p /etc/modprobe.d
	echo 'install tls /bin/false' >/etc/modprobe.d/refuse.conf
	modprobe -r tls || skip 'the module cannot be unloaded'
}

allow_kernel_tls() {
	[ -n "${KTLS_TEST_KERNEL_LINE-}" ] || return 0
	rm -f /etc/modprobe.d/refuse.conf
	modprobe tls
}

@test "--ktls=on where the kernel refuses" {
	refuse_kernel_tls
	for option in --ktls=on --ktls-tx=on --ktls-rx=on; do
		cat_listen --ktls=off
		cat_start client --ktls=off --cafile ca.pem "$option" "localhost:$port"
		cat_end client 7
		said client "^ktls-cat: localhost:$port: .*kernel"
		[ ! -s client.out ]
		jq -e '.exit_code == 7 and .version == "TLS 1.3" and .tx == null' client.json
		wait "${pids[server]}" || true
	done
	cat_listen --ktls=auto
	cat_start client --ktls=auto --cafile ca.pem "localhost:$port"
	cat_end client 0
	cat_end server 0
	jq -e '.tx.path == "engine" and .rx.path == "engine"' client.json
	allow_kernel_tls
}
