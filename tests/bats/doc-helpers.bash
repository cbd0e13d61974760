# SPDX-License-Identifier: MIT
# What the tests that compare help, manual pages and completions share. $man_page and $completion are the files.
# shellcheck shell=bash disable=SC2154

need() {
	[ -e "$1" ] || skip "$1 is not here"
}

# need_program NAME: skips where it is missing, or fails where nothing may be skipped for want of a tool.
need_program() {
	! command -v "$1" >/dev/null || return 0
	[ "${KTLS_VM_STRICT-}" = 1 ] || skip "$1 is not installed"
	echo "$1 is not installed"
	return 1
}

# Out of standard input: long options, with "=" where they must have a value.
long_options() {
	grep -o -E -- '(^|[ "])--[a-z-]+=?' | tr -d ' "' | sort -u
}

# complete_words WORD...: what is offered for the last word. The completion's file is named after the program.
# $inside may be a command that runs the shell somewhere else, and $typed what stands for the program on the command line.
complete_words() {
	"${inside[@]}" bash -c '
		. "$1"
		COMP_WORDS=("${typed:-${1##*/}}" "${@:2}")
		COMP_CWORD=$(($# - 1))
		function=_${1##*/}
		"${function//-/_}"
		[ "${#COMPREPLY[@]}" -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"
	' bash "$completion" "$@" | sort
}

# man_section NAME: its lines.
man_section() {
	awk -v name="$1" '/^\.SH/ { on = ($0 == ".SH " name || $0 == ".SH \"" name "\"") } on' "$man_page"
}

# The options that the manual page describes.
man_options() {
	man_section OPTIONS | sed -n '/^\.T[PQ]/{n;s/\\-/-/g;s/ = */=/g;p}' | long_options
}

# man_has_keys: every key of the JSON documents on standard input, of which there are at least 40.
man_has_keys() {
	local text keys key
	text=$(man_section JSON | sed 's/\\-/-/g')
	keys=$(sed -n 's/^ *"\([A-Za-z_0-9]*\)": .*/\1/p' | grep -v '^Tls' | sort -u)
	[ "$(wc -w <<<"$keys")" -ge 40 ] || return 1
	for key in $keys; do
		grep -qw -- "$key" <<<"$text" || { echo "not in the manual page: $key"; return 1; }
	done
}
