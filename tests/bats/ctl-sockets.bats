#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl sockets: on a recorded system.
# shellcheck disable=SC2154

load ctl-helpers.bash

# patch_dump FROM TO: in the messages of $tree, two numbers of 16 bits behind an attribute's head, in hexadecimal.
patch_dump() {
	perl -0777 -pi -e "s/\\x06\\0\\x$1\\0\\x$2\\0/\\x06\\0\\x$1\\0\\x$3\\0/g" "$tree/netlink/sock_diag"
}

# --- a recorded system -----------------------------------------------------

@test "sockets lists who, what and where" {
	run -0 ctl_tree sockets sockets
	[ "${lines[0]}" = "$(printf '%-17s%-17s%-5s%-19s%-15s%s' local peer tls cipher tx/rx process)" ]
	[ "${#lines[@]}" -eq 11 ]
	has_text '  1.3  aes-128-gcm        software       ktls-pairs/141'
	has_text '  1.2  chacha20-poly1305  software/none  ?'
	has_text '  -    -                  none           ktls-pairs/144+1'
	has_text '[::1]:'
	for line in "${lines[@]}"; do
		[ "${#line}" -le 100 ]
		[[ $line != *' ' ]]
	done
}

@test "wide has the rest" {
	run -0 ctl_tree sockets sockets --wide
	[[ ${lines[0]} == *'state'*'options'*'payload'*'sent'*'acked'*'received'*'rate'*'cwnd'*'rtt'* ]]
	has_text 'established'
	has_text 'no-pad'
	has_text '16384'
}

@test "the summary counts by cipher and mode" {
	run -0 ctl_tree sockets sockets --summary
	has_line '10 kernel TLS sockets'
	has_line '      4  1.3  aes-128-gcm        software  software'
	has_line '      2  1.2  chacha20-poly1305  software  none'
	has_line '      2  -    -                  none      none'
	run -0 ctl_tree sockets sockets --summary --json
	has_line '  "count": 10,'
	has_line '      "sockets": 4,'
}

# count_with FILTER...: sockets that pass.
count_with() {
	ctl_tree sockets sockets --json "$@" | sed -n 's/^  "count": \([0-9]*\),$/\1/p'
}

@test "filters keep what they say" {
	[ "$(count_with)" -eq 10 ]
	[ "$(count_with --cipher aes-128-gcm)" -eq 4 ]
	[ "$(count_with --cipher 52)" -eq 2 ]
	[ "$(count_with --mode none)" -eq 4 ]
	[ "$(count_with --mode software)" -eq 8 ]
	[ "$(count_with --mode device)" -eq 0 ]
	[ "$(count_with --addr ::1)" -eq 2 ]
	[ "$(count_with --addr 127.0.0.1)" -eq 8 ]
	[ "$(count_with --addr 127.0.0.2)" -eq 0 ]
	[ "$(count_with --pid 141)" -eq 4 ]
	[ "$(count_with --pid 145)" -eq 1 ]
	[ "$(count_with --pid 1)" -eq 0 ]
	side=$(ctl_tree sockets sockets --pid 141 | sed -n '2s/^[^ ]*:\([0-9]*\) .*/\1/p')
	[ "$(count_with --port "$side")" -eq 4 ]
	[ "$(count_with --sport "$side")" -eq 2 ]
	[ "$(count_with --dport "$side")" -eq 2 ]
	[ "$(count_with --dport "$side" --pid 141 --cipher aes-128-gcm --mode software --addr 127.0.0.1)" -eq 2 ]
	run -0 ctl_tree sockets sockets --mode device
	[ "$output" = 'no kernel TLS sockets' ]
}

@test "filters that make no sense are bad usage" {
	for words in '--port 0' '--sport 65536' '--dport x' '--dport -1' '--addr host' '--addr 1.2.3' '--pid 0' '--pid x' \
		'--mode fast' '--mode 0' '--cipher des' '--watch=0' '--watch=x'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr ctl_tree sockets sockets $words
		[ -z "$output" ]
	done
}

@test "ciphers and modes that are newer are numbers" {
	command -v perl >/dev/null || skip 'perl is not installed'
	copy_tree sockets
	patch_dump 02 33 63
	patch_dump 03 02 09
	run -0 ctl --sysroot "$tree" sockets
	has_text '  1.3  99                 9/software  ktls-pairs/141'
	run -0 ctl --sysroot "$tree" sockets --json
	has_line '      "cipher": 99,'
	has_line '      "tx": 9,'
	run -0 ctl --sysroot "$tree" sockets --cipher 99 --mode 9 --summary
	has_line '4 kernel TLS sockets'
}

