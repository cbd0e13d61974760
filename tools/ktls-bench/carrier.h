/* SPDX-License-Identifier: MIT */
/* Who carries the bytes of a connection: the rows of every comparison. */
#ifndef KTLS_BENCH_CARRIER_H
#define KTLS_BENCH_CARRIER_H

#include <stdbool.h>
#include <sys/types.h>

#include "ktls-bench/tls.h"

enum {
	CARRIER_WHY_MAX = 240,
};

/* What became of a connection, in words: "" where there is nothing to say. */
struct carrier_facts {
	char version[16];	/* "TLSv1.3" */
	char suite[64];		/* the registry's name */
	char tx[16], rx[16];	/* who carries a direction: "kernel", "engine", "libssl", "none" */
	bool resumed;		/* the handshake took up an earlier session */
	uint64_t rx_bytes, rx_records;	/* of data, received until now; 0: not known */
};

/* One end of a connection. */
struct carried;

struct carrier;

/* What the connections of one process share: libssl's context, and a session to take up again. */
struct carrier_context {
	const struct carrier *carrier;
	const struct bench_tls *tls;
	SSL_CTX *ctx;		/* NULL: no TLS */
	SSL_SESSION *session;	/* clients offer it; NULL: none */
	bool is_server;
};

struct carrier {
	const char *id;		/* as on the command line */
	const char *title;
	bool from_file;		/* the sender's bytes always come out of a file, by send_file() */
	bool is_kernel;		/* must be carried by the kernel's TLS */

	/* Makes libssl's context one for this carrier: 0 or negative errno. NULL: there is no TLS. */
	int (*prepare)(SSL_CTX *ctx);
	/*
	 * Makes this end of the connected, blocking socket @fd, which stays the caller's. 0; -EOPNOTSUPP: it cannot be had here,
	 * or another negative errno, with @why in words.
	 */
	int (*open)(struct carried **end, const struct carrier_context *context, int fd, char why[CARRIER_WHY_MAX]);
	/* All of it: 0 or negative errno. */
	int (*send)(struct carried *end, const void *buf, size_t len);
	/* The same, when more follows at once: it may be kept back till then, or till finish(). NULL: there is no such thing. */
	int (*send_more)(struct carried *end, const void *buf, size_t len);
	int (*send_file)(struct carried *end, int file, off_t off, size_t len);
	/*
	 * TLS 1.3: sends a KeyUpdate. 0; -EOPNOTSUPP: cannot be had, or another negative errno, with @why in words. NULL: there are no keys.
	 */
	int (*rekey)(struct carried *end, char why[CARRIER_WHY_MAX]);
	/*
	 * At least one byte; 0: the sender has finished; negative errno: -EAGAIN where the socket's time is up, or where it does not block;
	 * -ECONNABORTED: a FIN that the sender had not announced.
	 */
	ssize_t (*recv)(struct carried *end, void *buf, size_t len);
	/* Ends sending: close_notify and FIN. 0 or negative errno. */
	int (*finish)(struct carried *end);
	void (*get_facts)(struct carried *end, struct carrier_facts *facts);
	/* In words, why the last call failed; "" if it would not say more than the errno. NULL: it never does. */
	const char *(*reason)(struct carried *end);
	void (*close)(struct carried *end);
};

/* The table of carriers. Ends with NULL. */
extern const struct carrier *const carriers[];

const struct carrier *carrier_find(const char *id);

/* 0 or negative errno and @why; carrier_context_close() in either case. */
int carrier_context_open(struct carrier_context *c, const struct carrier *carrier, const struct bench_tls *tls, bool is_server,
			 char why[CARRIER_WHY_MAX]);
void carrier_context_close(struct carrier_context *c);

/*
 * Shakes hands over @fd by libssl alone, so that the client has a session which the later connections of both contexts take up
 * again. To be called at both ends. 0 or negative errno and @why.
 */
int carrier_context_prime(struct carrier_context *c, int fd, char why[CARRIER_WHY_MAX]);

extern const struct carrier carrier_plain, carrier_libssl, carrier_libssl_ktls, carrier_engine, carrier_kernel,
	carrier_kernel_sendfile, carrier_kernel_zero_copy;

#endif
