#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl stats: on recorded systems.
# shellcheck disable=SC2154

load ctl-helpers.bash

setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 0700 "$XDG_RUNTIME_DIR"
	kept=$XDG_RUNTIME_DIR/ktlsctl-$(id -u)
}

# set_counter NAME VALUE: in $tree.
set_counter() {
	sed -i "s/^\($1 *\t\).*/\1$2/" "$tree/proc/net/tls_stat"
}

@test "stats shows every counter with its meaning" {
	run -0 ctl_tree loaded-7 stats
	[ "${#lines[@]}" -eq 18 ]
	has_line 'counter              value  meaning'
	has_line 'TlsTxSw               1204  sessions ever for sending, in software'
	has_line 'TlsTxDevice              0  sessions ever for sending, by a network card'
}

@test "counters that this version does not know pass through stats" {
	copy_tree loaded-7
	printf 'TlsCurrFuture\t42\nTlsFromTheFuture\t43\n' >>"$tree/proc/net/tls_stat"
	run -0 ctl --sysroot "$tree" stats
	has_line 'TlsFromTheFuture        43'
	run -0 ctl --sysroot "$tree" stats --json
	has_line '    "TlsFromTheFuture": 43'
	run -0 ctl --sysroot "$tree" stats --prometheus
	has_line '# HELP ktls_from_the_future_total TlsFromTheFuture of /proc/net/tls_stat.'
	has_line 'ktls_from_the_future_total 43'
	has_line 'ktls_curr_future 42'
}

@test "stats without kernel TLS is unavailable in every form" {
	run -3 --separate-stderr ctl_tree loadable stats
	[ -z "$output" ]
	[[ $stderr == 'ktlsctl: no kernel TLS is loaded here'* ]]
	run -3 --separate-stderr ctl_tree loadable stats --json
	has_line '  "counters": null,'
	run -3 --separate-stderr ctl_tree loadable stats --prometheus
	has_line 'ktls_available 0'
	check_prometheus <<<"$output"
	run -3 ctl_tree loadable stats --delta
	run -3 ctl_tree loadable stats --reset-baseline
	run -3 ctl_tree loadable stats --watch 1
	[ ! -e "$kept" ] || [ -z "$(ls "$kept")" ]
}

# --- changes ---------------------------------------------------------------

@test "delta counts from the last call" {
	copy_tree loaded-7
	run -0 ctl --sysroot "$tree" stats --delta
	[[ ${lines[0]} == 'no earlier values are kept'* ]]
	has_line 'TlsTxSw               1204       ?  sessions ever for sending, in software'
	set_counter TlsTxSw 1210
	set_counter TlsCurrTxSw 1
	run -0 ctl --sysroot "$tree" stats --delta
	[[ ${lines[0]} == 'since the last call, '* ]]
	has_line 'TlsTxSw               1210      +6  sessions ever for sending, in software'
	has_line 'TlsCurrTxSw              1      -2  sockets sending now, in software'
	run -0 ctl --sysroot "$tree" stats --delta
	has_line 'TlsTxSw               1210       0  sessions ever for sending, in software'
}

@test "a baseline is set without a word, and plain calls leave it alone" {
	copy_tree loaded-7
	run -0 ctl --sysroot "$tree" stats --reset-baseline
	[ -z "$output" ]
	set_counter TlsRxSw 1190
	run -0 ctl --sysroot "$tree" stats
	run -0 ctl --sysroot "$tree" stats --delta --json
	[ "$(sed -n '/"delta"/,/}/s/.*"TlsRxSw": //p' <<<"$output")" = 3, ]
}

@test "counters that began anew changed by what they are" {
	copy_tree loaded-7
	ctl --sysroot "$tree" stats --reset-baseline
	set_counter TlsTxSw 5
	run -0 ctl --sysroot "$tree" stats --delta
	has_line 'TlsTxSw                  5      +5  sessions ever for sending, in software'
}

