#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Networks and peers with faults: a transfer that can go on does, and one that cannot ends with the right code, and never with a byte too many.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034

load cat-helpers.bash

proxy_bin=${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}cut-proxy

setup_file() {
	cat_setup_file
	# An emulated CPU takes seconds for each connection.
	if kernel_is_required; then
		points=4 size=1M chunks='7 16401' versions=1.3
	else
		points=100 size=32M chunks='3 7 1447 16401' versions='1.2 1.3'
	fi
	export points=${KTLS_TEST_POINTS:-$points} chunks versions
	openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c "$size" >bulk
}

setup() {
	cat_setup
	# Repeats a failure: KTLS_TEST_SEED=N.
	seed=${KTLS_TEST_SEED:-$((SRANDOM % 1000000))}
	echo "seed: KTLS_TEST_SEED=$seed"
	RANDOM=$seed
}

teardown() {
	exec 8>&-
	cat_teardown
	for space in "${spaces[@]}"; do
		ip netns del "$space" 2>/dev/null || true
	done
}

# --- stopped and continued ------------------------------------------------------

is_longer() {
	[ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt "$2" ]
}

# Both send the same at once; $1 is stopped again and again, each time until its peer has filled all there is between them.
stopped() {
	local size=0 i
	ln -s bulk client.in
	ln -s bulk server.in
	cat_guard='' cat_listen --tls-min 1.3
	cat_guard='' cat_start client --cafile ca.pem "localhost:$port"
	for i in 1 2 3 4; do
		kill -STOP "${pids[$1]}" 2>/dev/null || break
		sleep 0.1
		kill -CONT "${pids[$1]}" 2>/dev/null || true
		sleep 0.0$((RANDOM % 5))
	done
	cat_end client 0
	cat_end server 0
	cmp bulk client.out
	cmp bulk server.out
	carried client
	carried server
}

@test "the sender and receiver that dials is stopped and continued in mid-transfer" {
	stopped client
}

@test "the one that listens is stopped and continued in mid-transfer" {
	stopped server
}

@test "both are stopped, and continued in the other order" {
	ln -s bulk client.in
	cat_guard='' cat_listen
	cat_guard='' cat_start client --cafile ca.pem "localhost:$port"
	wait_until is_longer server.out 0
	# One of them may have done already.
	kill -STOP "${pids[client]}" "${pids[server]}" 2>/dev/null || true
	sleep 0.1
	kill -CONT "${pids[server]}" 2>/dev/null || true
	sleep 0.1
	kill -CONT "${pids[client]}" 2>/dev/null || true
	cat_end client 0
	cat_end server 0
	cmp bulk server.out
}

# --- little room, small pieces --------------------------------------------------

# proxy ARGUMENT...: between the two; sets $port to its own.
proxy() {
	rm -f proxy.out
	timeout "$patience" "$proxy_bin" "$port" "$@" >proxy.out 2>proxy.err 3>&- 8>&- 9>&- &
	remember proxy
	wait_until port_of proxy.out 's/^port //p'
}

# through ARGUMENT...: a transfer both ways, through the proxy with these.
through() {
	cat_listen --tls-min 1.3
	proxy "$@"
	talk "localhost:$port"
	carried client
	carried server
}

@test "buffers of sockets as small as they can be" {
	through --buffers 1
}

@test "a byte at a time, read and written" {
	head -c 20000 to_server >client.in
	head -c 20000 to_client >server.in
	for version in $versions; do
		# TLS 1.2 ends both directions with one.
		[ "$version" = 1.3 ] || { mv server.in later; hold_input server; }
		cat_listen --tls-max "$version" --tls-min "$version"
		proxy --chunk 1
		cat_dial "localhost:$port"
		has_status client "$code" 0
		cat_end server 0
		cmp client.in server.out
		[ "$version" = 1.3 ] || { release_input; mv later server.in; continue; }
		cmp server.in client.out
	done
}

@test "pieces of odd sizes, smaller than a record's header too" {
	for chunk in $chunks; do
		through --chunk "$chunk"
	done
}

# --- cut ------------------------------------------------------------------------

# is_verified FILE SENT: whole records of it, from its beginning. Those of a file have 16384 bytes each, but for the last.
is_verified() {
	local size
	size=$(stat -c %s "$1")
	head -c "$size" "$2" | cmp - "$1" || return 1
	[ $((size % 16384)) -eq 0 ] || cmp "$2" "$1"
}

