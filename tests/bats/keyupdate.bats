#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# KeyUpdate, both ways, within one transfer, on whichever path carries it.
# shellcheck disable=SC2154,SC2030,SC2031

load interop.bash

size=4194304
tls_peer=${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}tls-peer

setup_file() {
	KTLS_TEST_SIZE=$size interop_setup_file
}

setup() {
	interop_setup
}

teardown() {
	interop_teardown
}

# The kernel counts rekeys where it can do them (Linux 6.14).
kernel_can_rekey() {
	grep -q '^TlsTxRekeyOk' /proc/net/tls_stat 2>/dev/null
}

# The paths that can change keys here: the engine always, the kernel where it has the code.
paths() {
	echo off
	[ "${KTLS_TEST_REQUIRE_KERNEL-}" != 1 ] || ! kernel_can_rekey || echo on
}

need_kernel_without_rekey() {
	[ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ] || skip 'needs kernel TLS'
	! kernel_can_rekey || skip 'this kernel can rekey'
}

server_tls_peer() {
	"$tls_peer" server -p "$port" --tls 1.3 --cert cert.pem --key key.pem "${peer_options[@]}"
}

client_tls_peer() {
	"$tls_peer" client -p "$port" --tls 1.3 --cafile cert.pem "${peer_options[@]}"
}

# transfer ROLE PATH PEER-OPTIONS... -- CAT-OPTIONS...: both send $size bytes, ktls-cat in ROLE. Its exit code in $cat_status.
transfer() {
	local role=$1 path=$2
	shift 2
	peer_options=(--send "$size")
	while [ "$1" != -- ]; do
		peer_options+=("$1")
		shift
	done
	shift
	port=$(free_port)
	if [ "$role" = client ]; then
		start_peer server_tls_peer
		wait_for_listener "$port"
		start_cat --ktls="$path" --cafile cert.pem "$@" "localhost:$port"
	else
		start_cat --ktls="$path" -l "127.0.0.1:$port" --cert cert.pem --key key.pem "$@"
		wait_for_listener "$port"
		start_peer client_tls_peer
	fi
	cat to_peer >&9 || true
	exec 9>&- 8>&-
	cat_status=0 peer_status=0
	wait "$cat_pid" || cat_status=$?
	wait "$peer" || peer_status=$?
}

# Both ends agree on what either sent, and ended well.
check_transfer() {
	[ "$cat_status" -eq 0 ] || { cat cat.err peer.err; return 1; }
	[ "$peer_status" -eq 0 ] || { cat peer.err; return 1; }
	grep -qxF "received $size $(sha256sum <to_peer | cut -d ' ' -f 1)" peer.out
	grep -qxF "sent $size $(sha256sum <cat.out | cut -d ' ' -f 1)" peer.out
	[ "$(json end)" = close_notify ]
}

# rekeys tx|rx: how often that direction's key was changed.
rekeys() {
	sed -n '/"'"$1"'": {/,/}/s/^ *"rekeys": \([0-9]*\),\{0,1\}$/\1/p' cat.json
}

# carried PATH: both directions were carried by what was asked for.
carried() {
	local name=engine
	[ "$1" = off ] || name=kernel
	[ "$(grep -c "\"path\": \"$name\"" cat.json)" -eq 2 ]
}

@test "100 KeyUpdates received within one transfer" {
	for role in client server; do
		for path in $(paths); do
			echo "# $role, --ktls=$path"
			transfer "$role" "$path" --key-updates 100 --
			check_transfer
			carried "$path"
			[ "$(rekeys rx)" -eq 100 ]
			[ "$(rekeys tx)" -eq 0 ]
		done
	done
}

@test "100 KeyUpdates sent within one transfer" {
	for role in client server; do
		for path in $(paths); do
			echo "# $role, --ktls=$path"
			transfer "$role" "$path" -- --rekey-after $((size / 101))
			check_transfer
			carried "$path"
			echo "# $(rekeys tx) keys"
			[ "$(rekeys tx)" -ge 95 ]
			[ "$(rekeys tx)" -le 101 ]
			[ "$(rekeys rx)" -eq 0 ]
		done
	done
}

@test "100 KeyUpdates each way at once, every one of the peer's asking for an answer" {
	for role in client server; do
		for path in $(paths); do
			echo "# $role, --ktls=$path"
			transfer "$role" "$path" --key-updates 100 --request -- --rekey-after $((size / 101))
			check_transfer
			carried "$path"
			echo "# $(rekeys tx) keys sent"
			[ "$(rekeys rx)" -eq 100 ]
			[ "$(rekeys tx)" -ge 95 ]
		done
	done
}

