#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Completion of zsh and fish, asked of the shells themselves. The suites of the programs have most of that of bash.
# shellcheck disable=SC2034,SC2154

load ctl-helpers.bash
load doc-helpers.bash

folder=$ctl_top/completions

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	# The completions call the programs by their names.
	[ -z "${KTLS_BUILD_DIR-}" ] || PATH=$KTLS_BUILD_DIR:$PATH
	export KTLS_ZSH_DUMP=$BATS_FILE_TMPDIR/zsh-dump
	inside=()
}

# see_at FOLDER PLACE: has offered() see FOLDER in PLACE.
see_at() {
	local user=(--user --map-root-user)
	[ "$(id -u)" -ne 0 ] || user=()
	# shellcheck disable=SC2016 # for the shell inside
	inside=(unshare "${user[@]}" --mount bash -ec 'mount --bind "$1" "$2"; shift 2; "$@"' bash "$1" "$2")
	"${inside[@]}" true || skip 'this user may not mount'
}

# described SHELL LINE: what is offered for the last word of LINE, and behind a tab its description. my-alias is completed like ktlsctl.
described() {
	local -a words
	case $1 in
	bash)
		# As readline has them: a quoted blank is a part of its word, with the quote.
		read -ra words <<<"${2//\\ /$'\1'}"
		words=("${words[@]//$'\1'/\\ }")
		[[ $2 != *' ' ]] || words+=('')
		completion=$folder/bash/${words[0]##*/}
		[ "${words[0]}" != my-alias ] || completion=$folder/bash/ktlsctl
		typed=${words[0]} complete_words "${words[@]:1}"
		;;
	zsh) "${inside[@]}" "$ctl_top/tests/bats/zsh-complete" "$folder/zsh" "$2" ;;
	fish)
		# shellcheck disable=SC2016 # for fish
		"${inside[@]}" fish --no-config -c 'set -p fish_function_path $argv[1]/functions
			source $argv[1]/ktlsctl.fish; source $argv[1]/ktls-cat.fish; source $argv[1]/ktls-bench.fish
			complete -c my-alias -w ktlsctl; complete -C $argv[2]' "$folder/fish" "$2"
		;;
	esac
}

# offered SHELL LINE: the same without descriptions, sorted.
offered() {
	described "$@" | cut -f 1 | sort -u
}

need_shell() {
	need "$folder/$1"
	need_program "$1"
}

# offers_help SHELL PROGRAM [COMMAND]: every long option of the help, and no other.
offers_help() {
	local shell=$1
	shift
	echo "$*"
	diff <(offered "$shell" "$* --" | sed 's/=$//' | sort) <("$@" --help | sed -nE '/^ +-/{s/^ +//;s/   .*//;p}' | long_options | sed 's/=$//' | sort -u)
}

# help_words NAME PROGRAM [COMMAND]: what the help says of this option or command, its first line.
help_words() {
	"${@:2}" --help | sed -nE -e 's/^(  [a-z]+ +)(\[[^ ]*|[A-Z]+) /\1/' \
		-e "/^ +(-., )?$1[ =]/{s/^ +(-., )?$1[^ ]*(, [^ ]+)? *//;/./!{n;s/^ *//};p;q}"
}

# The whole description has the other lines of the help, too.
check_descriptions() {
	local shell=$1 what words
	while read -ra what; do
		words=$(help_words "${what[-1]}" "${what[@]::${#what[@]}-1}")
		echo "${what[*]}: $words"
		[[ $words == *' '* ]]
		[[ "$(described "$shell" "${what[*]}" | cut -f 2) " == "$words "* ]]
	done <<-END
		ktlsctl doctor
		ktlsctl config
		ktlsctl --netns
		ktlsctl probe --full
		ktls-cat --insecure
		ktls-cat --cafile
		ktls-cat --ktls-rx
		ktls-bench --verify-data
		ktls-bench --reverse
	END
}

check_commands() {
	local shell=$1 command commands
	commands=$(ctl help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)
	[ "$(offered "$shell" 'ktlsctl ' | grep -v '^-')" = "$commands" ]
	[ "$(offered "$shell" 'ktlsctl help ')" = "$commands" ]
	[ "$(offered "$shell" 'ktlsctl -n x pro')" = probe ]
	# Behind options that are ktlsctl's own, too.
	[ "$(offered "$shell" 'ktlsctl --json pro')" = probe ]
	[ "$(offered "$shell" 'ktlsctl probe --json --lo')" = --load ]
	[ "$(offered "$shell" 'ktlsctl -j probe -n x --color=auto --lo')" = --load ]
	[ "$(offered "$shell" 'ktlsctl config --json ro')" = rollback ]
	offers_help "$shell" ktlsctl
	for command in $commands; do
		[ "$command" = help ] || offers_help "$shell" ktlsctl "$command"
	done
	[ "$(offered "$shell" 'ktls-bench ' | grep -v '^-')" = "$(ktls-bench --help | sed -nE '1,2s/.*\[([a-z|]*)\]$/\1/p' | tr '|' '\n' | sort)" ]
	offers_help "$shell" ktls-bench
	offers_help "$shell" ktls-cat
}

