#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl ciphers: the table, on recorded systems and on this one.
# shellcheck disable=SC2154

load ctl-helpers.bash

# table FIRST-TITLE...: the rows of the table in $output whose titles begin with these words.
table() {
	awk -v titles="$*" 'NF == 0 { on = 0 } on { print } index($0, titles) == 1 { on = 1 }' <<<"$output"
}

# row CIPHER FIRST-TITLE...: its cells, one blank between them.
row() {
	local cipher=$1
	shift
	table "$@" | awk -v name="$cipher" '$1 == name' | tr -s ' '
}

sizes() {
	row "$1" 'cipher             nr'
}

sources() {
	row "$1" 'cipher             TLS'
}

@test "all eight ciphers of the kernel are listed, in the order of their numbers" {
	run -0 ctl_tree loaded-7 ciphers
	[ "$(table 'cipher             TLS' | awk '{ print $1 }' | tr '\n' ' ')" = \
		'AES-128-GCM AES-256-GCM AES-128-CCM ChaCha20-Poly1305 SM4-GCM SM4-CCM ARIA-128-GCM ARIA-256-GCM ' ]
	[ "$(table 'cipher             nr' | awk '{ print $2 }' | tr '\n' ' ')" = '51 52 53 54 55 56 57 58 ' ]
}

@test "sizes are those of linux/tls.h and of the RFCs" {
	run -0 ctl_tree loaded-7 ciphers
	[ "$(sizes AES-128-GCM)" = 'AES-128-GCM 51 16 4 8 29 22 gcm(aes)' ]
	[ "$(sizes AES-256-GCM)" = 'AES-256-GCM 52 32 4 8 29 22 gcm(aes)' ]
	[ "$(sizes ChaCha20-Poly1305)" = 'ChaCha20-Poly1305 54 32 0 12 21 22 rfc7539(chacha20,poly1305)' ]
	[ "$(sizes SM4-CCM)" = 'SM4-CCM 56 16 4 8 - 22 ccm(sm4)' ]
	[ "$(sizes ARIA-256-GCM)" = 'ARIA-256-GCM 58 32 4 8 29 - gcm(aria)' ]
}

@test "the first kernel of each cipher is named" {
	run -0 ctl_tree loaded-7 ciphers
	for pair in AES-128-GCM=4.13 AES-256-GCM=5.1 AES-128-CCM=5.2 ChaCha20-Poly1305=5.11 SM4-GCM=5.16 ARIA-128-GCM=6.1; do
		[[ " $(sources "${pair%=*}") " == *" ${pair#*=} "* ]] || { echo "$pair"; return 1; }
	done
}

@test "the driver is the one with the highest priority, fast or slow" {
	run -0 ctl_tree loaded-7 ciphers
	[[ $(sources AES-128-GCM) == 'AES-128-GCM 1.2 1.3 4.13 fast(1) '* ]]
	[[ $(sources AES-256-GCM) == *' fast(1) '* ]]
	has_line '(1) generic-gcm-aesni-avx, priority 500'
	run -0 ctl_tree loaded-6.1 ciphers
	[[ $(sources AES-128-GCM) == *' slow(1) '* ]]
	has_line '(1) gcm_base(ctr(aes-generic),ghash-clmulni), priority 250'
}

@test "a driver that is not listed is a dash, and an unreadable list a question mark" {
	copy_tree loaded-7
	: >"$tree/proc/crypto"
	run -0 ctl --sysroot "$tree" ciphers
	[[ $(sources AES-128-GCM) == 'AES-128-GCM 1.2 1.3 4.13 - '* ]]
	[[ $output != *'(1)'* ]]
	rm "$tree/proc/crypto"
	run -0 ctl --sysroot "$tree" ciphers
	[[ $(sources AES-128-GCM) == 'AES-128-GCM 1.2 1.3 4.13 ? '* ]]
}

@test "libssl is asked what it has" {
	command -v openssl >/dev/null || skip 'openssl is not installed'
	run -0 ctl ciphers --json
	json=$output
	has_line "  \"libssl_version\": \"$(openssl version -v | sed 's/ (Library.*//')\","
	# has CIPHER VERSION: what the document says.
	has() {
		awk -v id="\"$1\"," -v version="\"$2\":" '$1 == "\"id\":" { on = ($2 == id) }
			on && $1 == "\"libssl\":" { inside = 1 }
			on && inside && $1 == version { sub(/,$/, "", $2); print $2; exit }' <<<"$json"
	}
	[ "$(has aes-128-gcm tls12)" = true ]
	[ "$(has aes-256-gcm tls13)" = true ]
	[ "$(has aes-128-ccm tls13)" = true ]
	# "openssl ciphers" lists by the names of the ciphers' suites.
	suites=$(openssl ciphers -v 'ALL:COMPLEMENTOFALL:@SECLEVEL=0')
	for pair in 'aria-128-gcm ARIAGCM(128)' 'chacha20-poly1305 CHACHA20/POLY1305(256)' 'aes-128-ccm AESCCM(128)'; do
		want=false
		! grep -F "Enc=${pair#* }" <<<"$suites" | grep -q ' TLSv1.2 ' || want=true
		[ "$(has "${pair% *}" tls12)" = "$want" ] || { echo "$pair: not $want"; return 1; }
	done
}

@test "the JSON document has numbers as numbers and null for what does not apply" {
	run -0 ctl_tree loaded-7 ciphers --json
	has_line '  "schema": 1,'
	has_line '  "command": "ciphers",'
	has_line '  "release": "7.3.4+deb13-amd64",'
	has_line '      "kernel_type": 54,'
	has_line '      "iv_bytes": 12,'
	has_line '        "priority": 500,'
	has_line '        "tls13": null'
	has_line '        "tls12": 29,'
	[ "$(grep -c '"id": ' <<<"$output")" -eq 8 ]
}

@test "the table fits into 80 columns and no line ends in blanks" {
	for name in loaded-6.1 loaded-7 netns bare; do
		run -0 ctl_tree "$name" ciphers
		for line in "${lines[@]}"; do
			[ "${#line}" -le 80 ] && [[ $line != *' ' ]] || { echo "$name: $line"; return 1; }
		done
	done
}

@test "after use this kernel lists the drivers of its ciphers" {
	need_kernel_tls
	[ "$(id -u)" -ne 0 ] || ctl probe --load >/dev/null
	run -0 ctl ciphers
	for cipher in AES-128-GCM AES-256-GCM AES-128-CCM ChaCha20-Poly1305; do
		[[ $(sources "$cipher") =~ \ (fast|slow|yes)\([0-9]\)\  ]] || { sources "$cipher"; return 1; }
	done
}

@test "ciphers needs no rights and loads nothing" {
	[ -e /proc/modules ] || skip 'this kernel has no modules'
	cut -d ' ' -f 1 /proc/modules | sort >"$BATS_TEST_TMPDIR/before"
	ctl ciphers >/dev/null
	cut -d ' ' -f 1 /proc/modules | sort >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}