@test "values of an earlier boot, and nonsense, are no values" {
	copy_tree loaded-7
	ctl --sysroot "$tree" stats --reset-baseline
	sed -i 's/^boot .*/boot 0123-4567/' "$kept"/stats-*
	run -0 ctl --sysroot "$tree" stats --delta
	[[ ${lines[0]} == 'no earlier values are kept'* ]]
	head -c 300 /dev/zero >"$(echo "$kept"/stats-*)"
	run -0 ctl --sysroot "$tree" stats --delta
	[[ ${lines[0]} == 'no earlier values are kept'* ]]
	run -0 ctl --sysroot "$tree" stats --delta
	[[ ${lines[0]} == 'since the last call, '* ]]
}

@test "each system has values of its own" {
	ctl_tree loaded-7 stats --reset-baseline
	run -0 ctl_tree loaded-6.1 stats --delta
	[[ ${lines[0]} == 'no earlier values are kept'* ]]
	[ "$(find "$kept" -type f | wc -l)" -eq 2 ]
}

@test "a link in the place of kept values is not followed" {
	ctl_tree loaded-7 stats --reset-baseline
	file=$(echo "$kept"/stats-*)
	echo mine >"$BATS_TEST_TMPDIR/target"
	ln -sf "$BATS_TEST_TMPDIR/target" "$file"
	run -4 --separate-stderr ctl_tree loaded-7 stats --delta
	[[ $stderr == "ktlsctl: $file: "* ]]
	run -4 ctl_tree loaded-7 stats --reset-baseline
	[ "$(cat "$BATS_TEST_TMPDIR/target")" = mine ]
}

@test "a folder that others can write to, or that is a link, is not used" {
	mkdir "$kept"
	chmod 0777 "$kept"
	run -4 --separate-stderr ctl_tree loaded-7 stats --delta
	[[ $stderr == "ktlsctl: $kept"* ]]
	[ -z "$(ls "$kept")" ]
	rmdir "$kept"
	mkdir -m 0700 "$BATS_TEST_TMPDIR/elsewhere"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$kept"
	run -4 ctl_tree loaded-7 stats --delta
	[ -z "$(ls "$BATS_TEST_TMPDIR/elsewhere")" ]
}

@test "a folder of somebody else is not used" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can give a folder away'
	mkdir -m 0700 "$kept"
	chown 65534 "$kept"
	run -4 ctl_tree loaded-7 stats --delta
}

# --- Prometheus ------------------------------------------------------------

@test "Prometheus gets gauges and counters, each with HELP and TYPE" {
	run -0 ctl_tree loaded-7 stats --prometheus
	check_prometheus <<<"$output"
	has_line '# TYPE ktls_curr_tx_sw gauge'
	has_line 'ktls_curr_tx_sw 3'
	has_line '# HELP ktls_rx_no_pad_violation_total TlsRxNoPadViolation: padded data from a peer trusted not to pad.'
	has_line 'ktls_tx_sw_total 1204'
	has_line 'ktls_available 1'
	[ "$(grep -c '^# TYPE' <<<"$output")" -eq 18 ]
}

@test "promtool finds nothing wrong" {
	command -v promtool >/dev/null || skip 'promtool is not installed'
	ctl_tree loaded-7 stats --prometheus | promtool check metrics
}

@test "metrics take another prefix, if it is one" {
	run -0 ctl_tree loaded-7 stats --prometheus --prom-prefix=node_ktls_
	check_prometheus <<<"$output"
	has_line 'node_ktls_tx_sw_total 1204'
	for prefix in 9a 'a b' 'a-' $'a\n'; do
		run -2 ctl_tree loaded-7 stats --prometheus --prom-prefix "$prefix"
	done
}

@test "what makes no number makes no sample, and no name comes twice" {
	copy_tree loaded-7
	set_counter TlsTxSw 18446744073709551615
	printf 'Tls_RxSw\t1\nTlsAvailable\t7\n' >>"$tree/proc/net/tls_stat"
	run -0 ctl --sysroot "$tree" stats --prometheus
	check_prometheus <<<"$output"
	[[ $output != *ktls_tx_sw_total* ]]
}

# --- files -----------------------------------------------------------------