# expected NAME HOW: the code of whom the connection was cut off from.
expected() {
	if [ "$(report "$1" .tx)" = null ]; then
		echo 4
	elif [ "$2" = fin ]; then
		echo 6
	else
		echo 1
	fi
}

# cut_once HOW DIRECTION POINT VERSION: both ends, as they ended.
cut_once() {
	local how=$1 direction=$2 point=$3 version=$4 reader=client sent=to_client other=server answer=to_server want status
	[ "$direction" = down ] || { reader=server sent=to_server other=client answer=to_client; }
	local -a cut=("--cut-$direction" "$point")
	[ "$how" = fin ] || cut+=(--reset)
	echo "# $how after $point bytes $direction, TLS $version"
	cat_listen --tls-max "$version" --tls-min "$version" --ktls=auto
	proxy "${cut[@]}"
	cat_start client --cafile ca.pem --ktls=auto "localhost:$port"
	for name in client server; do
		status=0
		wait "${pids[$name]}" || status=$?
		code_of[$name]=$status
	done
	want=$(expected "$reader" "$how")
	has_status "$reader" "${code_of[$reader]}" "$want" || return 1
	said "$reader" . || return 1
	is_verified "$reader.out" "$sent" || return 1
	# The other one has not always a chance to see it: all that it sent may be on its way, and all that it gets be there already.
	case ${code_of[$other]} in
	0) cmp "$answer" "$other.out" ;;
	1 | 4 | 6) said "$other" . && is_verified "$other.out" "$answer" ;;
	*) has_status "$other" "${code_of[$other]}" 6 ;;
	esac
}

cut_at_random() {
	local how=$1 i direction version
	declare -gA code_of=()
	for ((i = 0; i < points / 2; i++)); do
		direction=$((RANDOM % 2)) version=$((RANDOM % 2))
		cut_once "$how" "$([ "$direction" = 0 ] && echo up || echo down)" $((1 + (RANDOM * 32768 + RANDOM) % 150000)) "1.$((version + 2))"
	done
}

@test "cut by a reset at any byte: 1, or 4 in the handshake, and whole records in the output" {
	cut_at_random reset
}

@test "cut by a FIN at any byte: 6, or 4 in the handshake, and whole records in the output" {
	cut_at_random fin
}

# --- a bad line -------------------------------------------------------------------

# Two network namespaces with a line between them that does what the words say to netem, both ways.
bad_line() {
	local n program space device
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	for program in ip tc; do
		command -v "$program" >/dev/null || skip "$program is not here"
	done
	spaces=("ktls-a-$$" "ktls-b-$$")
	for space in "${spaces[@]}"; do
		ip netns add "$space" || skip 'network namespaces cannot be made'
	done
	ip link add "ka$$" netns "${spaces[0]}" type veth peer name "kb$$" netns "${spaces[1]}" || skip 'the kernel has no veth'
	for n in 0 1; do
		device=ka$$
		[ "$n" = 0 ] || device=kb$$
		ip -n "${spaces[$n]}" addr add "10.77.0.$((n + 1))/24" dev "$device"
		ip -n "${spaces[$n]}" link set "$device" up
		ip -n "${spaces[$n]}" link set lo up
		if ! tc -n "${spaces[$n]}" qdisc add dev "$device" root netem "$@" 2>tc.err; then
			kernel_is_required || ! grep -q 'qdisc kind is unknown' tc.err || skip 'the kernel has no sch_netem'
			cat tc.err
			return 1
		fi
	done
}

# over_line WORDS...: one listens in one of them, one dials from the other.
over_line() {
	bad_line "$@"
	head -c 300000 bulk >client.in
	head -c 200000 bulk >server.in
	cat_guard="ip netns exec ${spaces[0]} timeout $patience" listen_on=10.77.0.1:0 cat_listen --tls-min 1.3
	cat_guard="ip netns exec ${spaces[1]} timeout $patience" cat_dial --verify-host localhost "10.77.0.1:$port"
	has_status client "$code" 0
	cat_end server 0
	cmp client.in server.out
	cmp server.in client.out
	carried client
	carried server
}

@test "a line that loses packets, and spoils some" {
	over_line delay 1ms loss 3% corrupt 1%
}

@test "a line that is slow, doubles packets and changes their order" {
	over_line delay 5ms 2ms reorder 30% 50% duplicate 5%
}
