#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat's options for TLS itself: names, protocols, certificates, keys, and what is told of them. Also against openssl and gnutls.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

setup_file() {
	cat_setup_file
	make_cert client DNS:client.test 2
	make_cert other DNS:other.test 2
	openssl req -x509 -config req.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=stranger \
		-keyout stranger.key -out stranger.pem 2>/dev/null
	echo secret >password
	openssl pkey -in server.key -aes128 -passout file:password -out locked.key 2>/dev/null
	# Issuer first: which of them is ours only the key tells.
	openssl pkcs12 -export -in server.pem -inkey server.key -certfile ca.pem -passout file:password -out server.p12
	openssl pkcs12 -export -in server.pem -inkey server.key -passout pass: -out open.p12
	cat ca.pem server.pem server.key >mixed.pem
}

setup() {
	cat_setup
}

teardown() {
	cat_teardown
}

@test "--no-sni" {
	cat_listen
	talk --no-sni "localhost:$port"
	[ "$(report server .server_name)" = null ]
	[ "$(report client .verified)" = true ]
	# The host is verified nevertheless.
	cat_listen
	dial_fails 3 'IP address mismatch' --no-sni --verify-host 192.0.2.1 "localhost:$port"
	cat_end server 4
	dial_fails 2 '--servername and --no-sni exclude each other' --no-sni --servername a.test localhost:1
}

@test "--alpn: the server chooses by its own order" {
	cat_listen --alpn h2,http/1.1
	talk --tls-min 1.3 --alpn smtp,http/1.1,h2 "localhost:$port"
	[ "$(report client .alpn)" = h2 ]
	[ "$(report server .alpn)" = h2 ]
	hold_input server
	cat_listen --alpn h2,http/1.1
	talk --tls-max 1.2 --alpn smtp,http/1.1 "localhost:$port"
	[ "$(report client .alpn)" = http/1.1 ]
	[ "$(report server .alpn)" = http/1.1 ]
}

@test "--alpn without a common protocol is refused with the alert for it" {
	for version in 1.2 1.3; do
		cat_listen --alpn h2
		dial_fails 4 'alert no_application_protocol' --tls-max "$version" --tls-min "$version" --alpn h3,imap "localhost:$port"
		cat_end server 4
		said server 'no application protocol \(ALPN\) in common'
	done
}

@test "--alpn at one end only is no obstacle" {
	cat_listen
	talk --alpn h2 "localhost:$port"
	[ "$(report client .alpn)" = null ]
	cat_listen --alpn h2
	talk "localhost:$port"
	[ "$(report server .alpn)" = null ]
}

@test "--alpn of no sense" {
	for list in '' ',' 'a,' ',a' 'a,,b' "$(head -c 256 /dev/zero | tr '\0' a)"; do
		dial_fails 2 '--alpn: ' --alpn "$list" localhost:1
	done
}

@test "--alpn with openssl and gnutls as peers" {
	need_peer openssl
	port=$(free_port)
	foreign_start openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -alpn x,http/1.1 -naccept 1 -quiet
	cat_start client -v --cafile ca.pem --alpn h2,http/1.1 "localhost:$port"
	wait "${pids[client]}" || true
	[ "$(report client .alpn)" = http/1.1 ]
	grep -q ', ALPN http/1\.1, peer CN=server' client.err
	need_peer gnutls-cli
	hold_input server
	cat_listen --tls-max 1.2 --alpn b.test,a.test
	timeout "$patience" gnutls-cli --x509cafile ca.pem --alpn a.test --alpn b.test -p "$port" localhost <to_server >gnutls.out 2>&1
	cat_end server 0
	cmp to_server server.out
	[ "$(report server .alpn)" = b.test ]
}

@test "--groups and --curves" {
	cat_listen --groups P-384:X25519
	talk --curves ffdhe2048:P-384 --tls-min 1.3 "localhost:$port"
	[ "$(report client .group)" = secp384r1 ]
	[ "$(report server .group)" = secp384r1 ]
	cat_listen --groups P-384
	dial_fails 4 'TLS handshake failed: ' --groups X25519 --tls-min 1.3 "localhost:$port"
	cat_end server 4
	dial_fails 2 "--groups: 'X25519:no-such' has a group that this libssl does not know" --groups X25519:no-such localhost:1
	dial_fails 2 '--groups: ' --groups '' localhost:1
}

