#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat --starttls against servers of each protocol. NNTP is by a script: the package of inn2 cannot be installed in a container.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2034

load cat-helpers.bash
load doc-helpers.bash
load prelude-helpers.bash

setup_file() {
	cat_setup_file
	: >servers
	start_dovecot
	start_vsftpd
	start_slapd ldap "TLSCertificateFile $PWD/server.pem" "TLSCertificateKeyFile $PWD/server.key"
	start_slapd ldap-plain
	start_prosody
	start_postgres
	start_mariadb
}

teardown_file() {
	stop_servers
}

setup() {
	cat_setup
}

teardown() {
	cat_teardown
}

# ask PROTOCOL INPUT PATTERN [ARGUMENT...]: what is sent over TLS is answered, by the server whose certificate verifies. INPUT is for
# printf. Servers that close without close_notify are not ours to change.
ask() {
	local protocol=$1 status=0
	hold_input client
	cat_start client -v --cafile ca.pem --starttls "$protocol" "${@:4}" "localhost:$port"
	# shellcheck disable=SC2059 # with escapes
	printf "$2" >&9
	wait_until grep -aqE "$3" client.out || { cat client.err ./*.log; return 1; }
	release_input
	rm client.in
	wait "${pids[client]}" || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 6 ] || has_status client "$status" 0
	grep -qx "ktls-cat: TLS was asked for in $protocol" client.err
	[ "$(report client '.starttls + " " + (.verified | tostring)')" = "$protocol true" ]
}

# scripted LINE...: a server by a script of bash, once for each connection: its standard input and output are the other end.
scripted() {
	port=$(free_port)
	printf '%s\n' "$@" >script
	timeout "$patience" socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" "EXEC:bash script" 2>script.err 3>&- 9>&- &
	remember script
	wait_for_listener "$port"
}

# refused STATUS PATTERN ARGUMENT...
refused() {
	local status=$1 pattern=$2
	shift 2
	cat_dial "$@"
	has_status client "$code" "$status"
	said client "$pattern"
	[ ! -s client.out ]
}

@test "imap: dovecot" {
	need_program dovecot
	port_for imap
	ask imap 'a LOGOUT\r\n' '^a OK Logout completed'
}

@test "pop3: dovecot" {
	need_program dovecot
	port_for pop3
	ask pop3 'QUIT\r\n' '^\+OK Logging out'
}

@test "sieve: dovecot" {
	need_program dovecot
	port_for sieve
	# Its capabilities come again, and STARTTLS is none of them any more.
	ask sieve 'LOGOUT\r\n' '^OK "Logout completed'
	run ! grep -q STARTTLS client.out
}

@test "lmtp: dovecot" {
	need_program dovecot
	port_for lmtp
	ask lmtp 'LHLO a.test\r\nQUIT\r\n' '^221 '
	grep -q '^250' client.out
}

@test "smtp: dovecot" {
	need_program dovecot
	port_for submission
	ask smtp 'EHLO a.test\r\nQUIT\r\n' '^221 ' --starttls-name a.test
	run ! grep -q STARTTLS client.out
}

@test "ftp: vsftpd" {
	need_program vsftpd
	port_for ftp
	ask ftp 'QUIT\r\n' '^221 '
}

@test "xmpp and xmpp-server: prosody" {
	need_program prosody
	local start="<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='localhost' from='a.test' xmlns="
	port_for xmpp
	ask xmpp "$start'jabber:client'>" '<stream:features>'
	port_for xmpp-server
	ask xmpp-server "$start'jabber:server' xmlns:db='jabber:server:dialback'>" '<stream:features>'
	port_for xmpp
	refused 4 'the server refuses the stream: host-unknown' --starttls xmpp --starttls-name nowhere.test "localhost:$port"
	refused 4 'the server refuses the stream: host-unknown' --starttls xmpp --servername nowhere.test "localhost:$port"
}

@test "ldap: slapd" {
	need_program slapd
	port_for ldap
	# An anonymous bind (RFC 4511 section 4.2) and its success.
	ask ldap '\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00' $'^0\x0c\x02\x01\x01a\x07'
	port_for ldap-plain
	refused 4 'the server refuses StartTLS: [a-zA-Z]+ \([0-9]+\)' --starttls ldap "localhost:$port"
}

@test "postgres: PostgreSQL" {
	[ -x "$(postgres_bin)/postgres" ] || need_program postgres
	port_for postgres
	# Its message of start, and what becomes of it behind AuthenticationOk.
	ask postgres '\0\0\0\x24\0\x03\0\0user\0test\0database\0nothing\0\0' 'R.*database "nothing" does not exist'
}

@test "mysql: MariaDB" {
	need_program mariadbd
	port_for mysql
	# The response of a nobody to its greeting; the number of the packet goes on.
	ask mysql "\\x28\\0\\0\\x02\\0\\x8a\\0\\0\\0\\0\\0\\x01\\x2d$(printf '\\0%.0s' {1..23})nobody\\0\\0" "Access denied for user 'nobody'"
}

@test "nntp: a script in front of a listener" {
	cat_listen
	scripted 'echo 200 welcome' 'read -r line && [ "$line" = $'"'CAPABILITIES\\r'"' ] || exit' \
		'printf "101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n"' 'read -r line && [ "$line" = $'"'STARTTLS\\r'"' ] || exit' \
		'echo 382 go on' "exec socat -t 30 - TCP:127.0.0.1:$port"
	talk --starttls nntp "localhost:$port"
	[ "$(report client .starttls)" = nntp ]
	[ "$(report server .starttls)" = null ]
}

@test "a certificate that does not verify is none behind STARTTLS either" {
	need_program dovecot
	port_for imap
	refused 3 'ostname mismatch' --starttls imap --verify-host other.test "localhost:$port"
}

@test "what is sent behind the answer is refused" {
	# In one piece, as cat writes it. What comes later, the handshake refuses.
	printf '220 Ready\r\n250 injected\r\n' >last
	scripted 'printf "220 mx.test\r\n"' 'read -r line' 'printf "250-mx.test\r\n250 STARTTLS\r\n"' 'read -r line' \
		'cat last' 'sleep 1'
	refused 4 'sent in the clear behind the answer that begins TLS.*: 250 injected' --starttls smtp "localhost:$port"
}

@test "a server of another protocol, without STARTTLS, or in no mood for it" {
	scripted 'printf "+OK POP3 here\r\n"' 'sleep 1'
	refused 4 "localhost:$port: this is no answer of the protocol: \+OK POP3 here" --starttls imap "localhost:$port"
	scripted 'printf "220 mx.test\r\n"' 'read -r line' 'printf "250 mx.test\r\n"' 'sleep 1'
	refused 4 "localhost:$port: the server does not offer STARTTLS in its answer to EHLO" --starttls smtp "localhost:$port"
	scripted 'printf "554 go \e]0;away\a\r\n"' 'sleep 1'
	refused 4 "localhost:$port: the server refuses the connection: 554 go .x1b\]0;away.x07$" --starttls smtp "localhost:$port"
	[ "$(report client '.end + " " + .starttls')" = 'handshake smtp' ]
	[ "$(report client .peer.port)" = "$port" ]
	scripted ':'
	refused 4 "localhost:$port: the connection was closed while asking for TLS" --starttls imap "localhost:$port"
}

@test "a server that says nothing" {
	scripted 'sleep 5'
	refused 8 "localhost:$port: time is up while asking for TLS" --starttls imap --wait 300ms "localhost:$port"
}

@test "the name that is said" {
	scripted 'printf "220 mx.test\r\n"' 'read -r line' 'printf "500 %s\r\n" "$line"' 'sleep 1'
	refused 4 'refuses EHLO: 500 EHLO mx.a-b.test' --starttls smtp --starttls-name mx.a-b.test "localhost:$port"
	refused 4 'refuses LHLO: 500 LHLO \[192.0.2.1\]' --starttls lmtp --starttls-name '[192.0.2.1]' "localhost:$port"
	refused 4 "refuses EHLO: 500 EHLO ($(uname -n)|localhost)" --starttls smtp "localhost:$port"
}

@test "options that do not belong together" {
	refused 2 "--starttls: 'gopher' is none of smtp, .*mysql" --starttls gopher localhost:1
	refused 2 '--starttls-name needs --starttls' --starttls-name a.test localhost:1
	refused 2 'in imap there is no name to say' --starttls imap --starttls-name a.test localhost:1
	refused 2 "--starttls-name: 'a b' is no host name" --starttls smtp --starttls-name 'a b' localhost:1
	refused 2 "--starttls: the name to say: 'fe80::1%lo' is no host name" --starttls xmpp '[fe80::1%lo]:1'
	run -2 "$cat_bin" --starttls imap -l 0 --cert server.pem --key server.key
	[[ $output == 'ktls-cat: --starttls has no meaning with --listen'* ]]
}
