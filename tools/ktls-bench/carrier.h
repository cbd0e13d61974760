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
};

/* One end of a connection. */
struct carried;

struct carrier {
	const char *id;		/* as on the command line */
	const char *title;
	bool from_file;		/* the sender's bytes come out of a file, by send_file() */
	bool is_kernel;		/* must be carried by the kernel's TLS */

	/*
	 * Makes this end of the connected, blocking socket @fd, which stays the caller's. 0; -EOPNOTSUPP: it cannot be had here,
	 * or another negative errno, with @why in words.
	 */
	int (*open)(struct carried **end, const struct bench_tls *tls, int fd, bool is_server, char why[CARRIER_WHY_MAX]);
	/* All of it: 0 or negative errno. */
	int (*send)(struct carried *end, const void *buf, size_t len);
	int (*send_file)(struct carried *end, int file, off_t off, size_t len);
	/* At least one byte; 0: the sender has finished; negative errno. */
	ssize_t (*recv)(struct carried *end, void *buf, size_t len);
	/* Ends sending: close_notify and FIN. 0 or negative errno. */
	int (*finish)(struct carried *end);
	void (*get_facts)(struct carried *end, struct carrier_facts *facts);
	void (*close)(struct carried *end);
};

/* Ends with NULL. */
extern const struct carrier *const carriers[];

const struct carrier *carrier_find(const char *id);

extern const struct carrier carrier_plain, carrier_libssl, carrier_libssl_ktls, carrier_engine, carrier_kernel,
	carrier_kernel_sendfile;

#endif
