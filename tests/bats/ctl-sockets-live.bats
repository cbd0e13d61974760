#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl sockets on this system, with connections of every kind.
# shellcheck disable=SC2030,SC2031,SC2154

load ctl-helpers.bash
load interop.bash

setup() {
	hold=$BATS_TEST_TMPDIR/hold
	mkfifo "$hold"
	exec 9<>"$hold"
	rm "$hold"
	held=
}

teardown() {
	# shellcheck disable=SC2086 # numbers
	[ -z "$held" ] || kill $held 2>/dev/null || true
}

# hold_pairs ARGUMENT...: connections that last as long as the test; $port is that of one side.
hold_pairs() {
	local file=$BATS_TEST_TMPDIR/port i
	: >"$file"
	"$ctl_pairs" "$@" <&9 >"$file" 2>&1 3>&- 9>&- &
	held+=" $!"
	for ((i = 0; i < 600; i++)); do
		port=$(cat "$file")
		[ -z "$port" ] || return 0
		kill -0 $! 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

@test "sockets without kernel TLS is unavailable" {
	[ ! -e /proc/net/tls_stat ] || skip 'this kernel has TLS'
	run -3 --separate-stderr ctl sockets
	[ -z "$output" ]
}

@test "every cipher and version of the kernel is listed by name" {
	need_kernel_tls
	for version in 1.2 1.3; do
		for cipher in aes-128-gcm aes-256-gcm aes-128-ccm chacha20-poly1305; do
			hold_pairs --tls "$version" --cipher "$cipher" --pairs 2
			run -0 ctl sockets --port "$port"
			[ "${#lines[@]}" -eq 5 ]
			[ "$(awk -v want="$version $cipher software" '$3 " " $4 " " $5 == want' <<<"$output" | wc -l)" -eq 4 ]
			[ "$(ctl sockets --port "$port" --cipher "$cipher" --json | sed -n 's/^  "count": //p')" = 4, ]
		done
	done
	run -0 ctl sockets --summary
	[ "$(grep -c '^      4 ' <<<"$output")" -eq 8 ]
}

@test "the two directions are shown apart" {
	need_kernel_tls
	hold_pairs --tx-only
	run -0 ctl sockets --sport "$port"
	has_text ' software/none '
	hold_pairs --rx-only --ipv6
	run -0 ctl sockets --sport "$port"
	has_text ' none/software '
	has_text "[::1]:$port"
	hold_pairs --ulp-only
	run -0 ctl sockets --sport "$port"
	[[ ${lines[1]} == *'  -    -  '*'  none  '* ]]
}

@test "options, bytes and processes are the connection's" {
	need_kernel_tls
	hold_pairs --no-pad --bytes 20000
	run -0 ctl sockets --dport "$port" --json
	has_line '      "no_pad": true,'
	[ "$(sed -n 's/^ *"bytes_sent": \([0-9]*\),/\1/p' <<<"$output")" -gt 20000 ]
	has_line "          \"pid\": ${held# },"
	has_line '          "name": "ktls-pairs"'
	run -0 ctl sockets --pid "${held# }" --summary
	has_line '2 kernel TLS sockets'
	if kernel_is_at_least 6.19; then
		run -0 ctl sockets --sport "$port" --wide
		has_text ' 16384 '
	fi
}

# wait_for_row PATTERN: $output of "sockets" for server port 4433 has a line that matches it.
wait_for_row() {
	for _ in $(seq 100); do
		run ctl sockets --dport 4433
		! grep -qE "$1" <<<"$output" || return 0
		sleep 0.2
	done
	echo "no line like '$1' in:"
	echo "$output"
	return 1
}

make_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 \
		-addext subjectAltName=DNS:localhost -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/cert" 2>/dev/null
}