@test "a file is replaced as a whole, readable for all" {
	echo old >"$BATS_TEST_TMPDIR/ktls.prom"
	ln "$BATS_TEST_TMPDIR/ktls.prom" "$BATS_TEST_TMPDIR/reader"
	umask 077
	run -0 ctl_tree loaded-7 stats --prometheus --output "$BATS_TEST_TMPDIR/ktls.prom"
	[ -z "$output" ]
	check_prometheus <"$BATS_TEST_TMPDIR/ktls.prom"
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/ktls.prom")" = 644 ]
	[ "$(cat "$BATS_TEST_TMPDIR/reader")" = old ]
	[ "$(find "$BATS_TEST_TMPDIR" -name '*prom*')" = "$BATS_TEST_TMPDIR/ktls.prom" ]
}

@test "text and JSON go to a file, too" {
	cd "$BATS_TEST_TMPDIR"
	run -0 ctl_tree loaded-7 stats --output text
	diff text <(ctl_tree loaded-7 stats)
	run -0 ctl_tree loaded-7 stats --json -o json
	grep -q '"TlsTxSw": 1204' json
}

@test "what is no regular file stays what it is" {
	ln -s /nowhere "$BATS_TEST_TMPDIR/link"
	for file in /dev/null "$BATS_TEST_TMPDIR/link"; do
		run -1 --separate-stderr ctl_tree loaded-7 stats --output "$file"
		[ "$stderr" = "ktlsctl: $file: is not a regular file" ]
	done
	[ -c /dev/null ]
	[ -L "$BATS_TEST_TMPDIR/link" ]
	run -1 --separate-stderr ctl_tree loaded-7 stats --output "$BATS_TEST_TMPDIR/no/file"
	[ "$stderr" = "ktlsctl: $BATS_TEST_TMPDIR/no/file: No such file or directory" ]
}

@test "without kernel TLS the file says so, and text leaves it as it is" {
	echo old >"$BATS_TEST_TMPDIR/file"
	run -3 ctl_tree loadable stats --output "$BATS_TEST_TMPDIR/file"
	[ "$(cat "$BATS_TEST_TMPDIR/file")" = old ]
	run -3 ctl_tree loadable stats --prometheus --output "$BATS_TEST_TMPDIR/file"
	grep -qx 'ktls_available 0' "$BATS_TEST_TMPDIR/file"
}

# --- watch -----------------------------------------------------------------

@test "watch shows a block each interval, and ends well on SIGINT" {
	copy_tree loaded-7
	run -0 ctl_until INT 3 --sysroot "$tree" stats --watch=300ms
	has_line 'counter              value  per second  meaning'
	has_line 'TlsTxSw               1204           ?  sessions ever for sending, in software'
	has_line 'TlsTxSw               1204         0.0  sessions ever for sending, in software'
	[[ $output != *$'\033'* ]]
}

@test "watch in JSON is one document a line" {
	run -0 ctl_until TERM 3 --sysroot "$ctl_trees/loaded-7" stats -w 300ms --json
	[ "${#lines[@]}" -ge 2 ]
	[[ ${lines[0]} == '{"schema":1,"command":"stats","time":'*'"delta":null,"seconds":null}' ]]
	[[ ${lines[1]} == '{'*'"delta":{"TlsCurrTxSw":0,'*'}' ]]
}

@test "watch on a terminal gives it back" {
	command -v script >/dev/null || skip 'script is not installed'
	run -0 env TERM=xterm timeout 20 script -qec \
		"timeout --foreground --preserve-status -s INT 2 '$ctl_bin' --sysroot '$ctl_trees/loaded-7' stats -w 300ms" /dev/null
	[[ $output == $'\033[?1049h'* ]]
	[[ $output == *$'\033[?1049l' ]]
}

@test "watch says when the kernel's TLS is gone" {
	copy_tree loaded-7
	(sleep 1; rm "$tree/proc/net/tls_stat") &
	run -3 timeout 20 "$ctl_bin" --sysroot "$tree" stats -w 200ms
	has_text 'no kernel TLS is loaded here'
}

@test "what does not go together is bad usage" {
	for words in '--delta --reset-baseline' '-w1 --delta' '-w1 -o x' '-w1 --prometheus' '--prometheus --json' \
		'--prom-prefix=a' '--watch=0' '--watch=x' '--reset-baseline --json'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr ctl_tree loaded-7 stats $words
		[ -z "$output" ]
	done
}