@test "a list with a gap is called so" {
	copy_tree sockets
	truncate -s -30 "$tree/netlink/sock_diag"
	run -5 --separate-stderr ctl --sysroot "$tree" sockets
	[[ $stderr == 'ktlsctl: the list is not complete: '* ]]
	[[ $output == *aes-128-gcm* ]]
	run -5 ctl --sysroot "$tree" sockets --json
	has_line '  "complete": false,'
}

@test "a dump that was interrupted is called so" {
	command -v perl >/dev/null || skip 'perl is not installed'
	copy_tree sockets
	# NLM_F_DUMP_INTR in the last message, which is a header alone.
	perl -0777 -pi -e 'substr($_, -10, 1) = "\x12"' "$tree/netlink/sock_diag"
	run -5 --separate-stderr ctl --sysroot "$tree" sockets
	[[ $stderr == *'sockets came and went while it was made'* ]]
	has_text 'aes-128-gcm'
}

@test "nonsense instead of messages is not a list" {
	copy_tree sockets
	head -c 5000 /dev/urandom >"$tree/netlink/sock_diag"
	run --separate-stderr ctl --sysroot "$tree" sockets
	[ "$status" -eq 1 ] || [ "$status" -eq 5 ]
	[ -n "$stderr" ]
}

@test "none is not the same as not shown" {
	copy_tree sockets
	rm "$tree/netlink/sock_diag"
	sed -i 's/\t[0-9]*$/\t0/' "$tree/proc/net/tls_stat"
	run -0 ctl --sysroot "$tree" sockets
	[ "$output" = 'no kernel TLS sockets' ]
	rm "$tree/proc/net/tls_stat"
	run -3 --separate-stderr ctl --sysroot "$tree" sockets
	[ -z "$output" ]
	[[ $stderr == 'ktlsctl: no kernel TLS is loaded here'* ]]
	run -3 ctl --sysroot "$tree" sockets --json
	has_line '  "count": 0,'
}

@test "not shown before Linux 6.15 names the capability" {
	copy_tree sockets
	rm "$tree/netlink/sock_diag"
	echo 6.14.9 >"$tree/proc/sys/kernel/osrelease"
	unprivileged() {
		if [ "$(id -u)" -eq 0 ]; then
			chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
			setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" --sysroot "$tree" sockets "$@"
		else
			ctl --sysroot "$tree" sockets "$@"
		fi
	}
	[ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null || skip 'setpriv is not installed'
	run -4 --separate-stderr unprivileged
	[ -z "$output" ]
	[[ $stderr == *CAP_NET_ADMIN* ]]
	run -4 unprivileged --json
	has_line '  "sockets": null'
	echo 6.15.0 >"$tree/proc/sys/kernel/osrelease"
	run -0 unprivileged
	[ "$output" = 'no kernel TLS sockets' ]
}

@test "watching sockets shows a block each interval" {
	run -0 ctl_until INT 3 --sysroot "$ctl_trees/sockets" sockets --watch=500ms
	[ "$(grep -c '10 kernel TLS sockets$' <<<"$output")" -ge 2 ]
	has_text 'sending  receiving  process'
	has_text ' 0/s '
	[[ $output != *$'\033'* ]]
	run -0 ctl_until INT 3 --sysroot "$ctl_trees/sockets" sockets --watch=500ms --json
	[[ ${lines[0]} == '{"schema":1,"command":"sockets",'*'"sending":null,'* ]]
	[[ ${lines[1]} == '{"schema":1,"command":"sockets",'*'"sending":0,'* ]]
}

@test "watching on a terminal ends with q and gives it back" {
	command -v script >/dev/null || skip 'script is not installed'
	watch() {
		(sleep 2; printf q) | TERM=xterm timeout 20 script -qec \
			"stty rows 6 cols 60; '$ctl_bin' --sysroot '$ctl_trees/sockets' sockets -w; stty -a" /dev/null
	}
	command -v stty >/dev/null || skip 'stty is not installed'
	run -0 watch
	[[ $output == *$'\033[?1049h'*'10 kernel TLS sockets'*$'\033[?1049l'* ]]
	[[ ${output##*1049l} == *' icanon'*' echo '* ]]
	# What does not fit is left out: a head, the titles and four sockets.
	[ "$(grep -o '127.0.0.1:[0-9]* *127' <<<"$output" | wc -l)" -eq 4 ]
}