@test "--sigalgs" {
	cat_listen --sigalgs ECDSA+SHA256
	talk --sigalgs ed25519:ECDSA+SHA256 "localhost:$port"
	# The server's key is of P-256, which signs nothing else in TLS 1.3.
	cat_listen
	dial_fails 4 'TLS handshake failed: ' --tls-min 1.3 --sigalgs RSA-PSS+SHA256 "localhost:$port"
	cat_end server 4
	said server 'no signature algorithm in common'
	dial_fails 2 "--sigalgs: 'no-such' has a signature algorithm that this libssl does not know" --sigalgs no-such localhost:1
}

@test "--require-client-cert" {
	for version in 1.2 1.3; do
		hold_input server
		[ "$version" = 1.2 ] || { release_input; rm server.in; }
		cat_listen -v --require-client-cert --cafile ca.pem
		cat_dial --tls-max "$version" --tls-min "$version" --cert client.pem --key client.key "localhost:$port"
		has_status client "$code" 0
		cat_end server 0
		cmp to_server server.out
		[ "$(report server .verified)" = true ]
		grep -q 'peer CN=client (verified)' server.err
		[ ! -e server.in ] || { release_input; rm server.in; }
	done
}

@test "--require-client-cert: no certificate, and one of another CA" {
	cat_listen --require-client-cert --cafile ca.pem
	cat_dial --tls-max 1.2 "localhost:$port"
	has_status client "$code" 4
	cat_end server 4
	said server 'the peer sent no certificate'
	cat_listen --require-client-cert --cafile ca.pem
	cat_dial --tls-max 1.2 --cert stranger.pem --key stranger.key "localhost:$port"
	has_status client "$code" 4
	cat_end server 3
	said server 'certificate not verified: self.signed certificate'
	[ ! -s server.out ]
	jq -e '.verified == false and .end == "handshake" and .tx == null' server.json
}

@test "--request-client-cert takes who has none, and nobody with a wrong one" {
	cat_listen --request-client-cert --cafile ca.pem
	talk "localhost:$port"
	[ "$(report server .verified)" = false ]
	cat_listen --request-client-cert --cafile ca.pem
	talk --cert client.pem --key client.key "localhost:$port"
	[ "$(report server .verified)" = true ]
	cat_listen --request-client-cert --cafile ca.pem
	cat_dial --tls-max 1.2 --cert stranger.pem --key stranger.key "localhost:$port"
	has_status client "$code" 4
	cat_end server 3
	cat_listen --request-client-cert --insecure
	talk --cert stranger.pem --key stranger.key "localhost:$port"
	[ "$(report server .verified)" = false ]
}

@test "--require-client-cert with openssl and gnutls as clients" {
	need_peer openssl
	hold_input server
	cat_listen --tls-max 1.2 --require-client-cert --cafile ca.pem
	timeout "$patience" openssl s_client -connect "127.0.0.1:$port" -CAfile ca.pem -cert client.pem -key client.key -quiet -no_ign_eof \
		<password >foreign.out 2>&1 || true
	cat_end server 0
	cmp password server.out
	need_peer gnutls-cli
	cat_listen --tls-max 1.2 --require-client-cert --cafile ca.pem
	timeout "$patience" gnutls-cli --x509cafile ca.pem --x509certfile client.pem --x509keyfile client.key -p "$port" localhost \
		<to_server >foreign.out 2>&1
	cat_end server 0
	cmp to_server server.out
}

@test "client certificates that make no sense" {
	for option in --require-client-cert --request-client-cert; do
		dial_fails 2 'need --listen' "$option" localhost:1
		run -2 "$cat_bin" -l 0 --cert server.pem --key server.key "$option"
		[[ $output == *"$option needs --cafile FILE or --capath DIR"* ]]
	done
	run -2 "$cat_bin" -l 0 --cert server.pem --key server.key --cafile ca.pem
	[[ $output == *'--cafile has no meaning with --listen unless --require-client-cert'* ]]
}

@test "--pass: env, file, fd and pass" {
	export KTLS_TEST_PASSWORD=secret
	exec 7<password
	for source in env:KTLS_TEST_PASSWORD file:password fd:7 pass:secret; do
		cat_listen --key locked.key --pass "$source"
		talk "localhost:$port"
	done
	exec 7<&-
}