check_values() {
	local shell=$1
	[ "$(offered "$shell" 'ktlsctl sockets --mode s')" = software ]
	[ "$(offered "$shell" 'ktlsctl sockets --mode=s')" = --mode=software ]
	[ "$(offered "$shell" 'ktlsctl nic lo --tx ' | tr '\n' ' ')" = 'off on ' ]
	[ "$(offered "$shell" 'ktlsctl config ' | tr '\n' ' ')" = 'apply check diff rollback show ' ]
	[ "$(offered "$shell" 'ktlsctl probe --tls ' | tr '\n' ' ')" = '1.2 1.3 ' ]
	[ "$(offered "$shell" 'ktls-bench --cipher ' | tr '\n' ' ')" = 'aes-128-ccm aes-128-gcm aes-256-gcm chacha20-poly1305 ' ]
	[ "$(offered "$shell" 'ktls-cat --ktls-tx ' | tr '\n' ' ')" = 'auto off on ' ]
	[ "$(offered "$shell" 'ktls-cat --starttls ')" = "$(offered bash 'ktls-cat --starttls ')" ]
	[ "$(offered "$shell" 'ktls-cat --starttls=ld')" = --starttls=ldap ]
}

# paths SHELL LINE: what is offered, without the slash that some have behind a folder.
paths() {
	offered "$@" | sed 's,/$,,' | tr '\n' ' '
}

check_files() {
	local shell=$1 option
	mkdir here-folder
	touch here-file
	for option in 'ktls-cat --cafile' 'ktls-cat --cacert' 'ktls-cat --cert' 'ktls-cat --key' 'ktls-cat --file' 'ktls-cat --proxy-pass-file' \
		'ktls-bench --baseline' 'ktls-bench --csv' 'ktlsctl doctor --defects' 'ktlsctl config --file' 'ktlsctl config -f' \
		'ktlsctl stats --output' 'ktlsctl stats -o'; do
		echo "$option"
		[ "$(paths "$shell" "$option he")" = 'here-file here-folder ' ]
	done
	[ "$(paths "$shell" 'ktls-cat --capath he')" = 'here-folder ' ]
	[ "$(paths "$shell" 'ktls-cat --capath=he')" = '--capath=here-folder ' ]
	[ "$(paths "$shell" 'ktls-cat --json=here-fi')" = '--json=here-file ' ]
}

# What bash offers is in the suite of ktls-cat: names that libssl has and libktls carries.
check_ciphers() {
	local shell=$1 option
	local -a all
	for option in --ciphers --ciphersuites --groups; do
		mapfile -t all < <(offered bash "ktls-cat $option ")
		[ "${#all[@]}" -ge 4 ]
		diff <(offered "$shell" "ktls-cat $option ") <(printf '%s\n' "${all[@]}")
		# Of a list, the last name.
		diff <(offered "$shell" "ktls-cat $option X:Y:") <(printf 'X:Y:%s\n' "${all[@]}")
		diff <(offered "$shell" "ktls-cat $option=X:") <(printf -- "$option=X:%s\n" "${all[@]}")
	done
	[ "$(offered "$shell" 'ktls-cat --ciphersuites TLS_CHA')" = TLS_CHACHA20_POLY1305_SHA256 ]
	[ "$(offered "$shell" 'ktls-cat --ciphers=X:ECDHE-ECDSA-AES256')" = --ciphers=X:ECDHE-ECDSA-AES256-GCM-SHA384 ]
}

# The kernel keeps a file among its devices where bonding is loaded.
check_devices() {
	mkdir -p there/dummy7 net
	ln -s "$PWD/there/dummy7" net
	touch net/bonding_masters
	see_at net /sys/class/net
	[ "$(offered "$1" 'ktlsctl nic ' | grep -v '^-')" = dummy7 ]
	rm net/dummy7
	[ "$(offered "$1" 'ktlsctl nic ' | grep -cv '^-')" -eq 0 ]
}

# make_mine FOLDER: programs in it that differ from the others, wherever they have any of these words.
make_mine() {
	local name real
	mkdir -p "$1"
	for name in ktlsctl ktls-cat ktls-bench; do
		real=$(type -P "$name")
		cat >"$1/$name" <<-END
			#!/bin/sh
			'$real' "\$@" | sed 's/aes-128-ccm/cipher-of-mine/; s/^  version  /  verbatim /; s/--\(full\|insecure\|reverse\) /--mine /'
		END
		chmod +x "$1/$name"
	done
}

