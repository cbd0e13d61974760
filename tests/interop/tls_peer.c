/* SPDX-License-Identifier: MIT */
/* A TLS peer made of libssl alone: streams known bytes, changes keys as often as told, and ends badly on demand. */
#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

/* How the peer ends, or what it does instead of TLS. */
enum ending {
	END_CLOSE_NOTIFY,
	END_FIN,		/* FIN without close_notify */
	END_RESET,
	END_MID_RECORD,		/* half a record, then FIN */
	END_BAD_MAC,		/* a record whose tag is wrong */
	END_BAD_HEADER,		/* a header no TLS peer sends */
	END_LONG_RECORD,	/* a header that announces too much */
	END_PLAIN_TEXT,		/* a line of text instead of a ServerHello */
	END_HANDSHAKE_ALERT,	/* a fatal alert instead of a ServerHello */
	END_SILENCE,		/* accepts and says nothing */
	END_HANDSHAKE_FIN,	/* FIN instead of a ServerHello */
	END_FULL,		/* listens and has no room: who dials waits */
};

static const char *const ending_names[] = {
	[END_CLOSE_NOTIFY] = "close-notify",
	[END_FIN] = "fin",
	[END_RESET] = "reset",
	[END_MID_RECORD] = "mid-record",
	[END_BAD_MAC] = "bad-mac",
	[END_BAD_HEADER] = "bad-header",
	[END_LONG_RECORD] = "long-record",
	[END_PLAIN_TEXT] = "plain-text",
	[END_HANDSHAKE_ALERT] = "handshake-alert",
	[END_SILENCE] = "silence",
	[END_HANDSHAKE_FIN] = "handshake-fin",
	[END_FULL] = "full",
};

struct options {
	bool server;
	int port;
	const char *cert, *key, *cafile, *cipher;
	int version;
	uint64_t send;
	unsigned key_updates;
	bool request;
	enum ending ending;
	FILE *save;		/* gets what is sent, too */
};

/* Both streams, as far as they have come. */
struct streams {
	uint64_t to_send, sent, received;
	unsigned updates_left;
	uint64_t update_every;
	EVP_MD_CTX *sent_md, *received_md;
	bool send_ended, receive_ended;
	uint32_t state;		/* of the generator of what is sent */
};

enum {
	CHUNK = 16384,
};

static void die(const char *what)
{
	fprintf(stderr, "tls-peer: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static void die_errno(const char *what)
{
	fprintf(stderr, "tls-peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- connection ---------------------------------------------------------- */

/* Connections that nobody accepts, until the queue of @lfd drops the next one. */
static void fill_queue(int lfd, const struct sockaddr_in *sa)
{
	enum { ENOUGH = 4 };

	listen(lfd, 0);
	for (int i = 0; i < ENOUGH; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (fd < 0 || (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) && errno != EINPROGRESS))
			die_errno("connect");
	}
}

static int listen_and_accept(const struct options *o)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)o->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int one = 1, fd, lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (lfd < 0)
		die_errno("socket");
	setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(lfd, (struct sockaddr *)&sa, sizeof(sa)) || listen(lfd, 1) ||
	    getsockname(lfd, (struct sockaddr *)&sa, &len))
		die_errno("listen");
	if (o->ending == END_FULL)
		fill_queue(lfd, &sa);
	printf("port %u\n", ntohs(sa.sin_port));
	fflush(stdout);
	while (o->ending == END_FULL)
		pause();
	fd = accept(lfd, NULL, NULL);
	if (fd < 0)
		die_errno("accept");
	close(lfd);
	return fd;
}

static int dial(const struct options *o)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)o->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		die_errno("connect");
	return fd;
}

