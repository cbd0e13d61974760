# SPDX-License-Identifier: MIT
# Servers of what comes before TLS, from packages, on loopback, with everything that they write in the folder of the tests.
# shellcheck shell=bash disable=SC2154

# Where Debian has them, which is not in everybody's PATH.
PATH=$PATH:/usr/sbin:/sbin

# Each start_NAME begins with what it takes, and does nothing where that is not installed; the tests say so.
has() {
	command -v "$1" >/dev/null
}

# in_background NAME PROGRAM ARGUMENT...: for all tests of the file, with what it says in NAME.log.
in_background() {
	local name=$1
	shift
	timeout 300 "$@" </dev/null >"$name.log" 2>&1 3>&- &
	echo $! >>servers
}

# take_port NAME: sets $port, and has port_for NAME tell it.
take_port() {
	# One that is given away is listened at a little later.
	until
		port=$(free_port)
		! grep -qxF "$port" ./*.port 2>/dev/null
	do :; done
	echo "$port" >"$1.port"
}

# port_for NAME: sets $port once somebody listens there.
port_for() {
	port=$(<"$BATS_FILE_TMPDIR/$1.port")
	wait_for_listener "$port"
}

# For servers that refuse to be root's.
as_nobody=()
[ "$(id -u)" -ne 0 ] || as_nobody=(setpriv --reuid=nobody "--regid=$(id -g nobody)" --clear-groups)

stop_servers() {
	local pid
	while read -r pid; do
		kill "$pid" 2>/dev/null || true
		for _ in $(seq 100); do
			[ -d "/proc/$pid" ] || break
			sleep 0.05
		done
	done <"$BATS_FILE_TMPDIR/servers"
	[ ! -e "$BATS_FILE_TMPDIR/postgres.folder" ] || rm -rf "$(<"$BATS_FILE_TMPDIR/postgres.folder")"
}

# Users of dovecot's own, unless there is no choice.
dovecot_users() {
	local user
	user=$(id -un)
	if [ "$user" = root ]; then
		printf '%s\n' 'default_internal_user = dovecot' 'default_login_user = dovenull'
	else
		printf '%s\n' "default_internal_user = $user" "default_internal_group = $(id -gn)" "default_login_user = $user"
		for service in anvil imap-login pop3-login managesieve-login submission-login; do
			printf 'service %s {\n\tchroot =\n}\n' "$service"
		done
	fi
}

# dovecot_service SERVICE NAME [NAME-OF-ANOTHER]: listens at a port of its own, and the other one not at all.
dovecot_service() {
	take_port "$2"
	printf 'service %s {\n\tinet_listener %s {\n\t\tport = %s\n\t}\n' "$1" "$2" "$port"
	[ -z "${3-}" ] || printf '\tinet_listener %s {\n\t\tport = 0\n\t}\n' "$3"
	printf '}\n'
}

start_dovecot() {
	has dovecot || return 0
	mkdir -p dovecot mail
	{
		cat <<-END
			base_dir = $PWD/dovecot
			state_dir = $PWD/dovecot
			log_path = /dev/stderr
			listen = 127.0.0.1
			protocols = imap pop3 lmtp sieve submission
			ssl = yes
			ssl_cert = <$PWD/server.pem
			ssl_key = <$PWD/server.key
			passdb {
				driver = static
				args = password=x
			}
			userdb {
				driver = static
				args = uid=$(id -u nobody) gid=$(id -g nobody) home=$PWD/mail
			}
		END
		dovecot_users
		dovecot_service imap-login imap imaps
		dovecot_service pop3-login pop3 pop3s
		dovecot_service lmtp lmtp
		dovecot_service managesieve-login sieve
		dovecot_service submission-login submission submissions
	} >dovecot.conf
	in_background dovecot dovecot -F -c "$PWD/dovecot.conf"
}

start_vsftpd() {
	has vsftpd || return 0
	take_port ftp
	cat >vsftpd.conf <<-END
		listen=YES
		listen_address=127.0.0.1
		listen_port=$port
		background=NO
		run_as_launching_user=$([ "$(id -u)" -eq 0 ] && echo NO || echo YES)
		secure_chroot_dir=$PWD
		seccomp_sandbox=NO
		ssl_enable=YES
		rsa_cert_file=$PWD/server.pem
		rsa_private_key_file=$PWD/server.key
	END
	in_background vsftpd vsftpd "$PWD/vsftpd.conf"
}

# start_slapd NAME [LINE]: with this in its configuration.
start_slapd() {
	has slapd || return 0
	take_port "$1"
	printf '%s\n' "pidfile $PWD/$1.pid" "${@:2}" >"$1.conf"
	in_background "$1" slapd -d 0 -h "ldap://127.0.0.1:$port" -f "$PWD/$1.conf"
}

start_prosody() {
	has prosody || return 0
	mkdir -p prosody
	take_port xmpp
	local c2s=$port
	take_port xmpp-server
	cat >prosody.cfg.lua <<-END
		run_as_root = true
		data_path = "$PWD/prosody"
		pidfile = "$PWD/prosody.pid"
		interfaces = { "127.0.0.1" }
		c2s_ports = { $c2s }
		s2s_ports = { $port }
		c2s_direct_tls_ports = {}
		modules_enabled = { "tls"; "saslauth"; "dialback" }
		modules_disabled = { "offline"; "s2s_auth_certs" }
		log = { info = "*console" }
		ssl = { certificate = "$PWD/server.pem"; key = "$PWD/server.key" }
		VirtualHost "localhost"
	END
	in_background prosody prosody -F --config "$PWD/prosody.cfg.lua"
}

# The newest version's programs: they are not in PATH.
postgres_bin() {
	printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1
}

start_postgres() {
	local bin
	bin=$(postgres_bin)
	[ -x "$bin/initdb" ] || return 0
	take_port postgres
	# Its user must get there, and the key must be its own.
	pg=$(mktemp -d)
	echo "$pg" >postgres.folder
	cp server.pem server.key "$pg"
	[ "$(id -u)" -ne 0 ] || chown -R nobody "$pg"
	(
		cd "$pg" || exit 1
		"${as_nobody[@]}" "$bin/initdb" -D "$pg/data" -A trust -U test --no-sync >"$BATS_FILE_TMPDIR/initdb.log" 2>&1
	)
	in_background postgres "${as_nobody[@]}" "$bin/postgres" -D "$pg/data" -p "$port" -c listen_addresses=127.0.0.1 \
		-c unix_socket_directories= -c fsync=off -c ssl=on -c ssl_cert_file="$pg/server.pem" -c ssl_key_file="$pg/server.key"
}

start_mariadb() {
	has mariadbd || return 0
	take_port mysql
	local user
	user=--user=$(id -un)
	mariadb-install-db --no-defaults --auth-root-authentication-method=normal --datadir="$PWD/mariadb" "$user" --skip-test-db \
		>mariadb-install.log 2>&1
	in_background mariadb mariadbd --no-defaults "$user" --datadir="$PWD/mariadb" --socket="$PWD/mariadb.sock" \
		--pid-file="$PWD/mariadb.pid" --bind-address=127.0.0.1 --port="$port" --ssl-cert="$PWD/server.pem" \
		--ssl-key="$PWD/server.key" --innodb-buffer-pool-size=8M --innodb-flush-log-at-trx-commit=0
}

# start_tinyproxy NAME [LINE...]: with these in its configuration.
start_tinyproxy() {
	has tinyproxy || return 0
	take_port "$1"
	printf '%s\n' "Port $port" 'Listen 127.0.0.1' 'Allow 127.0.0.1' 'Timeout 60' 'LogLevel Connect' "${@:2}" >"$1.conf"
	in_background "$1" tinyproxy -d -c "$PWD/$1.conf"
}

# start_microsocks NAME [ARGUMENT...]
start_microsocks() {
	has microsocks || return 0
	take_port "$1"
	in_background "$1" microsocks -i 127.0.0.1 -p "$port" "${@:2}"
}

# The one for SOCKS 4, too. It connects to any port but the first.
start_danted() {
	has danted || return 0
	take_port danted
	cat >danted.conf <<-END
		logoutput: stderr
		internal: 127.0.0.1 port = $port
		external: lo
		clientmethod: none
		socksmethod: none
		user.privileged: $(id -un)
		user.unprivileged: $(id -un)
		client pass {
			from: 127.0.0.0/8 to: 0.0.0.0/0
		}
		socks block {
			from: 127.0.0.0/8 to: 0.0.0.0/0 port = 1
		}
		socks pass {
			from: 127.0.0.0/8 to: 0.0.0.0/0 protocol: tcp
		}
	END
	in_background danted danted -f "$PWD/danted.conf" -p "$PWD/danted.pid"
}
