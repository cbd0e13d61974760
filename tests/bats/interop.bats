#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-cat against foreign TLS programs: both roles, both versions, every cipher, both ways at once.
# shellcheck disable=SC2154,SC2030,SC2031

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

# as_client PEER VERSION EXIT-CODES...: ktls-cat dials the peer.
as_client() {
	local kind=$1 version=$2 cipher
	shift 2
	for cipher in $(ciphers_of "$version"); do
		echo "# $kind server, TLS $version $cipher"
		port=$(free_port)
		start_peer "server_$kind"
		wait_for_listener "$port"
		# shellcheck disable=SC2046 # options are words
		start_cat --cafile cert.pem $(pin_options "$version" "$cipher") "localhost:$port"
		exchange
		check_exchange "$version" "$@"
		end_peer
	done
}

# as_server PEER VERSION EXIT-CODES...: the peer dials ktls-cat.
as_server() {
	local kind=$1 version=$2 cipher
	shift 2
	for cipher in $(ciphers_of "$version"); do
		echo "# $kind client, TLS $version $cipher"
		port=$(free_port)
		# shellcheck disable=SC2046 # options are words
		start_cat -l "127.0.0.1:$port" --cert cert.pem --key key.pem $(pin_options "$version" "$cipher")
		wait_for_listener "$port"
		start_peer "client_$kind"
		case $kind in
		# ncat stays until its own input ends, and then leaves without close_notify; gnutls-cli sends one only if it ends first.
		ncat | gnutls) exchange peer ;;
		*) exchange ;;
		esac
		check_exchange "$version" "$@"
		end_peer
	done
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
