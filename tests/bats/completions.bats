#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Completion of zsh and fish, asked of the shells themselves. The suites of the two programs have that of bash.
# shellcheck disable=SC2154

load ctl-helpers.bash
load doc-helpers.bash

folder=$ctl_top/completions

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	# The completions call the programs by their names.
	[ -z "${KTLS_BUILD_DIR-}" ] || PATH=$KTLS_BUILD_DIR:$PATH
}

# offered SHELL LINE: what is offered for the last word of LINE, sorted, without descriptions.
offered() {
	case $1 in
	zsh) "$ctl_top/tests/bats/zsh-complete" "$folder/zsh" "$2" ;;
	fish)
		# shellcheck disable=SC2016 # for fish
		fish --no-config -c 'set -p fish_function_path $argv[1]/functions
			source $argv[1]/ktlsctl.fish; source $argv[1]/ktls-cat.fish; source $argv[1]/ktls-bench.fish; complete -C $argv[2]' "$folder/fish" "$2" | cut -f 1
		;;
	esac | sort -u
}

need_shell() {
	need "$folder/$1"
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# offers_help SHELL PROGRAM [COMMAND]: every long option of the help, and no other.
offers_help() {
	local shell=$1
	shift
	echo "$*"
	diff <(offered "$shell" "$* --" | sed 's/=$//' | sort) <("$@" --help | sed -nE '/^ +-/{s/^ +//;s/   .*//;p}' | long_options | sed 's/=$//' | sort -u)
}

check_commands() {
	local shell=$1 command commands
	commands=$(ctl help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)
	[ "$(offered "$shell" 'ktlsctl ' | grep -v '^-')" = "$commands" ]
	[ "$(offered "$shell" 'ktlsctl help ')" = "$commands" ]
	[ "$(offered "$shell" 'ktlsctl -n x pro')" = probe ]
	offers_help "$shell" ktlsctl
	for command in $commands; do
		[ "$command" = help ] || offers_help "$shell" ktlsctl "$command"
	done
	[ "$(offered "$shell" 'ktls-bench ' | grep -v '^-')" = "$(ktls-bench --help | sed -nE '1s/.*\[([a-z|]*)\]$/\1/p' | tr '|' '\n' | sort)" ]
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
	[ "$(offered "$shell" 'ktls-cat --ktls-tx ' | tr '\n' ' ')" = 'auto off on ' ]
	touch file-of-mine
	[ "$(offered "$shell" 'ktls-cat --cafile file-of')" = file-of-mine ]
}

check_live() {
	local shell=$1
	diff <(offered "$shell" 'ktlsctl nic ') <(cd /sys/class/net && printf '%s\n' * | sort)
	diff <(offered "$shell" 'ktlsctl sockets --cipher aes-') <(ctl ciphers --json | sed -n 's/^ *"id": "\(aes-.*\)",$/\1/p' | sort)
	offered "$shell" 'ktlsctl doctor --pid ' | grep -qx "$$"
	[ ! -d /run/netns ] || diff <(offered "$shell" 'ktlsctl --netns ') <(cd /run/netns && ls | sort)
}

@test "zsh: commands and options are those of the help" {
	need_shell zsh
	check_commands zsh
}

@test "zsh: values" {
	need_shell zsh
	check_values zsh
}

@test "zsh: devices, ciphers, processes and namespaces are those there are" {
	need_shell zsh
	check_live zsh
}

@test "fish: commands and options are those of the help" {
	need_shell fish
	check_commands fish
}

@test "fish: values" {
	need_shell fish
	check_values fish
}

@test "fish: devices, ciphers, processes and namespaces are those there are" {
	need_shell fish
	check_live fish
}
