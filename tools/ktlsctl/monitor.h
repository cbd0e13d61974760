/* SPDX-License-Identifier: MIT */
/* ktlsctl monitor: what changes between two looks at sockets and counters. */
#ifndef KTLSCTL_MONITOR_H
#define KTLSCTL_MONITOR_H

#include "sockets.h"
#include "system/diag_watch.h"
#include "system/tls_stat.h"

/* What is known of the system, and where events go. */
struct monitor {
	struct sockets_view seen;	/* sorted by cookies */
	bool *closed;			/* of each, whether that is reported already */
	int stat_err;
	struct tls_stat stat;
	struct out *o;
	bool json;
	uint64_t events, limit;		/* 0: no limit */
	int err;			/* negative errno: what could not be printed */
};

/* The first look reports nothing. 0 or negative errno. */
int monitor_start(struct monitor *m, const struct sysroot *root);

/* Looks again, and reports what changed. 0 or negative errno. */
int monitor_look(struct monitor *m, const struct sysroot *root);

/* Reports those of @gone that were known. */
void monitor_closed(struct monitor *m, const struct diag_list *gone);

/* As many events as were wanted. */
bool monitor_is_done(const struct monitor *m);

void monitor_end(struct monitor *m);

#endif