check_program() {
	local shell=$1 at
	make_mine 'my bin'
	make_mine bin
	# shellcheck disable=SC2088 # as it is typed
	for at in ./bin bin "$PWD/bin" '~/bin' './my\ bin' '~/my\ bin'; do
		echo "$at"
		[ "$(HOME=$PWD offered "$shell" "$at/ktlsctl sockets --cipher ciph")" = cipher-of-mine ]
		# The options and commands of bash are tables.
		[ "$shell" != bash ] || continue
		[ "$(HOME=$PWD offered "$shell" "$at/ktlsctl verb")" = verbatim ]
		[ "$(HOME=$PWD offered "$shell" "$at/ktlsctl help verb")" = verbatim ]
		[ "$(HOME=$PWD offered "$shell" "$at/ktlsctl probe --mi")" = --mine ]
		[ "$(HOME=$PWD offered "$shell" "$at/ktls-cat --mi")" = --mine ]
		[ "$(HOME=$PWD offered "$shell" "$at/ktls-bench --mi")" = --mine ]
	done
	# By name it is still the other, and an alias leads to that.
	[ -z "$(offered "$shell" 'ktlsctl sockets --cipher ciph')" ]
	[ "$(offered "$shell" 'ktlsctl sockets --cipher aes-128-c')" = aes-128-ccm ]
	[ "$(offered "$shell" 'my-alias sockets --cipher aes-128-c')" = aes-128-ccm ]
}

# With the PATH that people without rights often have.
check_sbin() {
	make_mine sbin
	see_at sbin /usr/local/sbin
	PATH=/usr/bin:/bin
	[ "$(offered "$1" 'ktlsctl sockets --cipher ciph')" = cipher-of-mine ]
}

check_absent() {
	local shell=$1 line
	local -a lines=('sockets --cipher ')
	[ "$shell" = bash ] || lines+=('' 'sockets --cipher=' - pro 'help ' 'nic ' 'config ' 'probe --')
	for line in "${lines[@]/#/./nowhere/ktlsctl }"; do
		echo "$line"
		run -0 --separate-stderr offered "$shell" "$line"
		[ -z "$output$stderr" ]
	done
}

check_live() {
	local shell=$1
	diff <(offered "$shell" 'ktlsctl nic ') <(cd /sys/class/net && printf '%s\n' */ | tr -d / | sort)
	diff <(offered "$shell" 'ktlsctl sockets --cipher aes-') <(ctl ciphers --json | sed -n 's/^ *"id": "\(aes-.*\)",$/\1/p' | sort)
	offered "$shell" 'ktlsctl doctor --pid ' | grep -qx "$$"
	[ ! -d /run/netns ] || diff <(offered "$shell" 'ktlsctl --netns ') <(cd /run/netns && ls | sort)
}

@test "a shell that is not installed fails the tests where none may be skipped" {
	without_shells() {
		local PATH=/nowhere
		need_shell "$1"
	}
	for shell in zsh fish; do
		KTLS_VM_STRICT=1 run -1 without_shells "$shell"
		[ "$output" = "$shell is not installed" ]
	done
}

@test "what bootstrap installs for the tests has the shells" {
	need "$ctl_top/packaging/debian-check.list"
	[ "$(grep -cxE 'zsh|fish' "$ctl_top/packaging/debian-check.list")" -eq 2 ]
}

@test "bash: files, or only folders" {
	need_shell bash
	check_files bash
}

@test "bash: what is no network device is not offered" {
	need_shell bash
	check_devices bash
}

@test "zsh: commands and options are those of the help" {
	need_shell zsh
	check_commands zsh
}

@test "zsh: descriptions are those of the help" {
	need_shell zsh
	check_descriptions zsh
}

@test "zsh: values" {
	need_shell zsh
	check_values zsh
}

@test "zsh: files, or only folders" {
	need_shell zsh
	check_files zsh
}

@test "zsh: what is no network device is not offered" {
	need_shell zsh
	check_devices zsh
}

@test "zsh: ciphers of ktls-cat, also in a list" {
	need_shell zsh
	check_ciphers zsh
}

@test "zsh: devices, ciphers, processes and namespaces are those there are" {
	need_shell zsh
	check_live zsh
}

@test "fish: commands and options are those of the help" {
	need_shell fish
	check_commands fish
}

@test "fish: descriptions are those of the help" {
	need_shell fish
	check_descriptions fish
}

@test "fish: values" {
	need_shell fish
	check_values fish
}

@test "fish: files, or only folders" {
	need_shell fish
	check_files fish
}

@test "fish: what is no network device is not offered" {
	need_shell fish
	check_devices fish
}

@test "fish: ciphers of ktls-cat, also in a list" {
	need_shell fish
	check_ciphers fish
}

@test "fish: devices, ciphers, processes and namespaces are those there are" {
	need_shell fish
	check_live fish
}

@test "bash: the program that was typed is asked" {
	need_shell bash
	check_program bash
}

@test "bash: a program in sbin is found without sbin in PATH" {
	need_shell bash
	check_sbin bash
}

@test "bash: nothing is offered and nothing said for a program that is not there" {
	need_shell bash
	check_absent bash
}

@test "zsh: the program that was typed is asked" {
	need_shell zsh
	check_program zsh
}

@test "zsh: a program in sbin is found without sbin in PATH" {
	need_shell zsh
	check_sbin zsh
}

@test "zsh: nothing is offered and nothing said for a program that is not there" {
	need_shell zsh
	check_absent zsh
}

@test "fish: the program that was typed is asked" {
	need_shell fish
	check_program fish
}

@test "fish: a program in sbin is found without sbin in PATH" {
	need_shell fish
	check_sbin fish
}

@test "fish: nothing is offered and nothing said for a program that is not there" {
	need_shell fish
	check_absent fish
}
