# SPDX-License-Identifier: MIT
# What the tests of ktls-cat share: certificates, a listener, a dialer, a libssl peer, and how each of them must end.
# shellcheck shell=bash disable=SC2034,SC2154

bats_require_minimum_version 1.5.0
load kernel-helpers.bash
load interop.bash

# Natively, what libtool's wrapper scripts would start, without the time that they take.
if [ -n "${KTLS_BUILD_DIR-}" ] && [ -x "$KTLS_BUILD_DIR/.libs/ktls-cat" ]; then
	cat_bin=$KTLS_BUILD_DIR/.libs/ktls-cat
	export LD_LIBRARY_PATH=$KTLS_BUILD_DIR/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi
peer_bin=${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}tls-peer

# Nothing here takes long; this is for what hangs.
patience=60

# make_cert NAME SUBJECT-ALT-NAMES DAYS: NAME.pem and NAME.key, issued by the CA.
make_cert() {
	openssl req -x509 -config req.cnf -CA ca.pem -CAkey ca.key -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days "$3" -subj "/CN=$1" -addext "subjectAltName=$2" -keyout "$1.key" -out "$1.pem" 2>/dev/null
}

# Once per file: a CA, the listener's certificate, and the bytes that go each way.
cat_setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	printf '[req]\ndistinguished_name = dn\n[dn]\n' >req.cnf
	openssl req -x509 -config req.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=test CA' \
		-addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem 2>/dev/null
	make_cert server DNS:localhost,IP:127.0.0.1,IP:::1 2
	head -c 200000 /dev/urandom >to_server
	head -c 150000 /dev/urandom >to_client
}

cat_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	ln -s "$BATS_FILE_TMPDIR"/* .
	started=()
	declare -gA pids=()
}

cat_teardown() {
	exec 9>&-
	interop_teardown
}

# remember NAME: the program just put in the background.
remember() {
	pids[$1]=$!
	started+=("$!")
}

# wait_until COMMAND...: until it succeeds.
wait_until() {
	local deadline=$((SECONDS + patience))
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || { echo "in vain: $*"; return 1; }
		nap 0.02
	done
}

# hold_input NAME: NAME.in becomes a pipe that does not end before release_input.
hold_input() {
	mkfifo "$1.in"
	exec 9<>"$1.in"
}

release_input() {
	exec 9>&-
}

# input_of NAME: NAME.in, or what goes to the other. It is more than fits into a window: a peer that closes at once would have its
# FIN here before the handshake is over, and no kernel takes keys for such a socket.
input_of() {
	if [ -e "$1.in" ]; then
		echo "$1.in"
	elif [ "$1" = client ]; then
		echo to_server
	else
		echo to_client
	fi
}

# cat_start NAME ARGUMENT...: ktls-cat in the background, with its input_of NAME, and NAME.out, NAME.err, NAME.json.
cat_start() {
	local name=$1 in
	in=$(input_of "$1")
	shift
	# Else what an earlier one said could be taken for this one's.
	rm -f "$name.out" "$name.err" "$name.json"
	# A shell has its background programs ignore SIGINT.
	${cat_guard-timeout -k 10 "$patience"} env --default-signal=INT,HUP,TERM "$cat_bin" "$(path_option)" --json="$name.json" "$@" \
		<"$in" >"${cat_out:-$name.out}" 2>"$name.err" 3>&- 9>&- &
	remember "$name"
}

port_of() {
	port=$(sed -n "$2" "$1" | head -n 1)
	[ -n "$port" ]
}

# cat_listen ARGUMENT...: ktls-cat as "server" at ${listen_on:-127.0.0.1:0}; sets $port.
cat_listen() {
	cat_start server -l "${listen_on:-127.0.0.1:0}" --cert server.pem --key server.key "$@"
	wait_until port_of server.err 's/^ktls-cat: listening on .*:\([0-9]*\)$/\1/p'
}

# cat_dial ARGUMENT...: ktls-cat as "client", to the end; sets $code.
cat_dial() {
	cat_start client --cafile ca.pem "$@"
	code=0
	wait "${pids[client]}" || code=$?
}

# peer_start ARGUMENT...: the libssl peer as a server; sets $port.
peer_start() {
	rm -f peer.out peer.err
	timeout "$patience" "$peer_bin" server --cert server.pem --key server.key "$@" </dev/null >peer.out 2>peer.err 3>&- 9>&- &
	remember peer
	wait_until port_of peer.out 's/^port //p'
}

# has_status NAME STATUS EXPECTED
has_status() {
	[ "$2" -eq "$3" ] || {
		echo "$1 ended with $2, not $3:"
		cat "$1.err"
		return 1
	}
}

# cat_end NAME STATUS: waits for it.
cat_end() {
	local status=0
	wait "${pids[$1]}" || status=$?
	has_status "$1" "$status" "$2"
}

# client_ends STATUS ARGUMENT...: a client with these at $port ends with it.
client_ends() {
	local status=$1
	shift
	cat_dial "$@" "localhost:$port"
	has_status client "$code" "$status"
}

# listen_for_all ARGUMENT...: a listener that only receives, and ends when its client does.
listen_for_all() {
	cat_listen --recv-only "$@"
}

# said NAME PATTERN: exactly one line on standard error, which has this. Which port a listener got is not counted.
said() {
	local lines
	lines=$(grep -v '^ktls-cat: listening on ' "$1.err" || true)
	if [[ $lines != 'ktls-cat: '?* || $lines == *$'\n'* ]] || ! grep -qE -- "$2" <<<"$lines"; then
		printf '%s should say "%s" in one line, but says:\n%s\n' "$1" "$2" "$lines"
		return 1
	fi
}

said_nothing() {
	! grep -v '^ktls-cat: listening on ' "$1.err"
}

# report NAME FILTER: from the report of a run.
report() {
	jq -r "$2" "$1.json"
}

# carried NAME: by the kernel where there must be one.
carried() {
	[ "${KTLS_TEST_REQUIRE_KERNEL-}" != 1 ] || [ "$(report "$1" '.tx.path + .rx.path')" = kernelkernel ] || {
		cat "$1.json"
		return 1
	}
}

# talk ARGUMENT...: a dialer with these against the listener that waits. Each sends a file, both end well.
talk() {
	cat_dial "$@"
	has_status client "$code" 0
	cat_end server 0
	said_nothing client
	said_nothing server
	cmp to_server server.out
	# A pipe for input only holds the connection open.
	[ -p server.in ] || cmp to_client client.out
}

# foreign_start PROGRAM ARGUMENT...: a foreign server as "foreign", once it listens on $port.
foreign_start() {
	timeout "$patience" "$@" </dev/null >foreign.out 2>foreign.err 3>&- 9>&- &
	remember foreign
	wait_for_listener "$port"
}

need_peer() {
	command -v "$1" >/dev/null || skip "$1 is not here"
}

# dial_fails STATUS PATTERN ARGUMENT...: the dialer does, with one line and nothing on standard output.
dial_fails() {
	local status=$1 pattern=$2
	shift 2
	cat_dial "$@"
	has_status client "$code" "$status"
	said client "$pattern"
	[ ! -s client.out ]
}
