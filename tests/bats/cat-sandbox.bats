#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What ktls-cat gives up before it reads the peer's first byte, and that it does its work without.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

preloads=${KTLS_BUILD_DIR:-/usr/bin}${KTLS_BUILD_DIR:+/.libs}

setup_file() {
	cat_setup_file
}

setup() {
	cat_setup
	[ -z "${KTLS_BUILD_DIR-}" ] || grep -q '^#define WITH_SANITIZERS 0' "$KTLS_BUILD_DIR/config.h" || skip 'built with sanitizers, which need what a filter forbids'
	# Without timeout(1) before it, whose process would be looked at.
	cat_guard=''
}

teardown() {
	exec 8>&-
	cat_teardown
}

# state_of NAME FIELD: from /proc/PID/status.
state_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/${pids[$1]}/status"
}

# filters_of NAME: so many more than this shell, which a container may have given some.
filters_of() {
	local all own
	all=$(state_of "$1" Seccomp_filters)
	own=$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)
	echo $((all - own))
}

# Sets of capabilities, one a line.
capabilities() {
	sed -n 's/^Cap\(Inh\|Prm\|Eff\|Bnd\|Amb\):[[:space:]]*/\1 /p' "$1"
}

may_drop_bounding_set() {
	[ "$(id -u)" -eq 0 ] && [ $((0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status) >> 8 & 1)) -eq 1 ]
}

# is_confined NAME [FILTERS]: nothing is left, and so many filters are in effect.
is_confined() {
	local sets
	[ "$(state_of "$1" Seccomp)" = 2 ]
	[ "$(filters_of "$1")" -eq "${2:-2}" ]
	[ "$(state_of "$1" NoNewPrivs)" = 1 ]
	sets=$(capabilities "/proc/${pids[$1]}/status")
	[ "$(wc -l <<<"$sets")" -eq 5 ]
	may_drop_bounding_set || sets=$(grep -v '^Bnd' <<<"$sets")
	if grep -v ' 0000000000000000$' <<<"$sets"; then
		return 1
	fi
}

# hold ARGUMENT...: a connection of two ktls-cat with these, at rest after a first word each way.
hold() {
	mkfifo client.in server.in
	exec 8<>client.in 9<>server.in
	cat_listen "$@" 8>&-
	cat_start client --cafile ca.pem "$@" "localhost:$port" 8>&-
	printf question >&8
	wait_until grep -q question server.out
	printf answer >&9
	wait_until grep -q answer client.out
}

# let_go: both end well.
let_go() {
	exec 8>&- 9>&-
	cat_end client 0
	cat_end server 0
}

@test "in mid-transfer both ends have neither capabilities nor more system calls than they need" {
	hold
	is_confined client
	is_confined server
	let_go
	for name in client server; do
		[ "$(report "$name" '.sandbox | tojson')" = '{"capabilities_dropped":true,"no_new_privs":true,"seccomp":true}' ]
	done
	said_nothing client
	carried client
}

@test "--no-sandbox" {
	hold --no-sandbox
	for name in client server; do
		[ "$(filters_of "$name")" -eq 0 ]
		[ "$(state_of "$name" NoNewPrivs)" = 1 ]
		diff <(capabilities "/proc/${pids[$name]}/status") <(capabilities /proc/self/status)
	done
	let_go
	for name in client server; do
		[ "$(report "$name" '.sandbox | tojson')" = '{"capabilities_dropped":false,"no_new_privs":true,"seccomp":false}' ]
	done
}

is_filtered() {
	[ "$(filters_of "$1")" -gt 0 ]
}

@test "before the peer has said anything the filter of the handshake is there" {
	peer_start --end silence
	cat_start client --cafile ca.pem "localhost:$port"
	wait_until is_filtered client
	is_confined client 1
	kill "${pids[client]}"
	cat_end client 143
	cat_listen
	[ "$(filters_of server)" -eq 0 ]
	exec 7<>"/dev/tcp/127.0.0.1/$port"
	wait_until is_filtered server
	is_confined server 1
	exec 7>&-
	cat_end server 4
	[ "$(report server .sandbox.seccomp)" = true ]
}

@test "nothing is given up, and nothing said of it, before there is a peer" {
	cat_dial 127.0.0.1:1
	has_status client "$code" 1
	[ "$(report client .sandbox)" = null ]
}

# intruder WHAT AFTER: a dialer whose receiving does that.
intruder() {
	hold_input client
	cat_listen
	code=0
	timeout "$patience" env KTLS_INTRUDER="$1" KTLS_INTRUDER_AFTER="$2" LD_PRELOAD="$preloads/intruder.so" \
		"$cat_bin" --ktls-rx=off "${@:3}" --cafile ca.pem "localhost:$port" <client.in >client.out 2>client.err 9>&- &
	remember client
}

@test "a program that is started from within ends the process, in the handshake and in the transfer" {
	for after in 0 50000; do
		intruder exec "$after"
		cat_end client 159
		[ "$(stat -c %s client.out)" -eq 0 ] || [ "$after" -ne 0 ]
		if grep intruder client.err; then
			return 1
		fi
		release_input
		rm client.in
		wait "${pids[server]}" || true
	done
	# Without the sandbox, there is the program in its place.
	intruder exec 50000 --no-sandbox
	cat_end client 0
}

