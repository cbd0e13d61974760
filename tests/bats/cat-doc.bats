#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Help, manual page and completion of ktls-cat say the same, and bad usage is one line that points to the help.
# shellcheck disable=SC2154,SC2030,SC2031

load cat-helpers.bash
load doc-helpers.bash

cat_top=${KTLS_SOURCE_DIR:-$BATS_TEST_DIRNAME/../..}
man_page=$cat_top/man/ktls-cat.1
completion=$cat_top/completions/bash/ktls-cat

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

help_options() {
	"$cat_bin" --help | sed -nE '/^ +-/{s/^ +//;s/  .*//;p}' | long_options
}

help_short_options() {
	"$cat_bin" --help | grep -o -E '^ +-[^ -]' | tr -d ' ' | sort
}

@test "completion offers the options of the help" {
	need "$completion"
	# --json and --json= are two ways to use one option.
	diff <(complete_words --) <(help_options | sed 's/^--json$/&\n&=/')
	diff <(complete_words - | grep -v '^--') <(printf -- '-4\n-6\n')
}

@test "completion offers the values of the help" {
	need "$completion"
	for option in $("$cat_bin" --help | grep -oE -- '--[a-z-]+=[a-z0-9.]+\|[a-z0-9.|]+'); do
		echo "$option"
		values=$(tr '|' '\n' <<<"${option#*=}" | sort)
		[ "$(complete_words "${option%%=*}" = '')" = "$values" ]
		[ "$(complete_words "${option%%=*}" =)" = "$values" ]
		[ "$(complete_words "${option%%=*}" '')" = "$values" ]
	done
	[ "$(complete_words --ktls = au)" = auto ]
	[ "$(complete_words --starttls = xmpp)" = "$(printf 'xmpp\nxmpp-server')" ]
	# They are those that are known, and the help has them all.
	values=$(complete_words --starttls '')
	run -2 "$cat_bin" --starttls=x host:1
	diff <(sed 's/.* none of //; s/ (see .*//; s/, /\n/g' <<<"$output" | sort) <(echo "$values")
	diff <("$cat_bin" --help | tr -s '\n ' ' ' | sed 's/.* PROTOCOL: \([a-z0-9, -]*\) --starttls-name.*/\1/; s/, /\n/g' | sort) <(echo "$values")
	# Where readline does not split at "=".
	[ "$(complete_words --ktls=au)" = --ktls=auto ]
	[ -z "$(complete_words --wait '')" ]
}

@test "completion offers files and folders" {
	need "$completion"
	mkdir folder
	touch file
	for option in --cafile --cacert --cert --key --keylog --file --proxy-pass-file; do
		[ "$(complete_words "$option" f)" = "$(printf 'file\nfolder')" ]
		[ "$(complete_words "$option" = fil)" = file ]
	done
	[ "$(complete_words --json = fil)" = file ]
	[ "$(complete_words --capath f)" = folder ]
	complete_words --exec = gre | grep -qx grep
	complete_words -c gre | grep -qx grep
	# The value of --json is optional.
	[ -z "$(complete_words --json fil)" ]
	[ "$(complete_words host : 443 --verb)" = --verbose ]
}

@test "completion offers ciphers and groups that this libssl has" {
	need "$completion"
	[ "$(complete_words --ciphersuites = TLS_CHA)" = TLS_CHACHA20_POLY1305_SHA256 ]
	[ "$(complete_words --ciphersuites TLS_AES_128_GCM_SHA256 : TLS_CHA)" = TLS_CHACHA20_POLY1305_SHA256 ]
	[ "$(complete_words --ciphersuites TLS_AES_128_GCM_SHA256 : | grep -c .)" -eq 4 ]
	[ "$(complete_words --ciphers=X:ECDHE-ECDSA-AES256)" = --ciphers=X:ECDHE-ECDSA-AES256-GCM-SHA384 ]
	[ "$(complete_words --groups X25519 : P-25)" = P-256 ]
	# Each of them is taken.
	for option in --ciphers --ciphersuites --groups; do
		list=$(complete_words "$option" '' | paste -sd :)
		run -1 "$cat_bin" "$option" "$list" 127.0.0.1:1
		[[ $output == *'connection refused'* ]]
	done
}

