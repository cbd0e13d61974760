#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat's sessions, keys and early data: what is not good enough, what cannot be read, and openssl, gnutls and nginx as peers.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

psk=000102030405060708090a0b0c0d0e0f

setup_file() {
	cat_setup_file
	make_cert client DNS:client.test 2
	openssl req -x509 -config req.cnf -CA ca.pem -CAkey ca.key -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj '/CN=middle' -addext basicConstraints=critical,CA:TRUE -keyout middle.key -out middle.pem 2>/dev/null
	openssl req -x509 -config req.cnf -CA middle.pem -CAkey middle.key -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj '/CN=deep' -addext subjectAltName=DNS:localhost -keyout deep.key -out deep.only 2>/dev/null
	cat deep.only middle.pem >deep.pem
	openssl rand -out ticket.key 80
	openssl rand -out other.key 80
	echo 'early words' >early
	printf 'Client_identity:%s\n' "$psk" >keys.psk
}

setup() {
	cat_setup
}

teardown() {
	cat_teardown
}

# first ARGUMENT...: a connection with these that leaves a session in "session".
first() {
	cat_listen --ticket-key ticket.key "${listener[@]}"
	cat_dial --sess-out session "$@" "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	[ -s session ]
}

# again true|false ARGUMENT...: whether a second one resumes it. It ends well both ways.
again() {
	local resumed=$1
	shift
	cat_listen --ticket-key ticket.key "${listener[@]}"
	talk -v --sess-in session "$@" "localhost:$port" || [ -s client.out ]
	[ "$(report client .resumed)" = "$resumed" ] || { cat client.err; return 1; }
}

# --- what is not good enough --------------------------------------------------------

@test "a session made with --insecure does not pass for a verified one" {
	openssl req -x509 -config req.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=stranger \
		-addext subjectAltName=DNS:localhost -keyout stranger.key -out stranger.pem 2>/dev/null
	for version in 1.2 1.3; do
		listener=(--cert stranger.pem --key stranger.key --tls-max "$version")
		first --insecure
		cat_listen --ticket-key ticket.key "${listener[@]}"
		dial_fails 3 'certificate not verified: self.signed certificate' --sess-in session "localhost:$port"
		cat_end server 4
		# Nor does it say that it is.
		again true --insecure
		[ "$(report client .verified)" = false ]
		grep -q '(not verified: self.signed certificate' client.err
	done
}

@test "a session of a server of another name is not resumed" {
	first
	cat_listen --ticket-key ticket.key
	dial_fails 3 'it names localhost' --sess-in session --verify-host other.test "localhost:$port"
	cat_end server 4
	again false --servername other.test --verify-host localhost
	grep -qE '^ktls-cat: session not resumed: ' client.err
}

@test "--pin is looked at in a session, too" {
	first
	pin="sha256//$(openssl x509 -in server.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)"
	other="sha256//$(openssl x509 -in client.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)"
	again true --pin "$pin"
	cat_listen --ticket-key ticket.key
	dial_fails 3 'none of --pin' --sess-in session --pin "$other" "localhost:$port"
	cat_end server 4
	cat_listen --ticket-key ticket.key
	dial_fails 3 'none of --pin' --sess-in session --insecure --pin "$other" "localhost:$port"
	cat_end server 4
}

@test "a session brings the intermediate certificates along" {
	listener=(--cert deep.pem --key deep.key)
	first
	[ "$(grep -c 'BEGIN CERTIFICATE' session)" -eq 1 ]
	again true
	[ "$(report client .verified)" = true ]
	again true --sess-out next
	mv next session
	again true
	# Without them it is not believed, and the handshake is a full one.
	sed -i '/BEGIN CERTIFICATE/,$d' session
	again false
	grep -q '^ktls-cat: session not resumed: unable to get local issuer certificate$' client.err
}

@test "a session that the server does not know is no failure" {
	first
	cat_listen --ticket-key other.key
	cat_dial -v --sess-in session "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	grep -q '^ktls-cat: session not resumed: the server did not take it$' client.err
	cmp to_client client.out
	cat_listen
	cat_dial -v --sess-in session --early-data early "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	[ "$(report client .resumed)" = false ]
}