@test "a file that is opened from within is not opened, and the transfer goes on" {
	for after in 0 50000; do
		intruder open "$after"
		wait_until grep -q intruder client.err
		release_input
		cat_end client 0
		grep -qx 'intruder: open: Operation not permitted' client.err
		cmp to_client client.out
		cat_end server 0
		rm client.in
	done
	intruder open 0 --no-sandbox
	wait_until grep -q intruder client.err
	release_input
	cat_end client 0
	grep -qx 'intruder: open: done' client.err
}

@test "a system that has no filters: said with -v, in the report, and no failure" {
	cat_listen
	LD_PRELOAD=$preloads/no-seccomp.so cat_start client -v --cafile ca.pem "localhost:$port"
	cat_end client 0
	cat_end server 0
	cmp to_client client.out
	[ "$(grep -c '^ktls-cat: sandbox: system calls are not filtered: Permission denied$' client.err)" -eq 1 ]
	[ "$(report client '.sandbox | tojson')" = '{"capabilities_dropped":true,"no_new_privs":true,"seccomp":false}' ]
}

@test "with a provider that is not OpenSSL's own, the filter begins after the handshake" {
	cat >openssl.cnf <<-END
		openssl_conf = init
		[init]
		providers = providers
		[providers]
		default = active
		foreign = foreign
		[active]
		activate = 1
		[foreign]
		activate = 1
		module = $preloads/foreign-provider.so
	END
	mkfifo client.in
	exec 8<>client.in
	cat_listen 8>&-
	OPENSSL_CONF=openssl.cnf cat_start client -v --cafile ca.pem "localhost:$port" 8>&-
	wait_until is_filtered client
	is_confined client 1
	exec 8>&-
	cat_end client 0
	cat_end server 0
	grep -q "^ktls-cat: sandbox: the handshake is not filtered, as libssl's provider 'foreign' may take part in it$" client.err
	[ "$(report client .sandbox.seccomp)" = true ]
	cmp to_client client.out
}

@test "all that is read and written later was opened before: folder of CAs, key log, file, report" {
	mkdir cas
	cp ca.pem "cas/$(openssl x509 -in ca.pem -noout -subject_hash).0"
	cat_listen --keylog server.keys
	cat_start client --capath cas --keylog client.keys --file to_server --show-certs "localhost:$port"
	cat_end client 0
	cat_end server 0
	cmp to_server server.out
	cmp to_client client.out
	[ "$(report client .sandbox.seccomp)" = true ]
	[ "$(grep -c TRAFFIC_SECRET client.keys)" -eq 4 ]
	grep -q 'certificate 1 of' client.err
}

@test "another attempt under the filter: the name looked up, certificates read, a connection made" {
	mkdir cas
	cp ca.pem "cas/$(openssl x509 -in ca.pem -noout -subject_hash).0"
	# The peer takes the first connection alone; a refusal is what the next ones get once they are made.
	peer_start --end silence
	cat_start client -v --capath cas --cert server.pem --key server.key --wait 300ms --retry 2 --retry-delay 100ms "localhost:$port"
	cat_end client 1
	[ "$(report client .attempts)" -eq 3 ]
	[ "$(grep -c 'time is up while shaking hands' client.err)" -eq 1 ]
	[ "$(grep -c 'connection refused' client.err)" -eq 2 ]
	[ "$(report client .sandbox.seccomp)" = true ]
	if grep -i 'sandbox\|permitted' client.err; then
		return 1
	fi
}

@test "the output of a connection that does not come to be is removed under the filter" {
	peer_start --end handshake-fin
	cat_start client --cafile ca.pem --output made "localhost:$port"
	cat_end client 4
	[ "$(report client .sandbox.seccomp)" = true ]
	[ ! -e made ]
}

@test "a command under the filter is waited for, and told to end" {
	cat_listen --tls-min 1.3
	cat_start client --cafile ca.pem --sh-exec 'cat >got; exit 3' "localhost:$port"
	cat_end server 0
	wait "${pids[client]}" || true
	[ "$(report client .command_status)" -eq 3 ]
	[ "$(report client .sandbox.seccomp)" = true ]
	cmp to_client got
	hold_input server
	cat_listen --tls-min 1.3
	cat_start client --cafile ca.pem --exec 'sleep 60' "localhost:$port"
	wait_until is_confined client
	kill "${pids[client]}"
	cat_end client 143
	[ "$(report client .sandbox.seccomp)" = true ]
}

@test "stopped and continued under the filter" {
	hold
	kill -STOP "${pids[client]}"
	printf more >&9
	sleep 0.1
	kill -CONT "${pids[client]}"
	wait_until grep -q answermore client.out
	let_go
}

@test "root without capabilities writes into root's files, and the module is loaded before they go" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	kernel_is_required || skip 'needs kernel TLS'
	grep -q '^tls ' /proc/modules || skip 'the module is not one that can be unloaded'
	modprobe -r tls
	[ ! -e /proc/net/tls_stat ]
	touch server.out
	chmod 600 server.out
	hold
	let_go
	carried client
	carried server
}
