#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Help, manual page and completion of ktlsctl say the same, and bad usage is bad usage everywhere.
# shellcheck disable=SC2154

load ctl-helpers.bash
load doc-helpers.bash

man_page=$ctl_top/man/ktlsctl.8
completion=$ctl_top/completions/bash/ktlsctl

# Names in the list of commands.
help_commands() {
	ctl help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort
}

# help_options [COMMAND]: long options, with "=" where they take a value.
help_options() {
	ctl "$@" --help | long_options
}

@test "completion offers the commands of the help" {
	need "$completion"
	[ "$(complete_words '' | grep -v '^-')" = "$(help_commands)" ]
	[ "$(complete_words help '')" = "$(help_commands)" ]
	[ "$(complete_words pro)" = probe ]
}

@test "completion offers the options of each command's help" {
	need "$completion"
	[ "$(complete_words --)" = "$(help_options)" ]
	for command in $(help_commands); do
		[ "$command" != help ] || continue
		echo "$command"
		diff <(complete_words "$command" --) <(help_options "$command")
	done
}

@test "completion finds the command behind options, and the colours" {
	need "$completion"
	[ "$(complete_words --json pro)" = probe ]
	[ "$(complete_words --color = always probe --l)" = --load ]
	[ "$(complete_words -n status prob)" = probe ]
	[ "$(complete_words --netns = status prob)" = probe ]
	[ "$(complete_words --color = a)" = "$(printf 'always\nauto')" ]
	[ "$(complete_words --color n)" = never ]
}

@test "the manual page has the commands of the help" {
	need "$man_page"
	diff <(man_section COMMANDS | sed -n '/^\.TP/{n;s/^\.B \([a-z]*\)$/\1/p}' | sort) <(help_commands)
}

@test "the manual page has the options of all commands' help" {
	need "$man_page"
	diff <(man_options) \
		<(for command in '' $(help_commands); do
			# shellcheck disable=SC2086 # '' is no command
			help_options $command
		done | sort -u)
}

@test "the manual page has the exit codes" {
	need "$man_page"
	[ "$(man_section 'EXIT STATUS' | sed -n 's/^\.B \([0-9]\)$/\1/p' | tr '\n' ' ')" = '0 1 2 3 4 5 ' ]
}

@test "the manual page has every key of the JSON documents" {
	need "$man_page"
	man_has_keys < <(ctl_tree loaded-7 status --json; ctl ciphers --json; ctl_tree loadable enable --persist --dry-run --json; ctl nic lo --json
		ctl config show --json --file "$ctl_top/data/ktls.conf"; ctl_tree loaded-7 doctor --json; ctl probe --json; ctl version --json
		ctl_tree loaded-7 stats --json; ctl_tree sockets sockets --json; ctl_tree sockets sockets --summary --json)
}

@test "the manual page is well-formed" {
	need "$man_page"
	need_program mandoc
	run -0 mandoc -Tlint "$man_page"
	[ -z "$output" ]
}

@test "help is --help, to standard output" {
	run -0 --separate-stderr ctl help
	[ -z "$stderr" ]
	help=$output
	run -0 ctl --help
	[ "$output" = "$help" ]
	for command in $(help_commands); do
		run -0 --separate-stderr ctl help "$command"
		[ -z "$stderr" ]
		help=$output
		run -0 ctl "$command" --help
		[ "$output" = "$help" ]
		has_text "Usage: ktlsctl $command "
	done
}

@test "unknown options fail in the same way everywhere" {
	for command in '' $(help_commands); do
		# shellcheck disable=SC2086 # '' is no command
		run -2 --separate-stderr ctl $command --no-such-option
		[ -z "$output" ]
		[[ $stderr == *"unrecognized option '--no-such-option'"* ]]
		[[ $stderr == *"ktlsctl${command:+ $command} --help"* ]]
	done
}

@test "words too many fail in the same way everywhere" {
	for command in ciphers 'config show' disable doctor enable monitor 'nic lo' probe sockets stats status version 'help probe'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr ctl $command extra
		[ -z "$output" ]
		[[ $stderr == *'Too many arguments'* ]]
	done
}

@test "commands are known by their exact names only" {
	for name in statu STATUS stat statuss ''; do
		run -2 --separate-stderr ctl "$name"
		[ -z "$output" ]
		[[ $stderr == "ktlsctl: '$name' is not a command; "* ]]
	done
	run -2 ctl help statu
	run -2 --separate-stderr ctl
	[ -z "$output" ]
	[[ $stderr == Usage:* ]]
}

@test "a colour that is none is bad usage" {
	run -2 ctl --color=sometimes status
	run -2 ctl status --color
}

@test "the version is the library's too" {
	run -0 ctl version
	version=$(sed -n 's/^ktlsctl //p' <<<"$output")
	has_line "libktls $version"
	run -0 ctl --version
	[ "$output" = "ktlsctl (ktls-tools) $version" ]
	run -0 ctl status -V
	[ "$output" = "ktlsctl (ktls-tools) $version" ]
	run -0 ctl version --json
	has_line "  \"libktls\": \"$version\""
}
