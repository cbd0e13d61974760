#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat against foreign TLS programs: both roles, both versions, every cipher, both ways at once.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load interop.bash

setup_file() {
	interop_setup_file
}

setup() {
	interop_setup
}

teardown() {
	interop_teardown
}

# Where nothing may be skipped, the test itself will say that the program is missing.
need() {
	[ "${KTLS_VM_STRICT-}" != 1 ] || return 0
	[ "${KTLS_TEST_REQUIRE_KERNEL-}" != 1 ] || return 0
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

ciphers_of() {
	if [ "$1" = 1.2 ]; then echo "$ciphers_12"; else echo "$ciphers_13"; fi
}

# ciphers_with_peer VERSION: all of them; in the older kernels each foreign peer has one, the next peer the next: there each kernel has
# all ciphers and all peers, and between two of ours all pairs of path and cipher.
ciphers_with_peer() {
	local ciphers
	read -ra ciphers <<<"$(ciphers_of "$1")"
	if [ -n "${KTLS_TEST_WHOLE-1}" ]; then
		echo "${ciphers[*]}"
	else
		echo "${ciphers[BATS_TEST_NUMBER / 2 % ${#ciphers[@]}]}"
	fi
}

# order_of PEER [client]: which end must close first for a clean close.
order_of() {
	case $* in
	# It stays until its own input ends, and then leaves without close_notify.
	'ncat client') echo ncat ;;
	# It sends close_notify only if it ends first.
	'gnutls client') echo peer ;;
	socat*) echo both ;;
	*) echo cat ;;
	esac
}

# as_client PEER VERSION EXIT-CODES...: ktls-cat dials the peer.
as_client() {
	local kind=$1 version=$2 cipher
	shift 2
	for cipher in $(ciphers_with_peer "$version"); do
		echo "# $kind server, TLS $version $cipher"
		port=$(free_port)
		start_peer "server_$kind"
		wait_for_listener "$port"
		# shellcheck disable=SC2046 # options are words
		start_cat --cafile cert.pem $(pin_options "$version" "$cipher") "localhost:$port"
		exchange "${order:-$(order_of "$kind")}"
		check_exchange "$version" "$@"
	done
}

# as_server PEER VERSION EXIT-CODES...: the peer dials ktls-cat.
as_server() {
	local kind=$1 version=$2 cipher
	shift 2
	for cipher in $(ciphers_with_peer "$version"); do
		echo "# $kind client, TLS $version $cipher"
		port=$(free_port)
		# shellcheck disable=SC2046 # options are words
		start_cat -l "127.0.0.1:$port" --cert cert.pem --key key.pem $(pin_options "$version" "$cipher")
		wait_for_listener "$port"
		start_peer "client_$kind"
		exchange "${order:-$(order_of "$kind" client)}"
		check_exchange "$version" "$@"
	done
}

# as_echo_client VERSION: the server sends everything back, and says more than that on its output.
as_echo_client() {
	local version=$1 cipher
	for cipher in $(ciphers_with_peer "$version"); do
		echo "# gnutls-serv --echo, TLS $version $cipher"
		port=$(free_port)
		start_peer server_gnutls
		wait_for_listener "$port"
		# shellcheck disable=SC2046 # options are words
		start_cat --cafile cert.pem $(pin_options "$version" "$cipher") "localhost:$port"
		cat to_peer >&9 8>&-
		wait_for_size cat.out "$(stat -L -c %s to_peer)" "$cat_pid"
		exec 9>&-
		check_cat "$version" 0
		stop_peer
		cmp to_peer cat.out
		if peer_saw_truncation; then
			return 1
		fi
	done
}

# as_http_client VERSION: the request on standard input, headers and a file on standard output.
as_http_client() {
	local version=$1 cipher size
	size=$(stat -L -c %s from_peer)
	port=$(free_port)
	start_peer server_nginx
	wait_for_listener "$port"
	for cipher in $(ciphers_with_peer "$version"); do
		echo "# nginx, TLS $version $cipher"
		# shellcheck disable=SC2046 # options are words
		start_cat --cafile cert.pem $(pin_options "$version" "$cipher") "localhost:$port"
		printf 'GET /from_peer HTTP/1.0\r\nHost: localhost\r\n\r\n' >&9
		wait_for_size cat.out "$size" "$cat_pid"
		exec 9>&-
		check_cat "$version" 0
		[ "$(head -n 1 cat.out | tr -d '\r')" = 'HTTP/1.1 200 OK' ]
		tail -c "$size" cat.out | cmp - from_peer
	done
	stop_peer
	[ ! -s nginx.log ] || { cat nginx.log; return 1; }
}

