# SPDX-License-Identifier: MIT
# Foreign TLS peers on loopback, each exchanging data with ktls-cat both ways at once.
# shellcheck shell=bash disable=SC2034,SC2154

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

# What waits and asks here starts no program: in an emulated machine that takes longer than what is waited for.

# nap SECONDS
nap() {
	[ -n "${nap_fd-}" ] || { exec {nap_fd}<> <(:); }
	read -rt "$1" -u "$nap_fd" || true
}

# is_listening PORT. Asked without connecting: a peer of another test that takes one connection would take this one.
is_listening() {
	local port sockets table
	printf -v port ':%04X' "$1"
	for table in /proc/net/tcp /proc/net/tcp6; do
		mapfile -t sockets <"$table"
		[[ ${sockets[*]} != *"$port "+([0-9A-F:])' 0A '* ]] || return 0
	done
	return 1
} 2>/dev/null

# A number that no other suite of this build gets, which may run at the same time; in a guest there is no other.
next_number() {
	local file=${KTLS_BUILD_DIR-}/next-port lock last
	[ -n "${KTLS_BUILD_DIR-}" ] || { echo "$RANDOM"; return; }
	exec {lock}>>"$file"
	flock "$lock"
	last=$(<"$file")
	echo "$((${last:-$RANDOM} + 1))" | tee "$file"
	exec {lock}>&-
}

# A port that nobody listens on, and that nobody else is about to take.
free_port() {
	local port
	while :; do
		port=$((20000 + $(next_number) % 12000))
		is_listening "$port" || break
	done
	echo "$port"
}

wait_for_listener() {
	local turn
	for ((turn = 0; turn < 600; turn++)); do
		! is_listening "$1" || return 0
		nap 0.05
	done
	echo "nothing listens on port $1" >&2
	head -c 2000 peer.err foreign.err 2>/dev/null >&2 || true
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
		nap 0.05
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

# Each takes the place of the shell that start_peer() started, so that its pid is the peer's.
# Peers as servers on $port: data on standard input, what they receive on standard output.
server_openssl() {
	OPENSSL_CONF=openssl.cnf exec openssl s_server -accept "127.0.0.1:$port" -cert cert.pem -key key.pem -cipher ALL -quiet -naccept 1
}
server_openssl35() {
	OPENSSL_CONF=openssl.cnf exec openssl35 s_server -accept "127.0.0.1:$port" -cert cert.pem -key key.pem -cipher ALL -quiet -naccept 1 -ktls
}
server_ncat() {
	OPENSSL_CONF=openssl.cnf exec ncat -l 127.0.0.1 "$port" --ssl --ssl-cert cert.pem --ssl-key key.pem --ssl-ciphers ALL
}
server_socat() {
	OPENSSL_CONF=openssl.cnf exec socat -t 30 - "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,cert=both.pem,verify=0,cipher=ALL"
}

# Sends back what it gets; reports about the connection come out between.
server_gnutls() {
	exec gnutls-serv --echo -p "$port" --x509certfile cert.pem --x509keyfile key.pem --priority NORMAL:+AES-128-CCM
}
# Serves the files of this folder. No master process and no worker of another user: the files are this user's.
server_nginx() {
	nginx_configuration >nginx.conf
	mkdir -p nginx
	exec nginx -p "$PWD/nginx" -e "$PWD/nginx.log" -c "$PWD/nginx.conf"
}
server_cat() {
	exec "$cat_bin" -v -l "127.0.0.1:$port" --cert cert.pem --key key.pem --ciphersuites "${ciphers_13// /:}" "${peer_options[@]}"
}

# A configuration around what is to stand in its http block (standard input). All that it writes is in this folder.
nginx_around() {
	cat <<-END
		daemon off;
		master_process off;
		pid $PWD/nginx/pid;
		error_log $PWD/nginx.log;
		events { }
		http {
			client_body_temp_path $PWD/nginx/body;
			proxy_temp_path $PWD/nginx/proxy;
			fastcgi_temp_path $PWD/nginx/fastcgi;
			uwsgi_temp_path $PWD/nginx/uwsgi;
			scgi_temp_path $PWD/nginx/scgi;
			$(cat)
		}
	END
}

nginx_configuration() {
	nginx_around <<-END
		access_log off;
		sendfile on;
		server {
			listen 127.0.0.1:$port ssl;
			root $BATS_FILE_TMPDIR;
			ssl_certificate $PWD/cert.pem;
			ssl_certificate_key $PWD/key.pem;
			ssl_protocols TLSv1.2 TLSv1.3;
			ssl_ciphers ALL;
			ssl_conf_command Ciphersuites ${ciphers_13// /:};
		}
	END
}

# Peers as clients of $port. They verify the certificate where they can.
client_cat() {
	exec "$cat_bin" -v --cafile cert.pem "${peer_options[@]}" "localhost:$port"
}
client_openssl() {
	OPENSSL_CONF=openssl.cnf exec openssl s_client -connect "127.0.0.1:$port" -servername localhost -CAfile cert.pem \
		-verify_return_error -cipher ALL -quiet
}
client_openssl35() {
	OPENSSL_CONF=openssl.cnf exec openssl35 s_client -connect "127.0.0.1:$port" -servername localhost -CAfile cert.pem \
		-verify_return_error -cipher ALL -quiet -ktls
}
client_gnutls() {
	LD_PRELOAD=$stdout_buffer exec gnutls-cli -p "$port" --x509cafile cert.pem --priority 'NORMAL:+AES-128-CCM' --logfile=gnutls.log localhost
}
client_ncat() {
	OPENSSL_CONF=openssl.cnf exec ncat --ssl --ssl-verify --ssl-trustfile cert.pem --ssl-servername localhost --ssl-ciphers ALL \
		127.0.0.1 "$port"
}
client_socat() {
	OPENSSL_CONF=openssl.cnf exec socat -t 30 - "OPENSSL:127.0.0.1:$port,cafile=cert.pem,commonname=localhost,cipher=ALL"
}

# start_peer KIND: in the background, fed by descriptor 8, output in peer.out.
start_peer() {
	rm -f peer.in peer.out
	mkfifo peer.in
	"$1" <peer.in >peer.out 2>peer.err 3>&- 9>&- &
	peer=$!
	started+=("$peer")
	exec 8>peer.in
}

# start_cat ARGUMENTS...: likewise, fed by descriptor 9, output in cat.out, report in cat.json.
start_cat() {
	rm -f cat.in cat.out cat.json
	mkfifo cat.in
	"$cat_bin" -v --json=cat.json "$(path_option)" "$@" <cat.in >cat.out 2>cat.err 3>&- 8>&- &
	cat_pid=$!
	started+=("$cat_pid")
	exec 9>cat.in
}

# What both ends said, for who looks into a failure. Some peers repeat the data.
ends_said() {
	head -c 4000 cat.err peer.err
}

# exchange [cat|peer|both|ncat|first-half-cat|first-half-peer]: both send at once; when both have all, ktls-cat closes first, or the
# peer does, or both by themselves, because neither takes the other's end for its own.
# Half-close: ktls-cat, or the peer, has closed its side before the other one begins to send.
exchange() {
	local order=${1:-cat}
	case $order in
	first-half-cat)
		feed_peer
		exec 9>&-
		feed_cat
		exec 8>&-
		return
		;;
	first-half-peer)
		feed_cat
		exec 8>&-
		feed_peer
		exec 9>&-
		return
		;;
	esac
	cat to_peer >&9 3>&- 8>&- &
	local feeder=$!
	cat from_peer >&8 9>&-
	wait "$feeder" || { ends_said; return 1; }
	wait_for_size cat.out "$(stat -L -c %s from_peer)" "$cat_pid"
	# Ncat 7.93 forgets what libssl still holds of a record until more arrives: close_notify does.
	[ "$order" != ncat ] || exec 9>&-
	wait_for_size peer.out "$(stat -L -c %s to_peer)" "$peer"
	case $order in
	both) exec 9>&- 8>&- ;;
	cat) exec 9>&- ;;
	*)
		exec 8>&-
		sleep 0.2
		exec 9>&-
		;;
	esac
}