@test "a session of another version or cipher is no failure" {
	listener=(--tls-max 1.2)
	first
	listener=()
	again false --tls-min 1.3
	listener=(--ciphersuites TLS_AES_128_GCM_SHA256)
	first
	listener=(--ciphersuites TLS_AES_256_GCM_SHA384)
	again false
	listener=(--tls-max 1.2)
	again false
	again false --tls-max 1.2
}

@test "a session that has expired is not offered" {
	first
	# When it was made is in it: longer ago than it lives.
	openssl asn1parse -in session -noout -out session.der
	old=$(openssl sess_id -in session -noout -text | sed -n 's/^ *Start Time: \([0-9]*\)$/\1/p')
	hex=$(printf %08x "$old")
	aged=$(od -An -v -tx1 session.der | tr -d ' \n' | sed "s/0204$hex/0204$(printf %08x $((old - 20000)))/")
	{
		echo '-----BEGIN SSL SESSION PARAMETERS-----'
		# shellcheck disable=SC2001 # two digits each
		printf '%b' "$(sed 's/../\\x&/g' <<<"$aged")" | openssl base64
		echo '-----END SSL SESSION PARAMETERS-----'
	} >session
	again false
	grep -q '^ktls-cat: session not resumed: it has expired$' client.err
}

@test "client certificates: a session is good only where the same was asked for" {
	first
	for version in 1.2 1.3; do
		listener=(--tls-max "$version")
		first
		listener+=(--require-client-cert --cafile ca.pem)
		# Its ticket is the listener's own, and still nobody gets in with it.
		cat_listen --ticket-key ticket.key "${listener[@]}"
		cat_dial --sess-in session "localhost:$port"
		[ "$code" -ne 0 ]
		cat_end server 4
		first --cert client.pem --key client.key
		again true --cert client.pem --key client.key
		[ "$(report server .verified)" = true ]
		[ "$(report server '.peer_certificates[0].subject')" = CN=client ]
	done
}

@test "one listener of many connections gives tickets, and takes them from whichever process gave them" {
	for version in 1.2 1.3; do
		cat_listen --keep-open --tls-max "$version" --max-early-data 64k
		cat_dial --sess-out session "localhost:$port"
		has_status client "$code" 0
		for _ in 1 2; do
			cat_dial --sess-in session --sess-out session --early-data early "localhost:$port"
			has_status client "$code" 0
			[ "$(report client .resumed)" = true ]
			[ "$version" = 1.2 ] || [ "$(report client .early_data)" = accepted ]
		done
		kill "${pids[server]}"
		wait "${pids[server]}" || true
	done
}

# --- files --------------------------------------------------------------------------

@test "--sess-in and --sess-out: files that are none" {
	dial_fails 1 'none: No such file' --sess-in none localhost:1
	dial_fails 1 'early: there is no TLS session in it' --sess-in early localhost:1
	dial_fails 1 '\.: Is a directory' --sess-in . localhost:1
	dial_fails 1 'no/where: cannot write the session: No such file' --sess-out no/where localhost:1
	dial_fails 1 '/dev/null: cannot write the session: it is no regular file' --sess-out /dev/null localhost:1
	psk_dial 1 --psk-file none localhost:1
	said client '^ktls-cat: none: No such file'
	first
	dial_fails 1 'none: No such file' --early-data none --sess-in session localhost:1
	cat_start server -l 127.0.0.1:0 --cert server.pem --key server.key --ticket-key early
	cat_end server 1
	said server 'early: a ticket key has 80 bytes'
}

@test "--sess-out leaves the file alone when no session came" {
	echo before >kept
	cat_listen
	talk --sess-out kept "localhost:$port"
	[ "$(cat kept)" = before ]
	dial_fails 1 'connection refused' --sess-out kept localhost:1
	[ "$(cat kept)" = before ]
	[ -z "$(find . -name '.*kept*')" ]
}

@test "a session that others can read is pointed out" {
	first
	again true
	run ! grep -q 'others can read' client.err
	chmod 644 session
	again true
	grep -q '^ktls-cat: others can read the session to resume: chmod 600$' client.err
}

