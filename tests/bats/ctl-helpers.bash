# SPDX-License-Identifier: MIT
# What the tests of ktlsctl share.
# shellcheck shell=bash disable=SC2034,SC2154

bats_require_minimum_version 1.5.0
load kernel-helpers.bash

ctl_top=${KTLS_SOURCE_DIR:-$BATS_TEST_DIRNAME/../..}
ctl_trees=$BATS_RUN_TMPDIR/sysroot
ctl_bin=${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}ktlsctl

# The list of defects: the source's, or where there is none the installed one.
ctl_defects=$ctl_top/data/kernel-defects.ini
[ -e "$ctl_defects" ] || ctl_defects=/usr/share/ktls/kernel-defects.ini

# The recorded systems, with the links that lead nowhere: they are kept as a list, since the tar of a distribution follows links.
make_trees() {
	local path target
	cp -R "$ctl_top/tests/sysroot" "$ctl_trees"
	chmod -R u+w "$ctl_trees"
	while read -r path target; do
		mkdir -p "$(dirname "$ctl_trees/$path")"
		ln -s "$target" "$ctl_trees/$path"
	done < <(grep -v '^#' "$ctl_trees/dangling-links")
}
[ -d "$ctl_trees" ] || make_trees

ctl() {
	"$ctl_bin" "$@"
}

# ctl_until SIGNAL SECONDS ARGUMENT...: ktlsctl with a signal after so many seconds; its own status.
# --foreground: otherwise timeout(1) sends SIGCONT after the signal, which takes back the SIGSTOP that LeakSanitizer waits for when
# the program ends, and it waits for ever.
ctl_until() {
	local signal=$1 seconds=$2
	shift 2
	timeout --foreground --preserve-status -s "$signal" "$seconds" "$ctl_bin" "$@"
}

# ctl_tree NAME ARGUMENT...: with a recorded system in place of this one.
ctl_tree() {
	local tree=$1
	shift
	"$ctl_bin" --sysroot "$ctl_trees/$tree" "$@"
}

# copy_tree NAME: a copy that the test may change, in $tree.
copy_tree() {
	tree=$BATS_TEST_TMPDIR/$1
	cp -R "$ctl_trees/$1" "$tree"
	chmod -R u+w "$tree"
}

# has_line LINE: $output has exactly this line.
has_line() {
	grep -qxF -- "$1" <<<"$output" || {
		printf 'no line "%s" in:\n%s\n' "$1" "$output"
		return 1
	}
}

# has_text TEXT: $output has this text somewhere.
has_text() {
	[[ $output == *"$1"* ]] || {
		printf 'no "%s" in:\n%s\n' "$1" "$output"
		return 1
	}
}

# Goes on where this kernel has TLS; elsewhere skips, or fails where it must have.
need_kernel_tls() {
	[ ! -e /proc/net/tls_stat ] || return 0
	! kernel_is_required || {
		echo 'this kernel must have TLS, and has none'
		return 1
	}
	skip 'this kernel has no TLS'
}

# For the background: a function would leave the program behind when its shell is killed. With its path, lest it be the function below.
ctl_pairs=$(type -P "${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}ktls-pairs") || ctl_pairs=/ktls-pairs-is-not-installed

ctl_no_netlink=${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}no-netlink

ktls-pairs() {
	"$ctl_pairs" "$@"
}

# The text format as Prometheus takes it: HELP, TYPE and one sample, each metric once, and names that fit their type.
check_prometheus() {
	awk '
	$1 == "#" && $2 == "HELP" { if ($3 in seen || NF < 4) exit 1; seen[$3] = 1; name = $3; next }
	$1 == "#" && $2 == "TYPE" {
		if ($3 != name || ($4 != "gauge" && $4 != "counter") || ($4 == "counter") != (name ~ /_total$/))
			exit 1
		typed = name
		next
	}
	NF == 2 && $1 == typed && $1 ~ /^[a-z_][a-z0-9_]*$/ && $2 ~ /^[0-9]+$/ { n++; typed = ""; next }
	{ exit 1 }
	END { if (!n) exit 1 }'
}