@test "the manual page has the options of the help" {
	need "$man_page"
	diff <(man_options) <(help_options)
	diff <(man_section OPTIONS | sed -n '/^\.TP/{n;s/\\-/-/g;p}' | grep -oE '^\.BR? -[^-]' | sed 's/.* //' | sort) \
		<(help_short_options)
}

@test "the manual page has the values of the help" {
	need "$man_page"
	for option in $("$cat_bin" --help | grep -oE -- '--[a-z-]+=[a-z0-9.]+\|[a-z0-9.|]+'); do
		man_section OPTIONS | sed 's/\\-/-/g; s/ \([=|]\) /\1/g' | grep -qx -- "\.BR $option"
	done
}

@test "the manual page has the exit codes of the help" {
	need "$man_page"
	codes=$("$cat_bin" --help | sed -n '/^Exit status:/,$s/^  \([0-9][0-9+n]*\) .*/\1/p')
	[ "$(grep -c . <<<"$codes")" -eq 12 ]
	diff <(man_section 'EXIT STATUS' | sed -n '/^\.TP/{n;s/^\.B //p}') <(echo "$codes")
}

@test "the manual page is well-formed" {
	need "$man_page"
	need_program mandoc
	run -0 mandoc -T lint "$man_page"
	[ -z "$output" ]
}

@test "--help, --usage and --version speak on standard output" {
	for option in --help '-?' --usage --version -V; do
		run -0 --separate-stderr "$cat_bin" "$option"
		[ -n "$output" ]
		[ -z "$stderr" ]
	done
	run -0 "$cat_bin" --help
	[ "$(awk '{ if (length > max) max = length } END { print max }' <<<"$output")" -le 80 ]
}

@test "--help to a full disk is a failure" {
	for option in --help --usage --version; do
		code=0
		"$cat_bin" "$option" >/dev/full 2>err || code=$?
		[ "$code" -eq 1 ]
		grep -q '^ktls-cat: standard output: No space left' err
		code=0
		"$cat_bin" "$option" >&- 2>err || code=$?
		[ "$code" -eq 1 ]
		[ "$(grep -c '' err)" -eq 1 ]
	done
}

# bad_usage PATTERN ARGUMENT...
bad_usage() {
	local pattern=$1
	shift
	run -2 --separate-stderr "$cat_bin" "$@"
	[ -z "$output" ]
	# shellcheck disable=SC2154 # run sets it
	if [ "${#stderr_lines[@]}" -ne 1 ] || [[ $stderr != "ktls-cat: "*' (see ktls-cat --help)' ]] ||
		! grep -qE -- "$pattern" <<<"$stderr"; then
		echo "$stderr"
		return 1
	fi
}

@test "unknown options point to the help" {
	bad_usage 'unknown option --no-such-option' --no-such-option
	bad_usage 'unknown option --no-such' --no-such=value localhost:1
	bad_usage 'unknown option -x' -x
	bad_usage 'unknown option -x' -vx localhost:1
	bad_usage 'option --k is ambiguous' --k localhost:1
	bad_usage 'option --verbose takes no argument' --verbose=1 localhost:1
	for option in $(help_options | grep '='); do
		bad_usage "option ${option%=} needs an argument" localhost:1 "${option%=}"
	done
	bad_usage 'option -w needs an argument' localhost:1 -w
}

@test "bad addresses point to the help" {
	bad_usage 'no host to connect to'
	bad_usage 'no port to listen on' -l --cert x
	bad_usage 'too many arguments' a 1 2
	bad_usage "no port: write localhost:PORT" localhost
	bad_usage 'the port is empty' localhost:
	bad_usage 'the host is empty' :443
	bad_usage 'port 65536 is above 65535' localhost:65536
	bad_usage 'port 0 is for listening only' localhost:0
	bad_usage "'-1' is no port number" localhost:-1
	bad_usage 'write an IPv6 address in brackets' ::1:443
	bad_usage 'the bracket is not closed' '[::1:443'
	bad_usage "':port' must follow the bracket" '[::1]443'
	bad_usage 'not a URL' https://localhost/
	bad_usage 'two ports' localhost:1 2
	bad_usage 'is no host name' 'a b:1'
	bad_usage 'is longer than' "$(head -c 300 /dev/zero | tr '\0' a):1"
}
