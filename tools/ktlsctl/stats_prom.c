/* SPDX-License-Identifier: MIT */
/* ktlsctl stats for Prometheus: its text format, for a scrape or for node_exporter's textfile collector. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "stats.h"

enum {
	NAME_MAX_LEN = 128,	/* a counter's name has fewer than 48, each capital of it an underscore more */
};

bool stats_is_prom_prefix(const char *prefix)
{
	if (isdigit((unsigned char)*prefix) || strlen(prefix) > 64)
		return false;
	for (; *prefix; prefix++)
		if (!isascii((unsigned char)*prefix) || !(isalnum((unsigned char)*prefix) || *prefix == '_'))
			return false;
	return true;
}

/* "TlsCurrTxSw" becomes "curr_tx_sw": what is in every name is in the prefix. */
static void metric_name(const char *counter, char name[NAME_MAX_LEN])
{
	size_t n = 0;

	if (strncmp(counter, "Tls", 3) == 0 && counter[3])
		counter += 3;
	for (size_t i = 0; counter[i]; i++) {
		const unsigned char c = (unsigned char)counter[i];

		if (isupper(c) && i && counter[i - 1] != '_' && (!isupper((unsigned char)counter[i - 1]) ||
								 islower((unsigned char)counter[i + 1])))
			name[n++] = '_';
		name[n++] = (char)tolower(c);
	}
	name[n] = '\0';
}

/* A name that stands twice would spoil the whole file; a kernel would have to try hard for it. */
static bool is_taken(const struct tls_stat *stat, size_t i, const char *name)
{
	char other[NAME_MAX_LEN];

	for (size_t j = 0; j < i; j++) {
		metric_name(stat->counters[j].name, other);
		if (strcmp(other, name) == 0)
			return true;
	}
	return strcmp(name, "available") == 0;
}

static void print_metric(const struct tls_stat *stat, size_t i, const char *prefix, struct out *o)
{
	const struct tls_counter *c = &stat->counters[i];
	const bool gauge = tls_counter_kind(c) == TLS_COUNTER_OPEN;
	char name[NAME_MAX_LEN];

	metric_name(c->name, name);
	if (c->value < 0 || is_taken(stat, i, name))
		return;
	fprintf(o->to, "# HELP %s%s%s %s%s%s.\n", prefix, name, gauge ? "" : "_total", c->name,
		c->info ? ": " : " of /proc/net/tls_stat", c->info ? c->info->meaning : "");
	fprintf(o->to, "# TYPE %s%s%s %s\n", prefix, name, gauge ? "" : "_total", gauge ? "gauge" : "counter");
	fprintf(o->to, "%s%s%s %" PRId64 "\n", prefix, name, gauge ? "" : "_total", c->value);
}

void stats_print_prometheus(const struct stats_report *r, const char *prefix, struct out *o)
{
	fprintf(o->to, "# HELP %savailable Whether the kernel's TLS is there: built in, or its module loaded.\n", prefix);
	fprintf(o->to, "# TYPE %savailable gauge\n%savailable %d\n", prefix, prefix, r->stat_err == 0);
	for (size_t i = 0; !r->stat_err && i < r->stat.n; i++)
		print_metric(&r->stat, i, prefix, o);
}