@test "--pass is not in the list of processes" {
	cat_listen --key locked.key --pass pass:secret
	# The child of timeout.
	local pid
	pid=$(tr -d ' ' <"/proc/${pids[server]}/task/${pids[server]}/children")
	tr '\0' ' ' <"/proc/$pid/cmdline" >cmdline
	grep -q -- '--pass pass:' cmdline
	[ "$(grep -c secret cmdline)" -eq 0 ]
	talk "localhost:$port"
}

# pass_fails STATUS PATTERN ARGUMENT...: without a word of the password.
pass_fails() {
	local status=$1 pattern=$2
	shift 2
	run "-$status" "$cat_bin" -l 127.0.0.1:0 --cert server.pem --key locked.key "$@"
	echo "$output"
	[ "${#lines[@]}" -eq 1 ]
	[[ $output =~ $pattern ]]
	[[ $output != *hidden* ]]
}

@test "--pass: what goes wrong" {
	printf 'hidden\n' >wrong
	pass_fails 1 'locked\.key: the private key is encrypted: give its password with --pass'
	pass_fails 1 'locked\.key: cannot be decrypted: is the password of --pass right' --pass file:wrong
	pass_fails 1 'locked\.key: cannot be decrypted' --pass pass:hidden
	pass_fails 2 "--pass: there is no environment variable 'NO_SUCH'" --pass env:NO_SUCH
	pass_fails 1 '--pass: none: No such file' --pass file:none
	pass_fails 1 '--pass: 77: Bad file descriptor' --pass fd:77
	for fd in 0 2 x ''; do
		pass_fails 2 'is no descriptor above 2' --pass "fd:$fd"
	done
	pass_fails 2 '--pass takes env:NAME, file:FILE, fd:NUMBER or pass:TEXT' --pass hidden
	pass_fails 2 'the password is longer than 1023 bytes' --pass "pass:$(head -c 1024 /dev/zero | tr '\0' x)"
	dial_fails 2 '--pass needs --cert' --pass pass:x localhost:1
}

@test "PKCS#12, DER, chains in any order, and URIs" {
	openssl x509 -in server.pem -outform DER -out server.der
	openssl pkey -in server.key -outform DER -out server-key.der
	for options in '--cert server.p12 --pass file:password' '--cert open.p12' '--cert mixed.pem' \
		'--cert server.der --key server-key.der' "--cert file:$PWD/server.pem --key file:$PWD/server.key"; do
		# shellcheck disable=SC2086 # they are words
		cat_start server -l 127.0.0.1:0 $options
		wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
		talk "localhost:$port"
		[ "$(report client .verified)" = true ]
	done
}

@test "PKCS#12 without its password, a key of another certificate, and a URI that nobody knows" {
	run -1 "$cat_bin" -l 127.0.0.1:0 --cert server.p12
	[[ $output == 'ktls-cat: server.p12: the private key is encrypted: give its password with --pass' ]]
	run -1 "$cat_bin" -l 127.0.0.1:0 --cert server.p12 --pass pass:no
	[[ $output == 'ktls-cat: server.p12: cannot be decrypted: is the password of --pass right?' ]]
	run -1 "$cat_bin" -l 127.0.0.1:0 --cert server.pem --key other.key
	[[ $output == 'ktls-cat: other.key: this private key does not belong to the certificate' ]]
	run -1 "$cat_bin" -l 127.0.0.1:0 --cert no-such-scheme:token=x
	[[ $output == 'ktls-cat: no-such-scheme:token=x: cannot be opened: '* ]]
}

@test "--verify-ip" {
	cat_listen
	talk --verify-ip 127.0.0.1 "localhost:$port"
	[ "$(report client .verified)" = true ]
	cat_listen
	talk --verify-ip ::1 --verify-host localhost "127.0.0.1:$port"
	cat_listen
	dial_fails 3 'IP address mismatch' --verify-ip 192.0.2.1 "localhost:$port"
	cat_end server 4
	# Both count.
	cat_listen
	dial_fails 3 'ostname mismatch' --verify-ip 127.0.0.1 --verify-host other.test "localhost:$port"
	cat_end server 4
	dial_fails 2 "--verify-ip: 'localhost' is no IP address" --verify-ip localhost localhost:1
}