@test "KeyUpdates that ask for an answer get one" {
	for path in $(paths); do
		# One answer may serve several requests, and after our close_notify there is none: if all was sent before the first
		# request came, once more.
		for _ in 1 2 3 4 5; do
			transfer client "$path" --key-updates 100 --request --
			check_transfer
			carried "$path"
			[ "$(rekeys rx)" -eq 100 ]
			[ "$(rekeys tx)" -lt 1 ] || break
		done
		[ "$(rekeys tx)" -ge 1 ]
		[ "$(rekeys tx)" -le 100 ]
	done
}

# promised OPTION: the error that names the option, alone on its line, and the exit code that goes with it.
promised() {
	[ "$cat_status" -eq 5 ]
	[ "$(grep -c 'cannot replace' cat.err)" -eq 1 ]
	grep 'cannot replace' cat.err | grep -qF -- "$1"
	[ "$(json exit_code)" -eq 5 ]
}

@test "a kernel that cannot rekey says so when the peer does, and --ktls-rx=off helps" {
	need_kernel_without_rekey
	for role in client server; do
		transfer "$role" on --key-updates 100 --
		promised --ktls-rx=off
		transfer "$role" on --key-updates 100 -- --ktls-rx=off
		check_transfer
		[ "$(rekeys rx)" -eq 100 ]
		grep -q '"path": "kernel"' cat.json
	done
}

@test "a kernel that cannot rekey says so before --rekey-after, and --ktls-tx=off helps" {
	need_kernel_without_rekey
	transfer client on -- --rekey-after $((size / 101))
	promised --ktls-tx=off
	transfer client on -- --rekey-after $((size / 101)) --ktls-tx=off
	check_transfer
	[ "$(rekeys tx)" -ge 95 ]
	grep -q '"path": "kernel"' cat.json
}

@test "a kernel that cannot rekey says so when asked for an answer, and --ktls=off helps" {
	need_kernel_without_rekey
	transfer client on --key-updates 100 --request -- --ktls-rx=off
	promised --ktls-tx=off
	transfer client on --key-updates 100 --request -- --ktls=off
	check_transfer
	[ "$(rekeys rx)" -eq 100 ]
}

# Commands of s_server and s_client are lines of a terminal: it hands them over one at a time.
on_terminal() {
	OPENSSL_CONF=openssl.cnf script -qec "$1" /dev/null
}

server_commands() {
	on_terminal "openssl s_server -accept 127.0.0.1:$port -cert cert.pem -key key.pem -naccept 1"
}

client_commands() {
	on_terminal "openssl s_client -connect 127.0.0.1:$port -servername localhost -CAfile cert.pem"
}

# wait_for_text TEXT FILE
wait_for_text() {
	local turn
	for ((turn = 0; turn < 1200; turn++)); do
		! grep -q "$1" "$2" 2>/dev/null || return 0
		nap 0.05
	done
	echo "no '$1' in $2"
	return 1
}

# A line of data after each command shows that the new keys work.
type_commands() {
	local i
	for i in $(seq 100); do
		if [ $((i % 2)) -eq 0 ]; then echo K; else echo k; fi
		echo "line $i"
	done
}

check_commands() {
	wait_for_text 'line 100' cat.out
	exec 9>&-
	cat_status=0
	wait "$cat_pid" || cat_status=$?
	cat cat.err
	[ "$cat_status" -eq 0 ]
	diff <(seq 100 | sed 's/^/line /') <(tr -d '\r' <cat.out)
	[ "$(rekeys rx)" -eq 100 ]
	[ "$(rekeys tx)" -ge 1 ]
	end_peer
}

@test "K and k typed at openssl s_server" {
	for path in $(paths); do
		port=$(free_port)
		start_peer server_commands
		wait_for_listener "$port"
		start_cat --ktls="$path" --cafile cert.pem "localhost:$port"
		wait_for_text 'CIPHER is' peer.out
		type_commands >&8
		check_commands
	done
}

@test "K and k typed at openssl s_client" {
	for path in $(paths); do
		port=$(free_port)
		start_cat --ktls="$path" -l "127.0.0.1:$port" --cert cert.pem --key key.pem
		wait_for_listener "$port"
		start_peer client_commands
		wait_for_text 'Verify return code' peer.out
		type_commands >&8
		check_commands
	done
}
