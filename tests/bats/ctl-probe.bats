#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl probe on this system, whatever its kernel can do.
# shellcheck disable=SC2154

load ctl-helpers.bash

# The names of the modules that are loaded.
modules() {
	cut -d ' ' -f 1 /proc/modules | sort
}

# answers CIPHER: the four cells of its row in $output, reasons left out.
answers() {
	awk -v name="$1" '$1 == name { print $2, $3, $4, $5 }' <<<"$output" | sed 's/([0-9]*)//g'
}

# feature NAME: the cells of its row.
feature() {
	sed -n "s/^$1 *//p" <<<"$output" | sed -e 's/([0-9]*)//g' -e 's/  */ /g'
}

# Everything that the kernel may have to load for the trial is loaded afterwards.
load_all() {
	[ "$(id -u)" -eq 0 ] || return 0
	ctl probe --load >/dev/null || true
}

@test "probe without --load loads nothing" {
	[ -e /proc/modules ] || skip 'this kernel has no modules'
	modules >"$BATS_TEST_TMPDIR/before"
	run ctl probe
	modules >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "probe says plainly that there is no kernel TLS, and what would help" {
	[ ! -e /proc/net/tls_stat ] || skip 'this kernel has TLS'
	run -3 ctl probe
	[[ ${lines[0]} == 'kernel TLS: '* ]]
	[ "${#lines[@]}" -ge 2 ]
	[[ $output != *AES-128-GCM* ]]
}

@test "probe says so in JSON too" {
	[ ! -e /proc/net/tls_stat ] || skip 'this kernel has TLS'
	run -3 ctl probe --json
	has_line '  "schema": 1,'
	has_line '  "command": "probe",'
	has_line "  \"release\": \"$(uname -r)\","
	has_line '      "id": "aes-128-gcm",'
	[[ $output != *'"supported": true'* ]]
}

@test "probe finds the ciphers of every kernel, both versions, both ways" {
	load_all
	need_kernel_tls
	run -0 ctl probe
	has_line 'kernel TLS: available'
	for cipher in AES-128-GCM AES-256-GCM AES-128-CCM ChaCha20-Poly1305; do
		echo "$cipher: $(answers "$cipher")"
		[ "$(answers "$cipher")" = 'yes yes yes yes' ]
	done
}

@test "probe gives the reason for what the kernel lacks" {
	load_all
	need_kernel_tls
	if [ -e "/boot/config-$(uname -r)" ] && grep -q '^CONFIG_CRYPTO_\(SM4\|ARIA\)[A-Z_]*=' "/boot/config-$(uname -r)"; then
		skip 'this kernel has SM4 or ARIA'
	fi
	run -0 ctl probe --load
	for cipher in SM4-GCM SM4-CCM ARIA-128-GCM ARIA-256-GCM; do
		echo "$cipher: $(answers "$cipher")"
		[[ $(answers "$cipher") == *no* && $(answers "$cipher") != *yes* ]]
	done
	[[ $output == *'(1) ENOENT: '* ]]
}

@test "probe knows since when keys can be replaced" {
	load_all
	need_kernel_tls
	run -0 ctl probe
	if kernel_is_at_least 6.14; then
		[ "$(feature 'TLS 1.3 key update')" = 'yes yes' ]
	else
		[ "$(feature 'TLS 1.3 key update')" = 'no no' ]
		has_text 'EBUSY: '
	fi
}

@test "probe knows since when the payload of records can be limited" {
	load_all
	need_kernel_tls
	run -0 ctl probe
	if kernel_is_at_least 6.19; then
		[ "$(feature 'max payload of records')" = 'yes -' ]
	else
		[ "$(feature 'max payload of records')" = 'no -' ]
		has_text 'ENOPROTOOPT: '
	fi
}

@test "probe leaves no connection behind" {
	load_all
	need_kernel_tls
	run -0 ctl probe
	run -0 ctl status
	[[ $output != *'kernel TLS: active'* ]]
}

@test "the matrix fits into 80 columns" {
	load_all
	need_kernel_tls
	run ctl probe
	for line in "${lines[@]}"; do
		[ "${#line}" -le 80 ] || { echo "$line"; return 1; }
	done
}

@test "--load names the capability that is missing" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can drop capabilities and unload modules'
	kernel_is_required || command -v setpriv >/dev/null || skip 'setpriv is not installed'
	[ -d "/lib/modules/$(uname -r)" ] || skip 'no modules of this kernel are installed'
	[ ! -d /sys/module/tls ] || modprobe -r tls || skip 'the module tls is in use'
	run ctl status
	[ "$status" -eq 5 ] || skip 'the module tls cannot be loaded here'
	run -4 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" probe --load
	[[ $stderr == *CAP_NET_ADMIN* ]]
	[ -z "$output" ]
	[ ! -d /sys/module/tls ]
	run -3 setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" probe
	has_text 'ktlsctl probe --load'
	[ ! -d /sys/module/tls ]
	run -0 ctl probe --load
	[ -d /sys/module/tls ]
}

@test "probe refuses a recorded tree" {
	run -2 --separate-stderr ctl_tree loaded-7 probe
	[ -z "$output" ]
	[[ $stderr == 'ktlsctl: probe asks the running kernel'* ]]
}

@test "probe --full tries splice, sendfile and the promise of no padding" {
	load_all
	need_kernel_tls
	run -0 ctl probe --full
	[ "$(feature splice)" = 'yes yes' ]
	[ "$(feature 'sendfile without a copy')" = 'yes -' ]
	[ "$(feature 'expect no padding')" = '- yes' ]
	run -0 ctl probe --full --json
	has_line '  "splice": {'
	run -0 ctl probe --json
	has_line '  "splice": null'
}

@test "probe -q answers by its exit status alone" {
	load_all
	need_kernel_tls
	run -0 ctl probe -q --cipher aes-256-gcm --tls 1.3 --tx
	[ -z "$output" ]
	run -0 ctl probe -q --cipher AES-256-GCM
	run -0 ctl probe -q
	# There is no ARIA in TLS 1.3, whatever the kernel has.
	run -3 ctl probe -q --cipher aria-128-gcm --tls 1.3
	[ -z "$output" ]
}

@test "probe -q knows where there is no kernel TLS" {
	[ ! -e /proc/net/tls_stat ] || skip 'this kernel has TLS'
	run ctl probe
	[[ $output == *'without CONFIG_TLS'* ]] || skip 'it might be loaded'
	run -3 ctl probe -q
	[ -z "$output" ]
	run -3 ctl probe -q --cipher chacha20-poly1305 --rx
}

@test "probe -q takes only what exists" {
	for wrong in '-q --cipher rot13' '-q --tls 1.1' '--tx' '--cipher aes-128-gcm' '-q --full' '-q --json'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr ctl probe $wrong
		[ -z "$output" ]
		[[ $stderr == 'ktlsctl probe: '* ]] || { echo "$stderr"; return 1; }
	done
}

@test "probe --unprivileged cannot have the module loaded, and says what any program is told" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can unload modules'
	[ -d "/lib/modules/$(uname -r)" ] || skip 'no modules of this kernel are installed'
	[ ! -d /sys/module/tls ] || modprobe -r tls || skip 'the module tls is in use'
	run ctl status
	[ "$status" -eq 5 ] || skip 'the module tls cannot be loaded here'
	run -3 ctl probe --unprivileged --load
	[ ! -d /sys/module/tls ]
	has_text 'not available'
	run -3 ctl probe -q --unprivileged --load
	run -0 ctl probe --load
	run -0 ctl probe --unprivileged
}
