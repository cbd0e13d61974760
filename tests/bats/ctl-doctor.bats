#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl doctor on recorded systems, each made ill in its own way, and on this one.
# shellcheck disable=SC2154

load ctl-helpers.bash

doctor() {
	ctl doctor --defects "$ctl_defects" "$@"
}

# doctor_tree NAME ARGUMENT...
doctor_tree() {
	local tree=$1
	shift
	ctl_tree "$tree" doctor --defects "$ctl_defects" "$@"
}

# finding CHECK: the states of its findings in the text $output, in one line.
finding() {
	awk -v check="$1" '$2 == check && $1 ~ /^(ok|unknown|warning|failed)$/ { printf "%s ", $1 }' <<<"$output"
}

# words: $output with its lines joined, for text that is broken between words.
words() {
	tr -s ' \n' '  ' <<<"$output"
}

has_words() {
	[[ $(words) == *"$1"* ]] || {
		printf 'no "%s" in:\n%s\n' "$1" "$output"
		return 1
	}
}

# healthy_tree: a copy of loaded-7 in which all is well.
healthy_tree() {
	copy_tree loaded-7
	mkdir -p "$tree/etc/ssl" "$tree/etc/modules-load.d" "$tree/etc/modprobe.d"
	printf '%s\n' 'openssl_conf = init' '[init]' 'ssl_conf = ssl' '[ssl]' 'system_default = tls' '[tls]' \
		'Options = KTLS' >"$tree/etc/ssl/openssl.cnf"
	echo tls >"$tree/etc/modules-load.d/tls.conf"
	sed -i 's/^\(TlsDecryptError *\t\).*/\10/' "$tree/proc/net/tls_stat"
}

# --- recorded systems ---------------------------------------------------------

@test "a system where all is well is told so" {
	healthy_tree
	run -0 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	[[ $(finding module) == 'ok ' ]]
	[[ $(finding boot) == 'ok ' ]]
	[[ $(finding openssl.cnf) == 'ok ' ]]
	[[ $(finding defects) == 'ok ' ]]
	has_words 'is carried by generic-gcm-'
	[[ ${lines[-1]} =~ ^[0-9]+' ok'$ ]]
}

@test "a kernel without CONFIG_TLS fails" {
	run -3 doctor_tree no-config
	[[ $(finding kernel) == 'failed ' ]]
	has_words 'was built without CONFIG_TLS'
	has_words '-> boot a kernel'
	[[ -z $(finding defects) ]]
}

@test "a module that is not installed fails" {
	run -3 doctor_tree not-installed
	[[ $(finding kernel) == 'failed ' ]]
	has_words 'install the package of this kernel'
}

@test "a container that nothing tells fails" {
	run -3 doctor_tree bare
	[[ $(finding kernel) == 'failed ' ]]
}

@test "a module that is not loaded is a warning with the command" {
	run -5 doctor_tree loadable
	[[ $(finding module) == 'warning ' ]]
	[[ $(finding boot) == 'warning ' ]]
	has_words '-> sudo modprobe tls'
	has_words '-> echo tls | sudo tee /etc/modules-load.d/tls.conf'
}

@test "a module that is blacklisted and not loaded fails" {
	copy_tree loadable
	mkdir -p "$tree/etc/modprobe.d"
	echo 'blacklist tls' >"$tree/etc/modprobe.d/hardening.conf"
	run -3 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	[[ $(finding module) == 'failed ' ]]
	[[ $(finding rules) == 'failed ' ]]
	has_words 'modprobe.d blacklists tls'
}

@test "a module whose loading is forbidden fails, or warns while it is still loaded" {
	copy_tree loadable
	mkdir -p "$tree/etc/modprobe.d"
	echo 'install tls /bin/false' >"$tree/etc/modprobe.d/cve.conf"
	run -3 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	[[ $(finding rules) == 'failed ' ]]
	has_words "'install tls /bin/false'"
	healthy_tree
	echo 'install tls /bin/false' >"$tree/etc/modprobe.d/cve.conf"
	run -5 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	[[ $(finding rules) == 'warning ' ]]
}

@test "rules for other modules do not matter" {
	healthy_tree
	printf 'blacklist tlsx\ninstall loop /bin/false\n' >"$tree/etc/modprobe.d/x.conf"
	run -0 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	[[ $(finding rules) == 'ok ' ]]
}

@test "a network namespace is told apart" {
	run -5 doctor_tree netns
	[[ $(finding namespace) == 'warning ' ]]
	has_words 'not the initial network namespace'
}

