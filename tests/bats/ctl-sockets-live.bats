#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl sockets on this system, with connections of every kind.
# shellcheck disable=SC2030,SC2031,SC2154

load ctl-helpers.bash

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

@test "sockets of ktls-cat and of another libssl are listed" {
	need_kernel_tls
	[ "$(id -u)" -eq 0 ] || skip 'takes a free port and a certificate'
	command -v openssl35 >/dev/null || skip 'openssl35 is not here'
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 \
		-keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/cert" 2>/dev/null
	openssl35 s_server -accept 127.0.0.1:4433 -cert "$BATS_TEST_TMPDIR/cert" -key "$BATS_TEST_TMPDIR/key" -ktls -quiet \
		<&9 >/dev/null 2>&1 3>&- &
	held+=" $!"
	sleep 5
	openssl35 s_client -connect 127.0.0.1:4433 -ktls -quiet -tls1_3 <&9 >/dev/null 2>&1 3>&- &
	held+=" $!"
	for _ in $(seq 60); do
		run ctl sockets --dport 4433
		[[ $output != *aes-256-gcm* ]] || break
		sleep 0.5
	done
	has_text '1.3  aes-256-gcm'
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
