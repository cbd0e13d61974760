# SPDX-License-Identifier: MIT
# Foreign TLS peers on loopback, each exchanging data with ktls-cat both ways at once.
# shellcheck shell=bash disable=SC2034

cat_bin=${KTLS_BUILD_DIR:+$KTLS_BUILD_DIR/}ktls-cat
stdout_buffer=${KTLS_BUILD_DIR:-/usr/bin}${KTLS_BUILD_DIR:+/.libs}/stdout-buffer.so

# 1.2 and 1.3 names of the four ciphers. gnutls has names of its own for the 1.3 ones.
ciphers_12='ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-CCM'
ciphers_13='TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_CCM_SHA256'

# Natively the engine carries everything; in the kernel matrix the kernel must.
path_option() {
	if [ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ]; then
		echo --ktls=on
	else
		echo --ktls=auto
	fi
}

# Once per file: certificate, configuration that lets every peer use CCM, and the bytes that go each way.
interop_setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout key.pem -out cert.pem 2>/dev/null
	cat cert.pem key.pem >both.pem
	cat >openssl.cnf <<-END
		openssl_conf = init
		[init]
		ssl_conf = ssl
		[ssl]
		system_default = tls
		[tls]
		Ciphersuites = ${ciphers_13// /:}
	END
	make_text "${KTLS_TEST_SIZE:-64M}" to_peer
	make_text "${KTLS_TEST_SIZE:-64M}" from_peer
}

# make_text SIZE FILE: random text, in lines, so that line-minded peers are content. A key stream: /dev/urandom is slow.
make_text() {
	openssl enc -aes-128-ctr -K "$(openssl rand -hex 16)" -iv "$(openssl rand -hex 16)" -in /dev/zero 2>/dev/null |
		openssl base64 2>/dev/null | head -c "$1" >"$2"
}

interop_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	ln -s "$BATS_FILE_TMPDIR"/{key.pem,cert.pem,both.pem,openssl.cnf,to_peer,from_peer} .
	started=()
}

interop_teardown() {
	local pid
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	wait 2>/dev/null || true
}

# A port that nobody listens on.
free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

wait_for_listener() {
	local hex
	hex=$(printf ':%04X' "$1")
	for _ in $(seq 600); do
		! grep -q "$hex [0-9A-F:]* 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null || return 0
		sleep 0.05
	done
	echo "nothing listens on port $1" >&2
	return 1
}

# wait_for_size FILE BYTES PID: until FILE has so many bytes; fails when PID is gone or a minute passes without growth.
wait_for_size() {
	local last=-1 now idle=0
	while :; do
		now=$(stat -c %s "$1" 2>/dev/null || echo 0)
		[ "$now" -lt "$2" ] || return 0
		if [ "$now" -eq "$last" ]; then
			idle=$((idle + 1))
			kill -0 "$3" 2>/dev/null || [ "$idle" -lt 10 ] || break
			[ "$idle" -lt "${KTLS_TEST_PATIENCE:-1200}" ] || break
		else
			idle=0
		fi
		last=$now
		sleep 0.05
	done
	echo "$1 has $now bytes of $2" >&2
	return 1
}

# Options that pin ktls-cat to version and cipher.
pin_options() {
	if [ "$1" = 1.2 ]; then
		echo "--tls-min 1.2 --tls-max 1.2 --ciphers $2"
	else
		echo "--tls-min 1.3 --tls-max 1.3 --ciphersuites $2"
	fi
}

# Peers as servers on $port: data on standard input, what they receive on standard output.
server_openssl() {
	OPENSSL_CONF=openssl.cnf openssl s_server -accept "127.0.0.1:$port" -cert cert.pem -key key.pem -cipher ALL -quiet -naccept 1
}
server_openssl35() {
	OPENSSL_CONF=openssl.cnf openssl35 s_server -accept "127.0.0.1:$port" -cert cert.pem -key key.pem -cipher ALL -quiet -naccept 1 -ktls
}
server_ncat() {
	OPENSSL_CONF=openssl.cnf ncat -l 127.0.0.1 "$port" --ssl --ssl-cert cert.pem --ssl-key key.pem --ssl-ciphers ALL
}
server_socat() {
	OPENSSL_CONF=openssl.cnf socat -t 1 - "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,cert=both.pem,verify=0,cipher=ALL"
}

# Peers as clients of $port. They verify the certificate where they can.
client_openssl() {
	OPENSSL_CONF=openssl.cnf openssl s_client -connect "127.0.0.1:$port" -servername localhost -CAfile cert.pem \
		-verify_return_error -cipher ALL -quiet
}
client_openssl35() {
	OPENSSL_CONF=openssl.cnf openssl35 s_client -connect "127.0.0.1:$port" -servername localhost -CAfile cert.pem \
		-verify_return_error -cipher ALL -quiet -ktls
}
client_gnutls() {
	LD_PRELOAD=$stdout_buffer gnutls-cli -p "$port" --x509cafile cert.pem --priority 'NORMAL:+AES-128-CCM' --logfile=gnutls.log localhost
}
client_ncat() {
	OPENSSL_CONF=openssl.cnf ncat --ssl --ssl-verify --ssl-trustfile cert.pem --ssl-servername localhost --ssl-ciphers ALL \
		127.0.0.1 "$port"
}
client_socat() {
	OPENSSL_CONF=openssl.cnf socat -t 1 - "OPENSSL:127.0.0.1:$port,cafile=cert.pem,commonname=localhost,cipher=ALL"
}

# start_peer KIND: in the background, fed by descriptor 8, output in peer.out.
start_peer() {
	rm -f peer.in peer.out
	mkfifo peer.in
	"$1" <peer.in >peer.out 2>peer.err 9>&- &
	peer=$!
	started+=("$peer")
	exec 8>peer.in
}

# start_cat ARGUMENTS...: likewise, fed by descriptor 9, output in cat.out, report in cat.json.
start_cat() {
	rm -f cat.in cat.out cat.json
	mkfifo cat.in
	"$cat_bin" -v --json=cat.json "$(path_option)" "$@" <cat.in >cat.out 2>cat.err 8>&- &
	cat_pid=$!
	started+=("$cat_pid")
	exec 9>cat.in
}

# exchange [peer]: both send at once; when both have all, ktls-cat closes first, or the peer does, and waits for the answer.
exchange() {
	local up=from_peer first=${1:-cat} size
	size=$(stat -c %s to_peer)
	cat to_peer >&9 8>&- &
	local feeder=$!
	cat "$up" >&8 9>&-
	wait "$feeder"
	wait_for_size peer.out "$size" "$peer"
	wait_for_size cat.out "$(stat -c %s "$up")" "$cat_pid"
	if [ "$first" = peer ]; then
		exec 8>&-
		sleep 0.2
	fi
	exec 9>&-
}

json() {
	sed -n 's/^ *"'"$1"'": *"\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' cat.json | head -n 1
}

# check_exchange VERSION ALLOWED-EXIT-CODES...: bytes, exit code, and the path that carried them.
check_exchange() {
	local version=$1 status=0
	shift
	wait "$cat_pid" || status=$?
	case " $* " in
	*" $status "*) ;;
	*)
		echo "ktls-cat ended with $status, expected one of: $*"
		cat cat.err peer.err
		return 1
		;;
	esac
	cmp to_peer peer.out
	[ ! -s cat.out ] || cmp from_peer cat.out
	[ "$(json version)" = "TLS $version" ]
	if [ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ]; then
		[ "$(grep -c '"path": "kernel"' cat.json)" -eq 2 ]
	fi
}

end_peer() {
	exec 8>&-
	wait "$peer" || true
}
