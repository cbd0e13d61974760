/* SPDX-License-Identifier: MIT */
/* ktlsctl stats: the kernel's counters, compared with earlier ones or not, in three forms. */
#ifndef KTLSCTL_STATS_H
#define KTLSCTL_STATS_H

#include <jansson.h>

#include "out/out.h"
#include "system/tls_stat.h"

enum stats_column {
	STATS_VALUES,	/* as they are */
	STATS_CHANGE,	/* and how much they changed */
	STATS_RATE,	/* and how fast they change */
};

struct stats_report {
	int stat_err;			/* 0, or why there are no counters (-ENOENT: no kernel TLS) */
	struct tls_stat stat;
	const struct tls_stat *before;	/* NULL: nothing to compare with */
	double seconds;			/* since; not with ->before NULL */
};

/* 0, or -ENOMEM. */
int stats_print_text(const struct stats_report *r, enum stats_column column, struct out *o);

/* The document; NULL when out of memory. */
json_t *stats_json(const struct stats_report *r);

/* Prometheus' text format 0.0.4; also says "not available". */
void stats_print_prometheus(const struct stats_report *r, const char *prefix, struct out *o);

/* What Prometheus takes as the beginning of a metric's name. */
bool stats_is_prom_prefix(const char *prefix);

#endif