# --- keys ---------------------------------------------------------------------------

# psk_listen ARGUMENT...: a listener without any certificate.
psk_listen() {
	cat_start server -l 127.0.0.1:0 "$@"
	wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
}

# psk_dial STATUS ARGUMENT...
psk_dial() {
	local status=$1
	shift
	cat_start client "$@"
	cat_end client "$status"
}

@test "--psk: another key, another name, and no PSK at the other end" {
	for version in 1.2 1.3; do
		psk_listen --psk "$psk" --tls-max "$version"
		psk_dial 4 --psk 00 "localhost:$port"
		said client 'have both ends the same PSK'
		cat_end server 4
		said server 'have both ends the same PSK'
		psk_listen --psk "$psk" --psk-identity we --tls-max "$version"
		psk_dial 4 --psk "$psk" "localhost:$port"
		said client 'have both ends the same PSK'
		cat_end server 4
		cat_listen --tls-max "$version"
		psk_dial 4 --psk "$psk" "localhost:$port"
		said client 'TLS handshake failed: '
		cat_end server 4
	done
	said client "has no PSK 'Client_identity'; it showed a certificate"
}

@test "--psk beside a certificate serves both kinds of clients" {
	for version in 1.2 1.3; do
		cat_listen --psk "$psk" --tls-max "$version"
		talk "localhost:$port"
		[ "$(report client '"\(.verified) \(.psk_identity)"')" = 'true null' ]
		cat_listen --psk "$psk" --tls-max "$version"
		psk_dial 0 --psk "$psk" "localhost:$port"
		cat_end server 0
		[ "$(report client .psk_identity)" = Client_identity ]
	done
}

@test "--psk-file, --psk-identity, and what ps shows" {
	psk_listen --psk-file keys.psk --psk-identity 'another name'
	psk_dial 0 --psk "$psk" --psk-identity 'another name' "localhost:$port"
	cat_end server 0
	cmp to_server server.out
	echo "$psk" >bare
	psk_listen --psk-file keys.psk
	psk_dial 0 --psk-file bare "localhost:$port"
	cat_end server 0
	# The program itself, and not what would kill it if it hung.
	cat_guard='' psk_listen --psk "$psk"
	grep -qa psk "/proc/${pids[server]}/cmdline"
	run ! grep -qa "$psk" "/proc/${pids[server]}/cmdline"
}

@test "--psk: early data needs no session" {
	psk_listen --psk "$psk" --max-early-data 1k --alpn x
	psk_dial 0 -v --psk "$psk" --early-data early --alpn x "localhost:$port"
	cat_end server 0
	cmp <(cat early to_server) server.out
	grep -q '^ktls-cat: early data accepted (12 bytes)$' client.err
	psk_listen --psk "$psk" --max-early-data 1k --tls-max 1.2
	psk_dial 0 -v --psk "$psk" --early-data early --tls-max 1.2 "localhost:$port"
	cat_end server 0
	cmp <(cat early to_server) server.out
	grep -q '^ktls-cat: no early data: TLS 1.2 has none$' client.err
}

@test "options of no sense" {
	for key in xy '' 123 "$(printf '%0130d' 0)"; do
		psk_dial 2 --psk "$key" localhost:1
		said client '^ktls-cat: --psk: a PSK is 1 to 64 bytes in hexadecimal'
	done
	for name in '' "$(printf '%0129d' 0)"; do
		psk_dial 2 --psk 00 --psk-identity "$name" localhost:1
		said client '^ktls-cat: --psk-identity: the identity of a PSK has 1 to 128 bytes'
	done
	for line in '' x: :00 'a:b:0' "$(printf '%0300d' 0)"; do
		echo "$line" >bad
		psk_dial 2 --psk-file bad localhost:1
		said client '^ktls-cat: bad: '
	done
	psk_dial 2 --psk 00 localhost:1 --sess-out x
	said client '--sess-out has no meaning with a PSK'
	for words in '--psk 00 --psk-file x' '--psk-identity x' '--psk 00 --insecure' '--psk 00 --pin x' '--early-data early' \
		'--max-early-data 1' '--ticket-key x' '-l --cert x --sess-in x' '-l --cert x --sess-out x' '-l --psk 00 --early-data x' \
		'-l --psk 00 --require-client-cert --cafile ca.pem' '-l --cert x --max-early-data 1' '--psk 00 --early-data x --max-early-data 17M' \
		'--psk 00 --early-data x --max-early-data 0' '--psk 00 --early-data x --max-early-data y'; do
		# shellcheck disable=SC2086
		cat_start client $words localhost:1
		cat_end client 2
		said client '\(see ktls-cat --help\)$'
	done
}

