#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A machine made ill on purpose, in a guest that nobody else uses: ktlsctl doctor finds each illness.
# shellcheck disable=SC2154

load ctl-helpers.bash

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-keyout key.pem -out cert.pem 2>/dev/null
	cp cert.pem key.pem /tmp/ 2>/dev/null || true
	printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' 'system_default = c' '[c]' 'Options = KTLS' >switch.cnf
}

setup() {
	kernel_is_required || skip 'only in a guest that may be made ill'
	[ "$(id -u)" -eq 0 ] || skip 'only root can make a guest ill'
	modprobe tls
	started=()
}

# The guest gets well again.
teardown() {
	kernel_is_required || return 0
	[ "${#started[@]}" -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
	rm -f /etc/modprobe.d/ill.conf /etc/modules-load.d/ill.conf
	modprobe aesni_intel 2>/dev/null || true
	modprobe tls
}

doctor() {
	ctl doctor --defects "$ctl_defects" "$@"
}

finding() {
	awk -v check="$1" '$2 == check && $1 ~ /^(ok|unknown|warning|failed)$/ { printf "%s ", $1 }' <<<"$output"
}

has_words() {
	[[ $(tr -s ' \n' '  ' <<<"$output") == *"$1"* ]] || {
		printf 'no "%s" in:\n%s\n' "$1" "$output"
		return 1
	}
}

start() {
	"$@" >/dev/null 2>&1 3>&- &
	pid=$!
	started+=("$pid")
}

# Waits until something listens at the port.
wait_for_port() {
	local i
	for ((i = 0; i < 300; i++)); do
		! ss -Hltn "sport = :$1" | grep -q . || return 0
		sleep 0.1
	done
	echo "nothing listens at port $1"
	return 1
}

# serve PORT OPTION...: openssl s_server
serve() {
	local port=$1
	shift
	start openssl s_server -accept "$port" -key "$BATS_FILE_TMPDIR/key.pem" -cert "$BATS_FILE_TMPDIR/cert.pem" -quiet "$@"
	wait_for_port "$port"
}

# serve_nginx PORT LINE: nginx with one more line of configuration
serve_nginx() {
	local dir=$BATS_TEST_TMPDIR/nginx
	mkdir -p "$dir"
	cat >"$dir/nginx.conf" <<-END
		user root;
		daemon off;
		worker_processes 1;
		error_log stderr;
		pid $dir/pid;
		events { }
		http {
			access_log off;
			client_body_temp_path $dir/body;
			proxy_temp_path $dir/proxy;
			fastcgi_temp_path $dir/fastcgi;
			uwsgi_temp_path $dir/uwsgi;
			scgi_temp_path $dir/scgi;
			server {
				listen 127.0.0.1:$1 ssl;
				ssl_certificate $BATS_FILE_TMPDIR/cert.pem;
				ssl_certificate_key $BATS_FILE_TMPDIR/key.pem;
				$2
				location / { return 200 "well\n"; }
			}
		}
	END
	start nginx -p "$dir" -c "$dir/nginx.conf"
	wait_for_port "$1"
}

# keep_connection PORT: a client that has read an answer and stays
keep_connection() {
	rm -f "$BATS_TEST_TMPDIR/out"
	mkfifo "$BATS_TEST_TMPDIR/in"
	openssl s_client -connect "127.0.0.1:$1" -quiet <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
	started+=("$!")
	exec 9>"$BATS_TEST_TMPDIR/in"
	printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' >&9
	for ((i = 0; i < 300; i++)); do
		! grep -qs well "$BATS_TEST_TMPDIR/out" || return 0
		sleep 0.1
	done
	echo 'the server did not answer'
	return 1
}

@test "ill: the module is not loaded, and this user may not have it loaded" {
	modprobe -r tls
	run -5 doctor
	[[ $(finding module) == 'warning ' ]]
	has_words '-> sudo modprobe tls'
	run -5 setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" doctor
	has_words 'this user may not have it loaded: that takes CAP_NET_ADMIN'
	[ ! -d /sys/module/tls ]
}

@test "ill: the module is blacklisted" {
	modprobe -r tls
	mkdir -p /etc/modprobe.d
	echo 'blacklist tls' >/etc/modprobe.d/ill.conf
	run -3 doctor
	[[ $(finding module) == 'failed ' ]]
	has_words 'modprobe.d blacklists tls'
	run ctl status --json
	has_line '    "blacklisted": true,'
}

@test "ill: install tls /bin/false" {
	modprobe -r tls
	mkdir -p /etc/modprobe.d
	echo 'install tls /bin/false' >/etc/modprobe.d/ill.conf
	run -3 doctor
	[[ $(finding rules) == 'failed ' ]]
	has_words "'install tls /bin/false'"
}

@test "ill: nothing loads the module at boot" {
	run -5 doctor
	[[ $(finding boot) == 'warning ' ]]
	mkdir -p /etc/modules-load.d
	echo tls >/etc/modules-load.d/ill.conf
	run doctor
	[[ $(finding boot) == 'ok ' ]]
}

@test "ill: aesni_intel is not loaded" {
	grep -qw aes /proc/cpuinfo || skip 'this CPU has no AES instructions'
	[ -d /sys/module/aesni_intel ] || skip 'aesni_intel is not a module that was loaded'
	modprobe -r tls
	modprobe -r aesni_intel || skip 'aesni_intel is in use'
	modprobe tls
	run -5 doctor
	[[ $(finding crypto) == 'warning ' ]]
	has_words 'aesni_intel is not loaded'
	modprobe aesni_intel
	run doctor
	[[ $output != *'aesni_intel is not loaded'* ]]
}

@test "ill: a network namespace" {
	run -5 unshare -n "$ctl_bin" doctor
	[[ $(finding namespace) == 'warning ' ]]
	has_words 'not the initial network namespace'
	start unshare -n sleep 60
	sleep 1
	run -3 doctor --pid "$pid"
	has_words 'it lives in another network namespace'
}

@test "ill: the switch of openssl.cnf is missing" {
	run -5 doctor
	[[ $(finding openssl.cnf) == 'warning ' ]]
	OPENSSL_CONF=$BATS_FILE_TMPDIR/switch.cnf run doctor
	[[ $(finding openssl.cnf) == 'ok ' ]]
}

@test "ill: a libssl that never has the kernel receive TLS 1.3" {
	openssl version | grep -q '^OpenSSL 3\.[01]\.' || skip 'libssl is newer'
	run -5 doctor
	[[ $(finding libssl) == 'warning ' ]]
	has_words 'never has the kernel receive TLS 1.3'
}

@test "ill: a server that prefers a cipher that no kernel carries" {
	serve 4501 -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA
	run -3 doctor --port 4501 --connect
	[[ $(finding handshake) == 'failed ' ]]
	has_words 'ECDHE-ECDSA-AES128-SHA, which no kernel carries'
	serve 4502 -tls1_2 -cipher ECDHE-ECDSA-CAMELLIA128-SHA256
	run -3 doctor --port 4502 --connect
	has_words 'ECDHE-ECDSA-CAMELLIA128-SHA256, which no kernel carries'
	serve 4503 -tls1_3
	run doctor --port 4503 --connect
	[[ $(finding handshake) == 'ok ' ]]
}

@test "ill: nginx without the option; with it its connections are in the kernel" {
	command -v nginx >/dev/null || skip 'nginx is not installed'
	serve_nginx 4504 ''
	keep_connection 4504
	run -5 doctor --port 4504
	has_words 'none of 1 open TCP connections uses kernel TLS'
	has_words 'in nginx.conf, beside ssl_certificate: ssl_conf_command Options KTLS;'
	exec 9>&-
	rm "$BATS_TEST_TMPDIR/in"
	serve_nginx 4505 'ssl_protocols TLSv1.2; ssl_conf_command Options KTLS;'
	keep_connection 4505
	run doctor --port 4505
	has_words '1 of 1 open TCP connections use kernel TLS (1 sending, 1 receiving)'
	exec 9>&-
}

@test "ill: a server without rights, and no module" {
	serve 4506 -tls1_3
	kill "$pid"
	modprobe -r tls
	start setpriv --bounding-set -net_admin --inh-caps -net_admin \
		openssl s_server -accept 4507 -key "$BATS_FILE_TMPDIR/key.pem" -cert "$BATS_FILE_TMPDIR/cert.pem" -quiet
	wait_for_port 4507
	run -3 doctor --pid "$pid"
	[[ $(finding rights) == 'failed ' ]]
	has_words 'it lacks CAP_NET_ADMIN'
}

@test "ill: a program that has no TLS at all" {
	start sleep 60
	run -3 doctor --pid "$pid"
	has_words 'no TLS library is seen in it'
}