# All of it has arrived before these return, so that what comes next finds a connection at rest.
feed_peer() {
	cat to_peer >&9 8>&-
	wait_for_size peer.out "$(stat -L -c %s to_peer)" "$peer"
}

feed_cat() {
	cat from_peer >&8 9>&-
	wait_for_size cat.out "$(stat -L -c %s from_peer)" "$cat_pid"
}

json() {
	sed -n 's/^ *"'"$1"'": *"\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' cat.json | head -n 1
}

# What a peer says when a connection ends without close_notify.
truncation_words='unexpected eof|non-properly terminated|closed without close_notify|SSL_read.*(EOF|eof)|error:0A000126'

# Whether the peer complained of the connection's end.
peer_saw_truncation() {
	grep -qE "$truncation_words" peer.err gnutls.log 2>/dev/null
}

# check_cat VERSION ALLOWED-EXIT-CODES...: exit code, version, and the path that carried the bytes.
check_cat() {
	local version=$1 status=0
	shift
	wait "$cat_pid" || status=$?
	case " $* " in
	*" $status "*) ;;
	*)
		echo "ktls-cat ended with $status, expected one of: $*"
		ends_said
		return 1
		;;
	esac
	[ "$status" -ne 0 ] || [ "$(json end)" = close_notify ]
	[ "$(json version)" = "TLS $version" ]
	if [ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ]; then
		[ "$(grep -c '"path": "kernel"' cat.json)" -eq "${kernel_paths:-2}" ]
	fi
}

# check_exchange VERSION ALLOWED-EXIT-CODES...: the same, the bytes both ways, and that the peer got our close_notify.
check_exchange() {
	check_cat "$@"
	end_peer
	cmp to_peer peer.out
	cmp from_peer cat.out
	! peer_saw_truncation || { echo 'the peer missed our close_notify:'; ends_said; return 1; }
}

end_peer() {
	exec 8>&-
	wait "$peer" || true
}

# stop_peer: one that serves until it is told to stop.
stop_peer() {
	exec 8>&-
	kill "$peer"
	wait "$peer" || true
}