# between_two TX RX: both of ours; each end sends by TX (on, off) and receives by RX.
between_two() {
	local version cipher
	kernel_paths=0
	[ "$1" = off ] || kernel_paths=$((kernel_paths + 1))
	[ "$2" = off ] || kernel_paths=$((kernel_paths + 1))
	for version in 1.2 1.3; do
		for cipher in $(ciphers_of "$version"); do
			echo "# sending --ktls-tx=$1, receiving --ktls-rx=$2, TLS $version $cipher"
			port=$(free_port)
			peer_options=("--ktls-tx=$3" "--ktls-rx=$4")
			start_peer server_cat
			wait_for_listener "$port"
			# shellcheck disable=SC2046 # options are words
			start_cat --cafile cert.pem "--ktls-tx=$1" "--ktls-rx=$2" $(pin_options "$version" "$cipher") "localhost:$port"
			exchange both
			check_exchange "$version" 0
			[ "$(grep -cE '(tx|rx) kernel:' peer.err)" -eq "$(printf '%s\n' "$3" "$4" | grep -c on)" ]
		done
	done
}

need_kernel() {
	[ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ] || skip 'needs kernel TLS'
}

need_openssl35() {
	# Only the guests have it: its libraries are those of Debian 13.
	[ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ] || skip 'openssl35 is in the guests only'
}

@test "openssl s_server, TLS 1.2" { as_client openssl 1.2 0; }
@test "openssl s_server, TLS 1.3" { as_client openssl 1.3 0; }
@test "openssl s_client, TLS 1.2" { as_server openssl 1.2 0; }
@test "openssl s_client, TLS 1.3" { as_server openssl 1.3 0; }
@test "ncat server, TLS 1.2" { need ncat; as_client ncat 1.2 0; }
@test "ncat server, TLS 1.3" { need ncat; as_client ncat 1.3 0; }
@test "ncat client, TLS 1.2" { need ncat; as_server ncat 1.2 0 6; }
@test "ncat client, TLS 1.3" { need ncat; as_server ncat 1.3 0 6; }
@test "socat server, TLS 1.2" { need socat; as_client socat 1.2 0; }
@test "socat server, TLS 1.3" { need socat; as_client socat 1.3 0; }
@test "socat client, TLS 1.2" { need socat; as_server socat 1.2 0; }
@test "socat client, TLS 1.3" { need socat; as_server socat 1.3 0; }
@test "gnutls-cli, TLS 1.2" { need gnutls-cli; as_server gnutls 1.2 0; }
@test "gnutls-cli, TLS 1.3" { need gnutls-cli; as_server gnutls 1.3 0; }
@test "gnutls-serv, TLS 1.2" { need gnutls-serv; as_echo_client 1.2; }
@test "gnutls-serv, TLS 1.3" { need gnutls-serv; as_echo_client 1.3; }
@test "nginx serves a file, TLS 1.2" { need nginx; as_http_client 1.2; }
@test "nginx serves a file, TLS 1.3" { need nginx; as_http_client 1.3; }
@test "OpenSSL 3.5 s_server -ktls, TLS 1.2" { need_openssl35; as_client openssl35 1.2 0; }
@test "OpenSSL 3.5 s_server -ktls, TLS 1.3" { need_openssl35; as_client openssl35 1.3 0; }
@test "OpenSSL 3.5 s_client -ktls, TLS 1.2" { need_openssl35; as_server openssl35 1.2 0; }
@test "OpenSSL 3.5 s_client -ktls, TLS 1.3" { need_openssl35; as_server openssl35 1.3 0; }
@test "two of ours, engine to engine" { between_two off off off off; }
@test "two of ours, kernel to kernel" { need_kernel; between_two on on on on; }
@test "two of ours, kernel sends to engine, both ways" { need_kernel; between_two on off on off; }
@test "two of ours, engine sends to kernel, both ways" { need_kernel; between_two off on off on; }
@test "two of ours, kernel at one end, engine at the other" { need_kernel; between_two on on off off; }
@test "half-close: ktls-cat ends first and goes on receiving" {
	need socat
	for version in 1.2 1.3; do
		order=first-half-cat as_client socat "$version" 0
		order=first-half-cat as_server socat "$version" 0
	done
}
@test "half-close: the peer ends first and goes on receiving" {
	need socat
	# In TLS 1.2 the peer's close_notify ends both directions (RFC 5246 section 7.2.1).
	order=first-half-peer as_client socat 1.3 0
	order=first-half-peer as_server socat 1.3 0
}
@test "the check for close_notify notices when there is none" {
	# Socat and ncat take every end for a good one.
	for kind in openssl gnutls cat; do
		command -v gnutls-cli >/dev/null || [ "$kind" != gnutls ] || continue
		echo "# $kind"
		port=$(free_port)
		peer_options=()
		start_cat -l "127.0.0.1:$port" --cert cert.pem --key key.pem
		wait_for_listener "$port"
		start_peer "client_$kind"
		echo something >&9
		wait_for_size peer.out 10 "$peer"
		kill -KILL "$cat_pid"
		wait "$cat_pid" || true
		exec 9>&-
		end_peer
		peer_saw_truncation || { ends_said; return 1; }
	done
}
