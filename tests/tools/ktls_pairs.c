/* SPDX-License-Identifier: MIT */
/* ktls-pairs: makes connections of this process to itself and gives both ends to the kernel's TLS, without any handshake. */
#include <argp.h>
#include <arpa/inet.h>
#include <err.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

static const struct cipher {
	const char *id;
	unsigned short type;
	unsigned char key, iv, salt;
} ciphers[] = {
	{ "aes-128-gcm", 51, 16, 8, 4 },	{ "aes-256-gcm", 52, 32, 8, 4 },  { "aes-128-ccm", 53, 16, 8, 4 },
	{ "chacha20-poly1305", 54, 32, 12, 0 }, { "sm4-gcm", 55, 16, 8, 4 },	  { "sm4-ccm", 56, 16, 8, 4 },
	{ "aria-128-gcm", 57, 16, 8, 4 },	{ "aria-256-gcm", 58, 32, 8, 4 },
};

static struct {
	unsigned long pairs;
	size_t bytes;
	unsigned short version;
	const struct cipher *cipher;
	bool tx_only, rx_only, ulp_only, once, ipv6, no_pad;
} wish = { .pairs = 1, .version = TLS_1_3_VERSION, .cipher = &ciphers[0] };

static const struct argp_option options[] = {
	{ "pairs", 'n', "N", 0, "Connections; each has two ends (default 1)", 0 },
	{ "tls", 't', "VERSION", 0, "1.2 or 1.3 (default)", 0 },
	{ "cipher", 'c', "ID", 0, "As ktlsctl names it (default aes-128-gcm)", 0 },
	{ "tx-only", 'T', NULL, 0, "Keys for sending only", 0 },
	{ "rx-only", 'R', NULL, 0, "Keys for receiving only", 0 },
	{ "ulp-only", 'U', NULL, 0, "No keys at all", 0 },
	{ "no-pad", 'P', NULL, 0, "Expect no padding (TLS 1.3)", 0 },
	{ "bytes", 'b', "N", 0, "Send so many bytes over each", 0 },
	{ "ipv6", '6', NULL, 0, "Over ::1", 0 },
	{ "once", 'o', NULL, 0, "Close them again at once, instead of at the end of standard input", 0 },
	{ 0 },
};

static const struct cipher *cipher_of(const char *id)
{
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (strcmp(ciphers[i].id, id) == 0)
			return &ciphers[i];
	return NULL;
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'n':
		wish.pairs = strtoul(arg, NULL, 10);
		return 0;
	case 'b':
		wish.bytes = strtoul(arg, NULL, 10);
		return 0;
	case 't':
		wish.version = strcmp(arg, "1.2") == 0 ? TLS_1_2_VERSION : TLS_1_3_VERSION;
		return 0;
	case 'c':
		wish.cipher = cipher_of(arg);
		if (!wish.cipher)
			argp_error(state, "no cipher '%s'", arg);
		return 0;
	case 'T':
		wish.tx_only = true;
		return 0;
	case 'R':
		wish.rx_only = true;
		return 0;
	case 'U':
		wish.ulp_only = true;
		return 0;
	case 'P':
		wish.no_pad = true;
		return 0;
	case '6':
		wish.ipv6 = true;
		return 0;
	case 'o':
		wish.once = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* One key for everything: these connections protect nothing. */
static void install(int fd, int direction)
{
	unsigned char info[sizeof(struct tls12_crypto_info_aes_gcm_256)];
	struct tls_crypto_info head = { .version = wish.version, .cipher_type = wish.cipher->type };
	const socklen_t len = (socklen_t)(sizeof(head) + wish.cipher->iv + wish.cipher->key + wish.cipher->salt + 8U);

	memset(info, 0x42, sizeof(info));
	memcpy(info, &head, sizeof(head));
	memset(info + len - 8, 0, 8);
	if (setsockopt(fd, SOL_TLS, direction, info, len))
		err(3, "%s: key for %s", wish.cipher->id, direction == TLS_TX ? "sending" : "receiving");
}

static void give_to_kernel(int fd)
{
	const unsigned int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")))
		err(3, "TCP_ULP");
	if (wish.ulp_only)
		return;
	if (!wish.rx_only)
		install(fd, TLS_TX);
	if (!wish.tx_only)
		install(fd, TLS_RX);
	if (wish.no_pad && setsockopt(fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, &one, sizeof(one)))
		err(3, "TLS_RX_EXPECT_NO_PAD");
}

static int listen_somewhere(struct sockaddr_storage *addr, socklen_t *len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(wish.ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*len = wish.ipv6 ? sizeof(v6) : sizeof(v4);
	memcpy(addr, wish.ipv6 ? (const void *)&v6 : (const void *)&v4, *len);
	if (fd < 0 || bind(fd, (struct sockaddr *)addr, *len) || listen(fd, 64) || getsockname(fd, (struct sockaddr *)addr, len))
		err(1, "listen");
	return fd;
}

static void send_bytes(int fd, size_t n)
{
	static const char zeros[4096];

	while (n) {
		ssize_t sent = send(fd, zeros, n < sizeof(zeros) ? n : sizeof(zeros), MSG_NOSIGNAL);

		if (sent < 0)
			err(1, "send");
		n -= (size_t)sent;
	}
}

static void make_pair(int listener, const struct sockaddr_storage *addr, socklen_t len)
{
	int client = socket(addr->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

	if (client < 0 || connect(client, (const struct sockaddr *)addr, len))
		err(1, "connect");
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		err(1, "accept");
	give_to_kernel(client);
	give_to_kernel(server);
	send_bytes(client, wish.bytes);
}

static void raise_limit(void)
{
	const rlim_t need = 2 * wish.pairs + 16;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		err(1, "getrlimit");
	limit.rlim_cur = limit.rlim_cur < need ? need : limit.rlim_cur;
	limit.rlim_max = limit.rlim_max < need ? need : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "%lu connections: open files", wish.pairs);
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options, take_option, NULL, "Make kernel TLS connections.", NULL, NULL, NULL };
	struct sockaddr_storage addr;
	char rest[256];
	socklen_t len;
	int listener;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	raise_limit();
	listener = listen_somewhere(&addr, &len);
	for (unsigned long i = 0; i < wish.pairs; i++)
		make_pair(listener, &addr, len);
	if (wish.once)
		return 0;
	printf("%u\n", (unsigned)ntohs(wish.ipv6 ? ((struct sockaddr_in6 *)&addr)->sin6_port : ((struct sockaddr_in *)&addr)->sin_port));
	fflush(stdout);
	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		;
	return 0;
}