# --- foreign peers ------------------------------------------------------------------

# ask ARGUMENT...: for a page, as "client".
ask() {
	printf 'GET / HTTP/1.0\r\n\r\n' >client.in
	cat_start client --cafile ca.pem "$@" "localhost:$port"
	cat_end client 0
}

@test "openssl s_server: a session of either version is resumed" {
	need_peer openssl
	for version in 1_2 1_3; do
		port=$(free_port)
		foreign_start openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -"tls$version" -www
		ask --sess-out session
		grep -q 'New, TLSv1' client.out
		ask --sess-in session --sess-out session
		grep -q 'Reused, TLSv1' client.out
		ask --sess-in session
		grep -q 'Reused, TLSv1' client.out
		[ "$(report client .resumed)" = true ]
	done
}

@test "openssl s_server: several tickets, and none" {
	need_peer openssl
	port=$(free_port)
	foreign_start openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -www -num_tickets 5
	ask --sess-out session
	[ "$(report client .tickets)" -eq 5 ]
	ask --sess-in session
	[ "$(report client .resumed)" = true ]
	port=$(free_port)
	foreign_start openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -www -num_tickets 0
	rm session
	ask --sess-out session
	[ ! -e session ]
}

@test "openssl s_client takes our sessions, and we take its" {
	need_peer openssl
	for version in 1_2 1_3; do
		port=$(free_port)
		foreign_start openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -"tls$version" -www
		ask --sess-out session
		printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -connect "127.0.0.1:$port" -servername localhost -CAfile ca.pem \
			-sess_in session -sess_out theirs -ign_eof >s_client.out 2>&1
		grep -q '^Reused, TLSv1' s_client.out
		openssl s_client -connect "127.0.0.1:$port" -CAfile ca.pem -sess_out theirs -ign_eof <client.in >s_client.out 2>&1
		ask --sess-in theirs
		[ "$(report client .resumed)" = true ]
	done
}

@test "openssl s_client resumes with a listener of ours, and sends early data" {
	need_peer openssl
	resuming=()
	for round in 1 2; do
		cat_listen --ticket-key ticket.key --max-early-data 64k
		openssl s_client -connect "127.0.0.1:$port" -CAfile ca.pem -sess_out theirs "${resuming[@]}" -ign_eof </dev/null >s_client.out 2>&1 &
		remember peer
		wait "${pids[peer]}" || true
		wait "${pids[server]}" || true
		resuming=(-sess_in theirs -early_data early)
	done
	grep -q '^Reused, TLSv1.3' s_client.out
	grep -q 'Early data was accepted' s_client.out
	[ "$(report server '"\(.resumed) \(.early_data)"')" = 'true accepted' ]
	cmp early server.out
}

@test "openssl s_server takes early data, and rejects a replay" {
	need_peer openssl
	port=$(free_port)
	mkfifo held
	exec 8<>held
	timeout "$patience" openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -early_data -naccept 3 \
		<held >foreign.out 2>foreign.err 3>&- 9>&- &
	remember foreign
	wait_for_listener "$port"
	echo hello >client.in
	cat_start client --cafile ca.pem --sess-out session "localhost:$port"
	cat_end client 0
	for early in accepted rejected; do
		cat_start client --cafile ca.pem --sess-in session --early-data early "localhost:$port"
		cat_end client 0
		[ "$(report client .early_data)" = "$early" ] || { cat client.json; return 1; }
	done
	exec 8>&-
	[ "$(grep -c '^early words$' foreign.out)" -eq 2 ]
}