# pin_of NAME: by openssl's own way.
pin_of() {
	echo "sha256//$(openssl x509 -in "$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)"
}

@test "--pin" {
	for version in 1.2 1.3; do
		[ "$version" = 1.3 ] || hold_input server
		cat_listen
		talk --tls-max "$version" --tls-min "$version" --pin "$(pin_of other);$(pin_of server)" "localhost:$port"
		[ "$(report client .verified)" = true ]
		[ ! -e server.in ] || { release_input; rm server.in; }
		cat_listen
		dial_fails 3 "the peer's public key is none of --pin: its own is $(pin_of server | sed 's/+/[+]/g')" \
			--tls-max "$version" --tls-min "$version" --pin "$(pin_of other)" "localhost:$port"
		cat_end server 4
	done
}

@test "--pin goes with verification, and with --insecure in place of it" {
	cat_listen --cert stranger.pem --key stranger.key
	dial_fails 3 'certificate not verified: self.signed' --pin "$(pin_of stranger)" "localhost:$port"
	cat_end server 4
	cat_listen --cert stranger.pem --key stranger.key
	talk --insecure --pin "$(pin_of stranger)" "localhost:$port"
	[ "$(report client .verified)" = false ]
	cat_listen
	dial_fails 3 'is none of --pin' --insecure --pin "$(pin_of other)" "localhost:$port"
	cat_end server 4
}

@test "--pin of clients" {
	cat_listen --require-client-cert --insecure --pin "$(pin_of stranger)"
	talk --cert stranger.pem --key stranger.key "localhost:$port"
	cat_listen --require-client-cert --cafile ca.pem --pin "$(pin_of other)"
	cat_dial --tls-max 1.2 --cert client.pem --key client.key "localhost:$port"
	has_status client "$code" 4
	cat_end server 3
	said server 'is none of --pin: its own is sha256//'
	run -2 "$cat_bin" -l 0 --cert server.pem --key server.key --pin "$(pin_of client)"
	[[ $output == *'--pin with --listen needs --require-client-cert'* ]]
}

@test "--pin of no sense" {
	for pin in '' sha256// sha1//x "$(pin_of server);" "$(pin_of server)x" "$(pin_of server | tr "=" A)" "$(pin_of server | tr "=" _)"; do
		dial_fails 2 '--pin: ' --pin "$pin" localhost:1
	done
}

@test "--keylog: what openssl logs of the same connection" {
	need_peer openssl
	for version in 1_2 1_3; do
		rm -f peer.keys our.keys
		port=$(free_port)
		foreign_start openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -keylogfile peer.keys -naccept 1 \
			-quiet "-tls$version"
		cat_start client -v --cafile ca.pem --keylog our.keys "localhost:$port"
		wait "${pids[client]}" || true
		grep -q '^ktls-cat: the secrets are in our\.keys$' client.err
		[ "$(stat -c %a our.keys)" = 600 ]
		diff <(grep -v '^#' peer.keys | sort) <(sort our.keys)
		[ "$(grep -c . our.keys)" -ge 1 ]
	done
	[ "$(grep -c '_TRAFFIC_SECRET' our.keys)" -eq 4 ]
}

@test "--keylog appends, of both ends the same, and SSLKEYLOGFILE does as well" {
	umask 0
	cat_listen --keylog keys
	talk --keylog keys "localhost:$port"
	[ "$(stat -c %a keys)" = 600 ]
	sort keys | uniq -c | awk '$1 != 2 { exit 1 } END { exit NR < 4 }'
	cp keys before
	cat_listen
	SSLKEYLOGFILE=keys talk "localhost:$port"
	head -c "$(stat -c %s before)" keys | cmp - before
	[ "$(grep -c . keys)" -gt "$(grep -c . before)" ]
	# The option counts.
	cat_listen
	SSLKEYLOGFILE=no/such/folder talk --keylog third "localhost:$port"
	[ -s third ]
	SSLKEYLOGFILE='' cat_listen
	SSLKEYLOGFILE='' talk "localhost:$port"
}

@test "--keylog to where nothing can be written" {
	dial_fails 1 'no/such/folder: cannot log secrets: No such file' --keylog no/such/folder localhost:1
	cat_listen
	dial_fails 1 '/dev/full: cannot log secrets: No space left' --keylog /dev/full "localhost:$port"
	wait "${pids[server]}" || true
}

