# SPDX-License-Identifier: MIT
# What the tests of ktls-bench share. Nothing here says how fast anything must be.
# shellcheck shell=bash disable=SC2034,SC2154

bats_require_minimum_version 1.5.0
load kernel-helpers.bash

bench_bin=${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}ktls-bench
bench_top=${KTLS_SOURCE_DIR:-$BATS_TEST_DIRNAME/../..}
flip_recv=${KTLS_BUILD_DIR:-/usr/bin}${KTLS_BUILD_DIR:+/.libs}/flip-recv.so

# Short, since it is only to work.
bench() {
	"$bench_bin" --runs 2 -t 100ms -O 0 "$@"
}

# There are neither connections nor other processes.
bench_crypto() {
	"$bench_bin" crypto --runs 2 -t 2ms "$@"
}

# Skips where nothing can be preloaded: need_preload SHIM.
need_preload() {
	[ -e "$1" ] || skip "${1##*/} is not here"
	! ldd "$bench_bin" "${bench_bin%/*}/.libs/ktls-bench" 2>/dev/null | grep -q libasan || skip 'nothing can be preloaded before the sanitizer'
}

# The cases that must run on this machine.
expected_cases() {
	echo plain
	echo libssl
	! kernel_is_required || echo libssl-ktls
	echo engine
	! kernel_is_required || printf 'kernel\nkernel-sendfile\n'
}

# report FILTER: of the JSON document in report.json.
report() {
	jq -r "$1" report.json
}