@test "generic crypto is slow" {
	run -5 doctor_tree loaded-6.1
	[[ $(finding crypto) == 'warning ' ]]
	has_words 'gcm_base(ctr(aes-generic),ghash-clmulni)'
}

@test "errors that the kernel counted are told" {
	run -5 doctor_tree loaded-7
	[[ $(finding errors) == 'warning ' ]]
	has_words 'TlsDecryptError is 2'
}

@test "openssl.cnf without the switch, with it turned off, and broken" {
	healthy_tree
	sed -i /Options/d "$tree/etc/ssl/openssl.cnf"
	run -5 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	[[ $(finding openssl.cnf) == 'warning ' ]]
	has_words "does not have 'Options = KTLS'"
	echo 'Options = -KTLS' >>"$tree/etc/ssl/openssl.cnf"
	run -5 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	has_words "has 'Options = -KTLS'"
	echo '[' >>"$tree/etc/ssl/openssl.cnf"
	run -5 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	has_words '/etc/ssl/openssl.cnf:8 is wrong'
}

@test "GnuTLS's switch is seen" {
	healthy_tree
	mkdir -p "$tree/etc/gnutls"
	printf '[global]\nktls = true\n' >"$tree/etc/gnutls/config"
	run -0 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	has_words "/etc/gnutls/config has 'ktls = true'"
}

# --- defects --------------------------------------------------------------------

@test "defects of a Debian kernel are told by its package" {
	run -5 doctor_tree loadable
	has_words 'CVE-2025-39682 may concern this kernel'
	has_words 'update the kernel to 6.1.153-1 or later'
	run -5 doctor_tree loaded-6.1
	[[ $output != *CVE-2025-39682* ]]
}

# ubuntu_tree RELEASE VERSION: a healthy tree with a kernel of Ubuntu's.
ubuntu_tree() {
	local release

	healthy_tree
	release=$(cat "$tree/proc/sys/kernel/osrelease")
	mv "$tree/lib/modules/$release" "$tree/lib/modules/$1"
	echo "$1" >"$tree/proc/sys/kernel/osrelease"
	echo "$2" >"$tree/proc/sys/kernel/version"
}

@test "what a distribution's number does not tell is unknown" {
	ubuntu_tree 6.8.0-1041-aws '#43-Ubuntu SMP PREEMPT_DYNAMIC'
	run -0 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	[[ $(finding defects) == 'unknown ' ]]
	has_words 'apt changelog'
	run -5 ctl --sysroot "$tree" doctor --defects "$ctl_defects" --strict
	[[ $(finding defects) == 'warning ' ]]
}

@test "defects of an Ubuntu kernel are told by its package" {
	ubuntu_tree 6.8.0-86-generic '#86-Ubuntu SMP PREEMPT_DYNAMIC'
	run -5 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	has_words 'CVE-2025-39682 may concern this kernel'
	has_words 'update the kernel to 6.8.0-86.87 or later'
	echo '#87~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC' >"$tree/proc/sys/kernel/version"
	run -5 ctl --sysroot "$tree" doctor --defects "$ctl_defects"
	[[ $output != *CVE-2025-39682* ]]
	has_words 'CVE-2025-38616 may concern this kernel'
}

@test "the list of defects can be extended" {
	healthy_tree
	list=$BATS_TEST_TMPDIR/list.ini
	printf '[our-own]\ntitle = it is slow on Mondays\nfixed = 9.0\navoid = Work on Tuesdays.\n' >"$list"
	run -5 ctl --sysroot "$tree" doctor --defects "$list"
	has_words 'our-own may concern this kernel: it is slow on Mondays. -> Work on Tuesdays.'
}

@test "mistakes in the list are named with file and line" {
	list=$BATS_TEST_TMPDIR/list.ini
	printf '[a]\ntitle = x\nfixed = soon\navoid = y\n' >"$list"
	run -1 --separate-stderr ctl doctor --defects "$list"
	[ -z "$output" ]
	[ "$stderr" = "ktlsctl: $list:3: 'soon' is no version" ]
	printf '[a]\ntitle = x\nwhat\n' >"$list"
	run -1 --separate-stderr ctl doctor --defects "$list"
	[[ $stderr == "ktlsctl: $list:3: "* ]]
	printf '[a]\ntitle = x\n' >"$list"
	run -1 --separate-stderr ctl doctor --defects "$list"
	[ "$stderr" = "ktlsctl: $list: section 'a' does not say in which versions it is fixed" ]
	run -1 --separate-stderr ctl doctor --defects "$BATS_TEST_TMPDIR/none"
	[[ $stderr == 'ktlsctl: '*'/none: No such file'* ]]
}

