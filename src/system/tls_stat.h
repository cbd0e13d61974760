/* SPDX-License-Identifier: MIT */
/* The kernel's TLS counters: /proc/net/tls_stat, one set for each network namespace (Linux 5.5). */
#ifndef SYSTEM_TLS_STAT_H
#define SYSTEM_TLS_STAT_H

#include <stddef.h>
#include <stdint.h>

#include "system/sysroot.h"

enum tls_counter_kind {
	TLS_COUNTER_OPEN,	/* sockets of now: goes up and down */
	TLS_COUNTER_EVENT,	/* only goes up */
	TLS_COUNTER_ERROR,	/* only goes up, and should not */
};

/* What is known about a counter; static. */
struct tls_counter_info {
	const char *name;
	enum tls_counter_kind kind;
	const char *meaning;
	const char *since;	/* first kernel that has it */
};

struct tls_counter {
	char name[48];
	int64_t value;				/* -1: the file has no number there that makes sense */
	const struct tls_counter_info *info;	/* NULL: newer than this program */
};

enum {
	TLS_STAT_MAX = 64,
};

struct tls_stat {
	struct tls_counter counters[TLS_STAT_MAX];
	size_t n;
};

/* Takes every "name value" line, in the file's order; lines without a name, repeated names and excess lines are left out. */
void tls_stat_parse(const char *text, size_t len, struct tls_stat *stat);

/* 0; -ENOENT: no kernel TLS is loaded; or negative errno. */
int tls_stat_read(const struct sysroot *root, struct tls_stat *stat);

/* The counter's value, -1 if it is not there. */
int64_t tls_stat_get(const struct tls_stat *stat, const char *name);

/* What a counter counts; of one that is newer than this program the name tells: the kernel's sockets of now are TlsCurr*. */
enum tls_counter_kind tls_counter_kind(const struct tls_counter *c);

/* All errors together; -1: not known. */
int64_t tls_stat_errors(const struct tls_stat *stat);

/* Sockets with a key for sending, and for receiving, whoever carries their records; -1: not known. */
int64_t tls_stat_sending(const struct tls_stat *stat);
int64_t tls_stat_receiving(const struct tls_stat *stat);

#endif
