#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A thread that reads ahead changes nothing but the speed: what arrives, how it ends, where the file is left.
# shellcheck disable=SC2034,SC2154

load cat-helpers.bash

setup_file() {
	cat_setup_file
	# Not a whole number of batches, nor of records.
	head -c 12345678 /dev/urandom >big
}

setup() {
	cat_setup
	ahead=(--ktls-tx=off --threads=on)
}

teardown() {
	cat_teardown
}

arrived() {
	[ "$(sha256sum <"${1-server.out}")" = "$(sha256sum <big)" ]
}

has_size() {
	[ "$(stat -L -c %s "$1")" -ge "$2" ]
}

# threads_of NAME
threads_of() {
	ls "/proc/${pids[$1]}/task" | wc -l
}

# Both ends wait for the listener's standard input: the time to look at the sender.
send_file() {
	rm -f server.in
	hold_input server
	cat_listen
	cat_guard='' cat_start client --cafile ca.pem --file big "$@" "localhost:$port"
	wait_until has_size server.out 12345678
	threads=$(threads_of client)
	release_input
	cat_end client 0
	cat_end server 0
	arrived
	said_nothing client
}

@test "a file, with a thread and without" {
	send_file --ktls-tx=off --threads=off
	# A sanitizer may have one of its own.
	alone=$threads
	send_file "${ahead[@]}"
	[ "$threads" -eq $((alone + 1)) ]
}

@test "auto: where there are two CPUs, and the file is large" {
	local cpus
	cpus=$(nproc)
	send_file --ktls-tx=off
	rm server.in
	hold_input server
	cat_listen
	cat_guard='' cat_start client --cafile ca.pem --file to_server --ktls-tx=off "localhost:$port"
	wait_until has_size server.out 200000
	[ "$threads" -eq $(($(threads_of client) + (cpus > 1))) ]
	release_input
	cat_end client 0
	cat_end server 0
}

@test "a pipe that is fuller than the socket, and one that is not" {
	for feed in 'cat big' 'dd if=big bs=3000 status=none'; do
		rm -f client.in
		mkfifo client.in
		cat_listen
		$feed >client.in 3>&- 9>&- &
		cat_dial "${ahead[@]}" "localhost:$port"
		has_status client "$code" 0
		cat_end server 0
		arrived
		cmp to_client client.out
	done
}

@test "a reader that is slow" {
	mkfifo slow.out client.in
	{ sleep 0.3; head -c 5000000; sleep 0.3; cat; } <slow.out >server.got 3>&- 9>&- &
	reader=$!
	cat_out=slow.out cat_listen
	cat big >client.in 3>&- 9>&- &
	cat_dial "${ahead[@]}" "localhost:$port"
	has_status client "$code" 0
	cat_end server 0
	wait "$reader"
	arrived server.got
}

# A sender that does not come to the end of big leaves it at the first byte that was not sent.
interrupted_sender() {
	cat >sender <<-'END'
		"$@"
		echo $? >client.status
		wc -c >client.rest
	END
	bash sender timeout "$patience" env --default-signal=TERM "$cat_bin" --json=client.json --cafile ca.pem "${ahead[@]}" "localhost:$port" \
		<big >/dev/null 2>client.err 3>&- 9>&- &
	remember sender
}

left_where_sending_stopped() {
	cat_end sender 0
	[ "$(cat client.status)" -eq "$1" ]
	[ "$(cat client.rest)" -gt 0 ]
	[ $(($(cat client.rest) + $(report client .tx.bytes))) -eq 12345678 ]
}

@test "SIGTERM in mid-transfer: the file is left where sending stopped" {
	mkfifo stuck.out
	exec 8<>stuck.out
	cat_out=stuck.out cat_listen
	interrupted_sender
	client_of_sender() { client=$(pgrep -P "$(pgrep -P "${pids[sender]}")") && [ "$(ls "/proc/$client/task" | wc -l)" -ge 2 ]; }
	# It flows, and soon does not.
	head -c 1 <&8 >/dev/null
	wait_until client_of_sender
	sleep 0.2
	kill -TERM "$client"
	left_where_sending_stopped 143
	said client 'interrupted by SIGTERM'
	cat <&8 >/dev/null 3>&- 9>&- &
	exec 8>&-
	kill -TERM "${pids[server]}"
	wait "${pids[server]}" || true
	kill $!
}

@test "a receiver that goes away: the file is left where sending stopped" {
	mkfifo short.out
	head -c 100000 <short.out >/dev/null 3>&- 9>&- &
	cat_out=short.out cat_listen
	interrupted_sender
	cat_end server 1
	left_where_sending_stopped 1
	said client ': '
}

@test "a directory and a wrong word are refused as ever" {
	run -1 "$cat_bin" --threads=on --file . 127.0.0.1:1
	[[ $output == *': Is a directory' ]]
	run -2 "$cat_bin" --threads=maybe 127.0.0.1:1
	[[ $output == *"--threads: 'maybe' is neither auto, on nor off"* ]]
}