# openssl_says NAME OPTION: what follows the "=" in openssl's line.
openssl_says() {
	openssl x509 -in "$1.pem" -noout "${@:2}" | sed 's/^[^=]*=//'
}

@test "--show-certs, and the chain in the report, say what openssl says" {
	cat server.pem ca.pem >chain.pem
	cat_listen --cert chain.pem
	cat_start client --show-certs --cafile ca.pem "localhost:$port"
	cat_end client 0
	cat_end server 0
	[ "$(grep -c '' client.err)" -eq 11 ]
	grep -qx 'ktls-cat: certificate 1 of 2: CN=server' client.err
	grep -qx 'ktls-cat: certificate 2 of 2: CN=test CA' client.err
	[ "$(grep -cx 'ktls-cat:   issuer CN=test CA' client.err)" -eq 2 ]
	grep -qx 'ktls-cat:   names DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1' client.err
	grep -qxF "ktls-cat:   key EC prime256v1, pin $(pin_of server)" client.err
	fingerprint=$(openssl_says server -fingerprint -sha256 | tr -d : | tr A-F a-f)
	grep -qx "ktls-cat:   serial $(openssl_says server -serial), sha256 $fingerprint" client.err
	[ "$(report client '.peer_certificates | length')" -eq 2 ]
	[ "$(report client '.peer_certificates[0].fingerprint')" = "$fingerprint" ]
	[ "$(report client '.peer_certificates[0].pin')" = "$(pin_of server)" ]
	[ "$(report client '.peer_certificates[1].subject')" = 'CN=test CA' ]
	[ "$(report client '.peer_certificates[0].names[0]')" = DNS:localhost ]
	[ "$(date -u -d "$(report client '.peer_certificates[0].not_after')" +%s)" = "$(date -u -d "$(openssl_says server -enddate)" +%s)" ]
	[ "$(date -u -d "$(report client '.peer_certificates[0].not_before')" +%s)" = "$(date -u -d "$(openssl_says server -startdate)" +%s)" ]
	[ "$(report server '.peer_certificates | length')" -eq 0 ]
}

@test "--show-certs of a server that does not verify, and of clients" {
	cat_listen --cert stranger.pem --key stranger.key
	cat_dial --show-certs "localhost:$port"
	has_status client "$code" 3
	grep -qx 'ktls-cat: certificate 1 of 1: CN=stranger' client.err
	grep -q 'certificate not verified' client.err
	[ "$(report client '.peer_certificates[0].subject')" = CN=stranger ]
	cat_end server 4
	cat_listen --show-certs --request-client-cert --cafile ca.pem
	cat_dial --cert client.pem --key client.key "localhost:$port"
	cat_end server 0
	grep -qx 'ktls-cat: certificate 1 of 1: CN=client' server.err
	[ "$(report server '.peer_certificates[0].subject')" = CN=client ]
	cat_listen --show-certs
	cat_dial "localhost:$port"
	cat_end server 0
	grep -qx 'ktls-cat: the peer showed no certificate' server.err
	cat_listen --tls-max 1.2 --show-certs --require-client-cert --cafile ca.pem
	cat_dial --cert stranger.pem --key stranger.key "localhost:$port"
	cat_end server 3
	grep -qx 'ktls-cat: certificate 1 of 1: CN=stranger' server.err
}

@test "--show-certs: many names, and names that are no text" {
	names=$(printf 'DNS:%s.test,' {1..200})
	make_cert many "DNS:localhost,${names%,}" 2
	openssl req -x509 -config req.cnf -newkey rsa:2048 -nodes -days 2 -subj "/CN=a$(printf '\033[2J')b" -keyout odd.key -out odd.pem 2>/dev/null
	cat_listen --cert many.pem --key many.key
	cat_dial --show-certs "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	grep -qE '^ktls-cat:   names DNS:localhost, DNS:1\.test, .* and [0-9]+ more$' client.err
	[ "$(report client '.peer_certificates[0].names | length')" -eq 201 ]
	cat_listen --cert odd.pem --key odd.key
	cat_dial --insecure --show-certs "localhost:$port"
	cat_end server 0
	[ "$(tr -d '\n -~' <client.err | wc -c)" -eq 0 ]
	[ "$(report client '.peer_certificates[0].key')" = 'RSA 2048' ]
}
