#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat --proxy by way of tinyproxy (HTTP), microsocks (SOCKS 5) and Dante (SOCKS 4 and 5). Of SOCKS 4A no package has a server: it is by
# a script.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash
load doc-helpers.bash
load prelude-helpers.bash

setup_file() {
	cat_setup_file
	: >servers
	printf 'secret\nmore\n' >password
	start_tinyproxy http
	start_tinyproxy http-login 'BasicAuth me secret'
	start_tinyproxy http-443 'ConnectPort 443'
	start_microsocks socks
	start_microsocks socks-login -u me -P secret
	start_danted
	start_dovecot
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

# proxy NAME: sets $proxy to where it is.
proxy() {
	local port
	port_for "$1"
	proxy=127.0.0.1:$port
}

# fed NAME FILE: its input is FILE, and does not end before there is a file NAME.done.
fed() {
	mkfifo "$1.in"
	{
		cat "$2"
		wait_until test -e "$1.done"
	} >"$1.in" 3>&- &
	started+=("$!")
}

# by_way_of URL [ARGUMENT...]: data goes both ways, and the name is verified. These proxies take the end of one direction for the end of
# both: nothing ends before all is there, and then the server ends it, which in TLS 1.2 is both directions' end.
by_way_of() {
	fed server to_client
	fed client to_server
	cat_listen --tls-max 1.2
	cat_start client --cafile ca.pem --proxy "$@" "${host:-localhost}:$port"
	wait_for_size server.out "$(stat -L -c %s to_server)" "${pids[server]}" || { cat client.err; return 1; }
	wait_for_size client.out "$(stat -L -c %s to_client)" "${pids[client]}"
	touch server.done
	cat_end client 0
	touch client.done
	wait "${pids[server]}" || true
	rm {server,client}.{in,done}
	cmp to_server server.out
	cmp to_client client.out
	[ "$(report client '.proxy + " " + (.verified | tostring)')" = "$proxy true" ]
	[ "$(report client '.peer.address + ":" + (.peer.port | tostring)')" = "$proxy" ]
	[ "$(report server .proxy)" = null ]
}

# refused STATUS PATTERN ARGUMENT...
refused() {
	local status=$1 pattern=$2
	shift 2
	cat_dial "$@"
	has_status client "$code" "$status"
	said client "$pattern"
	[ ! -s client.out ]
	run ! grep -q secret client.err client.json
}

@test "http: tinyproxy" {
	need_program tinyproxy
	proxy http
	by_way_of "http://$proxy"
	host=127.0.0.1 by_way_of "HTTP://$proxy/"
	# It is the name of the server that is verified.
	cat_listen
	refused 3 'ostname mismatch' --proxy "http://$proxy" --verify-host other.test "localhost:$port"
	cat_end server 4
}

@test "http: a user and a password" {
	need_program tinyproxy
	proxy http-login
	by_way_of "http://me:secret@$proxy"
	by_way_of "http://m%65@$proxy" --proxy-pass-file password
	refused 1 "proxy $proxy: wants a user and a password .*: HTTP/1.[01] 407 " --proxy "http://$proxy" localhost:1
	refused 1 "proxy $proxy: does not take this user and password .*: HTTP/1.[01] 40[17] " --proxy "http://me:secret2@$proxy" localhost:1
}

@test "http: refused" {
	need_program tinyproxy
	proxy http-443
	refused 1 "proxy $proxy: does not connect to localhost:1: HTTP/1.[01] 403 " --proxy "http://$proxy" localhost:1
	proxy http
	refused 1 "proxy $proxy: does not connect to localhost:1: HTTP/1.[01] 5[0-9][0-9] " --proxy "http://$proxy" localhost:1
	[ "$(report client '.proxy + " " + .end')" = "$proxy error" ]
}

@test "socks5: microsocks" {
	need_program microsocks
	proxy socks
	by_way_of "socks5://$proxy"
	by_way_of "socks5h://$proxy"
	refused 1 "proxy $proxy: does not connect to localhost:1: connection refused \(reply 5\)" --proxy "socks5://$proxy" localhost:1
}

@test "socks5: a user and a password" {
	need_program microsocks
	proxy socks-login
	by_way_of "socks5://me:secret@$proxy"
	by_way_of "socks5://me@$proxy" --proxy-pass-file password
	refused 1 "proxy $proxy: wants a user and a password" --proxy "socks5://$proxy" localhost:1
	refused 1 "proxy $proxy: does not take this user and password" --proxy "socks5://me:secret2@$proxy" localhost:1
}

@test "socks4a and socks5: Dante" {
	need_program danted
	proxy danted
	by_way_of "socks5://$proxy"
	# It takes the names of 4A for addresses.
	host=127.0.0.1 by_way_of "socks4a://$proxy"
	refused 1 "proxy $proxy: does not connect to 127.0.0.1:1: connection not allowed by ruleset \(reply 2\)" \
		--proxy "socks5://$proxy" 127.0.0.1:1
	refused 1 "proxy $proxy: does not connect to 127.0.0.1:1: request rejected or failed \(reply 91\)" \
		--proxy "socks4a://$proxy" 127.0.0.1:1
	refused 1 "proxy $proxy: cannot connect to \[::1\]:1: SOCKS 4 has no IPv6 addresses" --proxy "socks4a://$proxy" '[::1]:1'
}

@test "socks4a with a name: a script" {
	cat >script <<-'END'
		mapfile -t head < <(dd bs=1 count=8 2>/dev/null | od -An -v -w1 -tu1 | tr -d ' ')
		IFS= read -r -d '' user
		IFS= read -r -d '' host
		echo "${head[*]} $user $host" >>asked
		printf '\0\x5a......'
		exec socat -t 30 - "TCP4:$host:$((head[2] * 256 + head[3]))"
	END
	local at
	at=$(free_port)
	proxy=127.0.0.1:$at
	timeout "$patience" socat "TCP-LISTEN:$at,bind=127.0.0.1,reuseaddr,fork" 'EXEC:bash script' 2>script.err 3>&- 9>&- &
	remember script
	wait_for_listener "$at"
	by_way_of "socks4a://me@$proxy"
	grep -qE '^4 1 [0-9]+ [0-9]+ 0 0 0 1 me localhost$' asked
}

@test "STARTTLS behind a proxy" {
	need_program microsocks
	need_program dovecot
	proxy socks
	port_for imap
	hold_input client
	cat_start client --cafile ca.pem --tls-max 1.2 --proxy "socks5://$proxy" --starttls imap "localhost:$port"
	echo 'a LOGOUT' >&9
	cat_end client 0
	grep -q '^a OK Logout' client.out
	[ "$(report client '.proxy + " " + .starttls')" = "$proxy imap" ]
}

# connected_from_9 PORT: whether 127.0.0.9 is connected to 127.0.0.1:PORT.
connected_from_9() {
	grep -q " 0900007F:.* 0100007F:$(printf %04X "$1") " /proc/net/tcp
}

@test "--source is where the proxy is connected from" {
	proxy socks
	hold_input client
	cat_listen
	cat_start client --cafile ca.pem --proxy "socks5://$proxy" --source 127.0.0.9 "localhost:$port"
	wait_until connected_from_9 "${proxy##*:}"
	release_input
	# How it ends is up to the proxy, which may have closed both directions already.
	wait "${pids[client]}" || true
}

@test "a proxy that is none, or not there" {
	refused 1 'proxy 127.0.0.1:1: connection refused' --proxy http://127.0.0.1:1 localhost:443
	cat_listen
	# A TLS server has an alert for what it is asked.
	refused 1 "proxy 127.0.0.1:$port: (this is no answer of HTTP|a line of|the connection was closed|Connection reset|this is no text)" \
		--proxy "http://127.0.0.1:$port" localhost:443
	cat_end server 4
}

@test "a password in the command line is overwritten" {
	# A listener that says nothing.
	port=$(free_port)
	timeout "$patience" socat "TCP-LISTEN:$port,bind=127.0.0.1" 'SYSTEM:cat >/dev/null' 3>&- 9>&- &
	remember silent
	wait_for_listener "$port"
	hold_input client
	cat_guard='' cat_start client --wait 1m --proxy "http://me:secret@127.0.0.1:$port" localhost:443
	wait_until grep -aqF "me:******@127.0.0.1:$port" "/proc/${pids[client]}/cmdline"
	run ! grep -aq secret "/proc/${pids[client]}/cmdline"
	kill "${pids[client]}"
	cat_end client 143
}

@test "options that do not belong together" {
	refused 2 '--proxy: .https. is no kind of proxy: http, socks4a and socks5 are' --proxy https://me:secret@p.test localhost:1
	refused 2 '--proxy: a proxy is named by http://HOST' --proxy p.test:3128 localhost:1
	refused 2 '--proxy-pass-file needs a --proxy with a user' --proxy-pass-file password localhost:1
	refused 2 '--proxy-pass-file needs a --proxy with a user' --proxy http://p.test --proxy-pass-file password localhost:1
	refused 2 'this kind of proxy has no passwords' --proxy socks4a://me@p.test --proxy-pass-file password localhost:1
	refused 2 'two passwords: in --proxy and in --proxy-pass-file' --proxy http://me:secret@p.test --proxy-pass-file password localhost:1
	refused 1 '--proxy-pass-file: nothing-here: No such file' --proxy http://me@p.test --proxy-pass-file nothing-here localhost:1
	refused 1 'a proxy does not know the zone of this machine' --proxy "http://$(proxy http && echo "$proxy")" '[fe80::1%lo]:1'
	run -2 "$cat_bin" --proxy http://p.test -l 0 --cert server.pem --key server.key
	[[ $output == 'ktls-cat: --proxy has no meaning with --listen'* ]]
}