static SSL_CTX *make_ctx(const struct options *o)
{
	SSL_CTX *ctx = SSL_CTX_new(o->server ? TLS_server_method() : TLS_client_method());

	if (!ctx)
		die("SSL_CTX_new");
	/* Level 0 lets TLS 1.1 through, for the tests of peers that are too old. */
	if (o->version && o->version < TLS1_2_VERSION)
		SSL_CTX_set_security_level(ctx, 0);
	if (o->version && (!SSL_CTX_set_min_proto_version(ctx, o->version) || !SSL_CTX_set_max_proto_version(ctx, o->version)))
		die("protocol version");
	if (o->cipher && !(strncmp(o->cipher, "TLS_", 4) == 0 ? SSL_CTX_set_ciphersuites(ctx, o->cipher) :
								   SSL_CTX_set_cipher_list(ctx, o->cipher)))
		die("cipher");
	if (o->cert && SSL_CTX_use_certificate_chain_file(ctx, o->cert) != 1)
		die(o->cert);
	if (o->key && SSL_CTX_use_PrivateKey_file(ctx, o->key, SSL_FILETYPE_PEM) != 1)
		die(o->key);
	if (o->cafile && SSL_CTX_load_verify_locations(ctx, o->cafile, NULL) != 1)
		die(o->cafile);
	if (o->cafile)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	/* One record a call: a ticket must not make SSL_read() wait for data that comes later. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	return ctx;
}

static SSL *handshake(SSL_CTX *ctx, const struct options *o, int fd)
{
	SSL *ssl = SSL_new(ctx);

	if (!ssl || !SSL_set_fd(ssl, fd))
		die("SSL_new");
	if ((o->server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1)
		die("handshake");
	return ssl;
}

/* --- streaming ----------------------------------------------------------- */

/* Xorshift: bytes that compress badly and that a shifted or repeated record would not match. */
static void fill(struct streams *s, uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		s->state ^= s->state << 13;
		s->state ^= s->state >> 17;
		s->state ^= s->state << 5;
		buf[i] = (uint8_t)s->state;
	}
}

static void streams_init(struct streams *s, const struct options *o)
{
	*s = (struct streams){ .to_send = o->send, .updates_left = o->key_updates, .state = 2463534242u };
	s->update_every = o->key_updates ? o->send / (o->key_updates + 1) + 1 : 0;
	s->sent_md = EVP_MD_CTX_new();
	s->received_md = EVP_MD_CTX_new();
	if (!EVP_DigestInit_ex(s->sent_md, EVP_sha256(), NULL) || !EVP_DigestInit_ex(s->received_md, EVP_sha256(), NULL))
		die("sha256");
}

static void streams_free(struct streams *s)
{
	EVP_MD_CTX_free(s->sent_md);
	EVP_MD_CTX_free(s->received_md);
}

static void print_digest(const char *what, EVP_MD_CTX *md, uint64_t bytes)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	EVP_DigestFinal_ex(md, out, &len);
	printf("%s %llu ", what, (unsigned long long)bytes);
	for (unsigned i = 0; i < len; i++)
		printf("%02x", out[i]);
	printf("\n");
}

/* A KeyUpdate goes out with the next SSL_write(). */
static void update_key_if_due(SSL *ssl, struct streams *s, const struct options *o)
{
	unsigned done = o->key_updates - s->updates_left;

	if (!s->updates_left || s->sent < (done + 1) * s->update_every)
		return;
	if (!SSL_key_update(ssl, o->request ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED))
		die("SSL_key_update");
	s->updates_left--;
}

static void send_some(SSL *ssl, struct streams *s, const struct options *o)
{
	/* A write that must be repeated takes the same bytes: they stay here until it is done. */
	static uint8_t buf[CHUNK];
	static size_t filled;
	uint64_t left = s->to_send - s->sent;
	int n;

	if (!filled) {
		filled = left < CHUNK ? (size_t)left : CHUNK;
		update_key_if_due(ssl, s, o);
		fill(s, buf, filled);
	}
	n = SSL_write(ssl, buf, (int)filled);
	if (n <= 0) {
		if (SSL_get_error(ssl, n) == SSL_ERROR_WANT_WRITE || SSL_get_error(ssl, n) == SSL_ERROR_WANT_READ)
			return;
		die("SSL_write");
	}
	EVP_DigestUpdate(s->sent_md, buf, (size_t)n);
	if (o->save && fwrite(buf, 1, (size_t)n, o->save) != (size_t)n)
		die_errno("--save");
	s->sent += (uint64_t)n;
	filled = 0;
}

