#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The kernel's own counters agree with what ktls-cat says of who carries its records.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load interop.bash

setup_file() {
	KTLS_TEST_SIZE=256K interop_setup_file
}

setup() {
	[ -e /proc/net/tls_stat ] || [ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ] || skip 'this kernel has no TLS'
	interop_setup
}

teardown() {
	interop_teardown
}

counter() {
	awk -v name="$1" '$1 == name { print $2 }' /proc/net/tls_stat
}

server_cat() {
	"$cat_bin" -l "127.0.0.1:$port" --cert cert.pem --key key.pem "${peer_options[@]}"
}

# One connection between two of ours; words: options of both ends. Data goes both ways.
connect_two() {
	port=$(free_port)
	peer_options=("$@")
	start_peer server_cat
	wait_for_listener "$port"
	start_cat --cafile cert.pem "$@" "localhost:$port"
	exchange both
	end_peer
	wait "$cat_pid"
	cmp to_peer peer.out
	cmp from_peer cat.out
}

# moved TX RX CONNECTIONS OPTIONS...: by how much one such connection, both ends of it, moves TlsTxSw and TlsRxSw.
moved() {
	local tx=$1 rx=$2 n=$3 tx_before rx_before i
	shift 3
	tx_before=$(counter TlsTxSw) rx_before=$(counter TlsRxSw)
	for ((i = 0; i < n; i++)); do
		connect_two "$@"
	done
	echo "# $*: TlsTxSw +$(($(counter TlsTxSw) - tx_before)), TlsRxSw +$(($(counter TlsRxSw) - rx_before))"
	[ $(($(counter TlsTxSw) - tx_before)) -eq $((tx * n)) ]
	[ $(($(counter TlsRxSw) - rx_before)) -eq $((rx * n)) ]
	[ "$(counter TlsCurrTxSw)" -eq 0 ]
	[ "$(counter TlsCurrRxSw)" -eq 0 ]
	[ "$(counter TlsDecryptError)" -eq "$decrypt_errors" ]
}

@test "each connection that claims the kernel is counted once an end, TLS 1.3" {
	decrypt_errors=$(counter TlsDecryptError)
	moved 2 2 3 --ktls=on
	moved 2 2 1 --ktls=auto
}

@test "each connection that claims the kernel is counted once an end, TLS 1.2" {
	decrypt_errors=$(counter TlsDecryptError)
	moved 2 2 3 --ktls=on --tls-max 1.2
}

@test "a connection that claims the engine is not counted" {
	decrypt_errors=$(counter TlsDecryptError)
	moved 0 0 3 --ktls=off
	moved 0 0 1 --ktls=off --tls-max 1.2
}

@test "each direction is counted for itself" {
	decrypt_errors=$(counter TlsDecryptError)
	moved 0 2 2 --ktls-tx=off --ktls-rx=on
	moved 2 0 2 --ktls-tx=on --ktls-rx=off
}