@test "nginx resumes, and takes early data" {
	need_peer nginx
	port=$(free_port)
	mkdir nginx
	nginx_session_configuration >nginx.conf
	printf 'GET / HTTP/1.0\r\n\r\n' >request
	foreign_start nginx -p "$PWD/nginx" -e "$PWD/nginx.log" -c "$PWD/nginx.conf"
	for version in 1.2 1.3; do
		ask_nginx --tls-max "$version" --sess-out session
		grep -q '^reused: \. early: $' client.out
		ask_nginx --tls-max "$version" --sess-in session
		grep -q '^reused: r early: $' client.out
	done
	ask_nginx --sess-in session --early-data request
	# Whether nginx still calls it early when it answers is a matter of time.
	grep -q '^reused: r early: ' client.out
	[ "$(report client .early_data)" = accepted ]
}

# ask_nginx ARGUMENT...: for what is already in "request". It closes at once, and does not always say so: nothing may be left to send.
ask_nginx() {
	local status=0
	rm -f client.in
	hold_input client
	[[ $* == *--early-data* ]] || cat request >&9
	cat_start client --cafile ca.pem "$@" "localhost:$port"
	wait_until grep -qs early client.out
	release_input
	wait "${pids[client]}" || status=$?
	((status <= 1 || status == 6)) || { cat client.err nginx.log; return 1; }
}

nginx_session_configuration() {
	nginx_around <<-END
		access_log off;
		server {
			listen 127.0.0.1:$port ssl;
			ssl_certificate $PWD/server.pem;
			ssl_certificate_key $PWD/server.key;
			ssl_protocols TLSv1.2 TLSv1.3;
			ssl_early_data on;
			location / {
				return 200 "reused: \$ssl_session_reused early: \$ssl_early_data\n";
			}
		}
	END
}

@test "gnutls-serv: sessions, and a PSK" {
	need_peer gnutls-serv
	for version in 1.2 1.3; do
		port=$(free_port)
		foreign_start gnutls-serv --http -p "$port" --x509certfile server.pem --x509keyfile server.key \
			--priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
		ask --sess-out session
		ask --sess-in session
		[ "$(report client .resumed)" = true ]
		port=$(free_port)
		foreign_start gnutls-serv --http -p "$port" --pskpasswd keys.psk \
			--priority "NORMAL:-VERS-ALL:+VERS-TLS$version:-KX-ALL:+ECDHE-PSK:+DHE-PSK"
		printf 'GET / HTTP/1.0\r\n\r\n' >client.in
		psk_dial 0 --psk-file keys.psk "localhost:$port"
		[ "$(report client .psk_identity)" = Client_identity ]
	done
}

@test "openssl with a PSK" {
	need_peer openssl
	for version in 1.2 1.3; do
		port=$(free_port)
		foreign_start openssl s_server -accept "127.0.0.1:$port" -nocert -psk "$psk" "-tls${version/./_}" -www
		printf 'GET / HTTP/1.0\r\n\r\n' >client.in
		psk_dial 0 --psk "$psk" "localhost:$port"
		grep -q 'TLSv1' client.out
		[ "$(report client .verified)" = true ]

		psk_listen --psk "$psk" --tls-max "$version"
		openssl s_client -connect "127.0.0.1:$port" -psk "$psk" -ign_eof -quiet </dev/null >s_client.out 2>s_client.err || true
		cat_end server 0
		cmp to_client s_client.out
	done
}

@test "gnutls-cli with a PSK" {
	need_peer gnutls-cli
	for version in 1.2 1.3; do
		rm -f server.in
		hold_input server
		psk_listen --psk "$psk" --tls-max "$version"
		timeout "$patience" gnutls-cli --priority "NORMAL:-KX-ALL:+ECDHE-PSK:+DHE-PSK:+VERS-TLS1.3" --pskusername Client_identity \
			--pskkey "$psk" -p "$port" localhost <to_server >gnutls.out 2>&1 9>&- &
		remember peer
		# A listener that closed first would have it close without sending all.
		wait_until cmp -s to_server server.out
		release_input
		cat_end server 0
		cmp to_server server.out
		[ "$(report server '"\(.version) \(.psk_identity)"')" = "TLS $version Client_identity" ]
	done
}