static void receive_some(SSL *ssl, struct streams *s)
{
	uint8_t buf[CHUNK];
	int n = SSL_read(ssl, buf, sizeof(buf));

	if (n > 0) {
		EVP_DigestUpdate(s->received_md, buf, (size_t)n);
		s->received += (uint64_t)n;
		return;
	}
	switch (SSL_get_error(ssl, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return;
	case SSL_ERROR_ZERO_RETURN:
		s->receive_ended = true;
		return;
	default:
		die("SSL_read");
	}
}

static void stream(SSL *ssl, int fd, struct streams *s, const struct options *o, bool until_closed)
{
	/* Poll decides who is served; libssl may still find half a record, so the socket must not block. */
	while (s->sent < s->to_send || (until_closed && !s->receive_ended)) {
		struct pollfd p = { .fd = fd, .events = (short)(POLLIN | (s->sent < s->to_send ? POLLOUT : 0)) };

		if (!SSL_pending(ssl) && poll(&p, 1, 30000) <= 0)
			die("no progress for 30 s");
		if (p.revents & POLLOUT)
			send_some(ssl, s, o);
		if (!s->receive_ended && (SSL_pending(ssl) || (p.revents & (POLLIN | POLLHUP | POLLERR))))
			receive_some(ssl, s);
	}
}

/* --- endings ------------------------------------------------------------- */

static void raw(int fd, const void *data, size_t len)
{
	if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		die_errno("send");
}

static void reset(int fd)
{
	struct linger l = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

/* The record goes to memory first, so that half of it can be kept back or its tag spoilt. */
static void send_spoilt_record(SSL *ssl, int fd, enum ending ending)
{
	BIO *mem = BIO_new(BIO_s_mem());
	char text[1000] = { 0 };
	char *wire;
	long len;

	SSL_set0_wbio(ssl, mem);
	if (SSL_write(ssl, text, sizeof(text)) <= 0)
		die("SSL_write");
	len = BIO_get_mem_data(mem, &wire);
	if (ending == END_MID_RECORD) {
		len /= 2;
	} else {
		wire[len - 1] ^= 1;
	}
	raw(fd, wire, (size_t)len);
}

static void end_badly(SSL *ssl, int fd, enum ending ending)
{
	/* The kernel looks at a header of TLS 1.2 when the explicit nonce is there, too: 13 bytes. */
	static const uint8_t bad_header[16] = { 0x47, 0x45, 0x54, 0x20, 0x2f, 0x20, 0x48, 0x54, 0x54, 0x50 };
	static const uint8_t long_record[16] = { 23, 3, 3, 0xff, 0xff };

	switch (ending) {
	case END_RESET:
		reset(fd);
		return;
	case END_MID_RECORD:
	case END_BAD_MAC:
		send_spoilt_record(ssl, fd, ending);
		break;
	case END_BAD_HEADER:
		raw(fd, bad_header, sizeof(bad_header));
		break;
	case END_LONG_RECORD:
		raw(fd, long_record, sizeof(long_record));
		break;
	default:
		break;
	}
	/* After a bad record the connection stays open: a reader that waits for more would hang. */
	if (ending == END_FIN || ending == END_MID_RECORD)
		shutdown(fd, SHUT_WR);
}

static void wait_for_fin(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[4096];

	while (poll(&p, 1, 30000) == 1 && recv(fd, buf, sizeof(buf), 0) > 0)
		;
}

static int without_tls(int fd, enum ending ending)
{
	static const char text[] = "220 mail.example ESMTP\r\n";
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 40 };

	if (ending == END_PLAIN_TEXT)
		raw(fd, text, sizeof(text) - 1);
	else if (ending == END_HANDSHAKE_ALERT)
		raw(fd, alert, sizeof(alert));
	else if (ending == END_HANDSHAKE_FIN)
		shutdown(fd, SHUT_WR);
	wait_for_fin(fd);
	return 0;
}

static int converse(SSL *ssl, int fd, const struct options *o)
{
	struct streams s;

	streams_init(&s, o);
	stream(ssl, fd, &s, o, false);
	/* Complete before the peer sees the end. */
	if (o->save && fclose(o->save))
		die_errno("--save");
	if (o->ending != END_CLOSE_NOTIFY) {
		end_badly(ssl, fd, o->ending);
		if (o->ending != END_RESET)
			wait_for_fin(fd);
		streams_free(&s);
		return 0;
	}
	/* No FIN yet: libssl answers a KeyUpdate even after its own close_notify. */
	SSL_shutdown(ssl);
	stream(ssl, fd, &s, o, true);
	print_digest("sent", s.sent_md, s.sent);
	print_digest("received", s.received_md, s.received);
	streams_free(&s);
	return 0;
}

/* --- command line -------------------------------------------------------- */

enum {
	OPT_CAFILE = 256, OPT_CERT, OPT_KEY, OPT_TLS, OPT_CIPHER, OPT_SEND, OPT_UPDATES, OPT_REQUEST, OPT_END, OPT_SAVE,
};

static const struct argp_option option_table[] = {
	{ "port", 'p', "N", 0, "port on 127.0.0.1; a server prints the one it got", 0 },
	{ "cert", OPT_CERT, "FILE", 0, "certificate chain", 0 },
	{ "key", OPT_KEY, "FILE", 0, "private key", 0 },
	{ "cafile", OPT_CAFILE, "FILE", 0, "demand a certificate of the peer, of these CAs", 0 },
	{ "tls", OPT_TLS, "1.1|1.2|1.3", 0, "the only version", 0 },
	{ "cipher", OPT_CIPHER, "NAME", 0, "the only cipher suite", 0 },
	{ "send", OPT_SEND, "BYTES", 0, "bytes to send", 0 },
	{ "key-updates", OPT_UPDATES, "N", 0, "KeyUpdates spread over what is sent", 0 },
	{ "request", OPT_REQUEST, NULL, 0, "each KeyUpdate asks for one in return", 0 },
	{ "end", OPT_END, "HOW", 0, "close-notify, fin, reset, mid-record, …", 0 },
	{ "save", OPT_SAVE, "FILE", 0, "write what is sent to FILE, too", 0 },
	{ 0 },
};

static int parse_version(const char *s)
{
	if (strcmp(s, "1.1") == 0)
		return TLS1_1_VERSION;
	if (strcmp(s, "1.2") == 0)
		return TLS1_2_VERSION;
	return TLS1_3_VERSION;
}

static enum ending parse_ending(const char *s, struct argp_state *state)
{
	for (size_t i = 0; i < sizeof(ending_names) / sizeof(ending_names[0]); i++)
		if (strcmp(s, ending_names[i]) == 0)
			return (enum ending)i;
	argp_error(state, "no such ending: %s", s);
	return END_CLOSE_NOTIFY;
}

static FILE *open_save(const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		die_errno(path);
	return f;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'p': o->port = atoi(arg); break;
	case OPT_CERT: o->cert = arg; break;
	case OPT_KEY: o->key = arg; break;
	case OPT_CAFILE: o->cafile = arg; break;
	case OPT_TLS: o->version = parse_version(arg); break;
	case OPT_CIPHER: o->cipher = arg; break;
	case OPT_SEND: o->send = strtoull(arg, NULL, 10); break;
	case OPT_UPDATES: o->key_updates = (unsigned)atoi(arg); break;
	case OPT_REQUEST: o->request = true; break;
	case OPT_END: o->ending = parse_ending(arg, state); break;
	case OPT_SAVE: o->save = open_save(arg); break;
	case ARGP_KEY_ARG: o->server = strcmp(arg, "server") == 0; break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { option_table, parse, "server|client", "A libssl peer for tests.", 0, 0, 0 };
	struct options o = { 0 };
	SSL_CTX *ctx;
	SSL *ssl;
	int fd, ret;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	signal(SIGPIPE, SIG_IGN);
	alarm(600);
	fd = o.server ? listen_and_accept(&o) : dial(&o);
	if (o.ending >= END_PLAIN_TEXT)
		return without_tls(fd, o.ending);
	ctx = make_ctx(&o);
	ssl = handshake(ctx, &o, fd);
	ret = converse(ssl, fd, &o);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return ret;
}