# --- shape ----------------------------------------------------------------------

@test "--strict counts warnings as failures" {
	run -3 doctor_tree loadable --strict
	[[ $(finding module) == 'failed ' ]]
	healthy_tree
	run -0 ctl --sysroot "$tree" doctor --defects "$ctl_defects" --strict
}

@test "the same findings for programs" {
	run -3 doctor_tree no-config --json
	has_line '  "command": "doctor",'
	has_line '  "state": "failed",'
	has_line '      "check": "kernel",'
	has_line '    "failed": 1'
}

@test "findings fit into 80 columns" {
	run doctor_tree loadable
	for line in "${lines[@]}"; do
		[ "${#line}" -le 80 ] || { echo "$line"; return 1; }
	done
}

@test "doctor of this system loads nothing and agrees with status" {
	run ctl status
	status_code=$status
	[ ! -e /proc/modules ] || cut -d ' ' -f 1 /proc/modules | sort >"$BATS_TEST_TMPDIR/before"
	run doctor
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || [ "$status" -eq 5 ]
	[ "$status_code" -ne 3 ] || [ "$status" -eq 3 ]
	[ ! -e /proc/modules ] || diff "$BATS_TEST_TMPDIR/before" <(cut -d ' ' -f 1 /proc/modules | sort)
	has_words "$(uname -r)"
}

# --- running processes --------------------------------------------------------------

# start_program COMMAND...: in the background; $pid is its.
start_program() {
	"$@" >/dev/null 2>&1 3>&- &
	pid=$!
	sleep 0.3
}

# program_with BYTES: a copy of sleep that has them in its file, running.
program_with() {
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/program"
	# shellcheck disable=SC2059 # escapes are what is wanted
	printf "$1" >>"$BATS_TEST_TMPDIR/program"
	start_program "$BATS_TEST_TMPDIR/program" 60
}

teardown() {
	[ -z "${pid-}" ] || kill "$pid" 2>/dev/null || true
}

@test "a process without TLS is told so" {
	start_program sleep 60
	run -3 doctor --pid "$pid"
	has_words "sleep (process $pid): no TLS library is seen in it"
	[[ $(finding sockets) == 'ok ' ]]
}

@test "an OpenSSL that is linked statically is found, with its age" {
	program_with '\0OpenSSL 1.1.1w  11 Sep 2023\0OpenSSL 1.1.1w 11 Sep 2023\0'
	run -3 doctor --pid "$pid"
	has_words 'its OpenSSL 1.1.1w (linked statically) is too old for kernel TLS'
}

@test "Go and rustls are found by what their linkers leave" {
	program_with '\0/src/rustls-0.23.12/src/conn.rs\0'
	run doctor --pid "$pid"
	has_words 'rustls 0.23.12 uses kernel TLS only if'
	kill "$pid"
	wait "$pid" || true
	program_with '\377 Go buildinf:\010\002\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\010go1.22.1\0crypto/tls.x'
	run -3 doctor --pid "$pid"
	has_words "Go's crypto/tls 1.22.1 does not use kernel TLS"
}

@test "the openssl.cnf of a process is its own" {
	printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' 'system_default = c' '[c]' 'Options = KTLS' \
		>"$BATS_TEST_TMPDIR/own.cnf"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-keyout "$BATS_TEST_TMPDIR/key.pem" -out "$BATS_TEST_TMPDIR/cert.pem" 2>/dev/null
	OPENSSL_CONF=$BATS_TEST_TMPDIR/own.cnf start_program openssl s_server -accept 0 -key "$BATS_TEST_TMPDIR/key.pem" \
		-cert "$BATS_TEST_TMPDIR/cert.pem"
	run doctor --pid "$pid"
	has_words "its openssl.cnf has 'Options = KTLS'"
	has_words 'but listens for some'
}

@test "processes and ports that are not there" {
	run -1 --separate-stderr doctor --pid 4194304
	[ -z "$output" ]
	[ "$stderr" = 'ktlsctl: there is no process 4194304' ]
	run -1 --separate-stderr doctor --port 1
	[[ $stderr == *'has port 1' ]]
	for wrong in '--pid 0' '--pid x' '--port 65536' '--connect' '--pid 1 --port 1'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr doctor $wrong
		[ -z "$output" ]
	done
	run -2 --separate-stderr doctor_tree loaded-7 --pid 1
}