@test "OpenSSL's sockets are listed, with every cipher" {
	need_kernel_tls
	[ "$(id -u)" -eq 0 ] || skip 'takes a free port and a certificate'
	command -v openssl35 >/dev/null || skip 'openssl35 is not here'
	make_certificate
	suites=TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256
	openssl35 s_server -accept 127.0.0.1:4433 -cert "$BATS_TEST_TMPDIR/cert" -key "$BATS_TEST_TMPDIR/key" -ktls -quiet \
		-ciphersuites "$suites" -cipher ALL <&9 >/dev/null 2>&1 3>&- &
	held+=" $!"
	wait_for_listener 4433
	while read -r version cipher arguments; do
		# shellcheck disable=SC2086 # words
		openssl35 s_client -connect 127.0.0.1:4433 -ktls -quiet $arguments <&9 >/dev/null 2>&1 3>&- &
		client=$!
		wait_for_row " $version  $cipher  +software +[a-z0-9-]+/$client\$"
		kill "$client"
		wait "$client" || true
	done <<-END
		1.3 aes-128-gcm -tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256
		1.3 aes-256-gcm -tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384
		1.3 chacha20-poly1305 -tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256
		1.3 aes-128-ccm -tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256
		1.2 aes-128-gcm -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256
		1.2 aes-256-gcm -tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384
		1.2 chacha20-poly1305 -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305
		1.2 aes-128-ccm -tls1_2 -cipher ECDHE-ECDSA-AES128-CCM
	END
}

@test "sockets of ktls-cat are listed, each direction for itself" {
	need_kernel_tls
	command -v ktls-cat >/dev/null || skip 'ktls-cat is not here'
	make_certificate
	for row in 'on on software' 'on off software/none' 'off on none/software'; do
		read -r tx rx shown <<<"$row"
		ktls-cat -l 127.0.0.1:4433 --cert "$BATS_TEST_TMPDIR/cert" --key "$BATS_TEST_TMPDIR/key" <&9 >/dev/null 2>&1 3>&- &
		server=$!
		held+=" $server"
		wait_for_listener 4433
		ktls-cat --ktls-tx=$tx --ktls-rx=$rx --ciphersuites TLS_AES_256_GCM_SHA384 --cafile "$BATS_TEST_TMPDIR/cert" \
			localhost:4433 <&9 >/dev/null 2>&1 3>&- &
		client=$!
		held+=" $client"
		wait_for_row " 1.3  aes-256-gcm +$shown +ktls-cat/$client\$"
		kill "$client" "$server"
		wait "$client" "$server" || true
	done
}

@test "without rights sockets are shown, or it is said that they are not" {
	need_kernel_tls
	[ "$(id -u)" -eq 0 ] || skip 'only root can drop rights'
	setpriv --help 2>&1 | grep -q -- --reuid || skip 'setpriv is not installed'
	hold_pairs --pairs 3
	nobody() {
		setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" sockets "$@"
	}
	if kernel_is_at_least 6.15; then
		run -0 nobody --port "$port"
		[ "${#lines[@]}" -eq 7 ]
		[[ ${lines[1]} == *' ?' ]]
	else
		run -4 --separate-stderr nobody
		[ -z "$output" ]
		[[ $stderr == *CAP_NET_ADMIN* ]]
		# A capability in a user namespace that does not own the network namespace is none.
		run -4 setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user "$ctl_bin" sockets
	fi
}

@test "another network namespace has sockets of its own" {
	need_kernel_tls
	[ "$(id -u)" -eq 0 ] || skip 'only root can make a network namespace'
	hold_pairs
	run -0 unshare --net "$ctl_bin" sockets
	[ "$output" = 'no kernel TLS sockets' ]
}

@test "ten thousand sockets are all listed" {
	need_kernel_tls
	[ "$(id -u)" -eq 0 ] || skip 'only root may have so many files open'
	[ "${KTLS_TEST_MANY-1}" != 0 ] || skip 'KTLS_TEST_MANY=0'
	hold_pairs --pairs 5000
	start=$(date +%s%N)
	run -0 ctl sockets --port "$port"
	middle=$(date +%s%N)
	[ "${#lines[@]}" -eq 10001 ]
	[ "$(grep -c "  1.3  aes-128-gcm  software  ktls-pairs/${held# }\$" <<<"$output")" -eq 10000 ]
	run -0 ctl sockets --summary
	has_text $'\n  10000  1.3  aes-128-gcm  software  software'
	command -v ss >/dev/null || return 0
	before=$(date +%s%N)
	ss -tieH >"$BATS_TEST_TMPDIR/ss"
	after=$(date +%s%N)
	[ "$(grep -c tcp-ulp-tls "$BATS_TEST_TMPDIR/ss")" -eq 10000 ]
	echo "# ktlsctl sockets took $(((middle - start) * 100 / (after - before)))% of the time of ss -tieH" >&3
}
