/* SPDX-License-Identifier: MIT */
/* ktlsctl sockets for people: one line a socket. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "out/table.h"
#include "sockets.h"

enum {
	CELL = 128,
};

/* "123", "12.3k", "4.0G": at most five characters up to 1023 of the largest unit. */
static void size_text(int64_t n, const char *behind, char text[CELL])
{
	static const char units[] = " kMGTPE";
	double value = (double)n;
	size_t unit = 0;

	if (n < 0) {
		strcpy(text, "?");
		return;
	}
	for (; value >= 1000 && unit + 2 < sizeof(units); unit++)
		value /= 1024;
	if (unit)
		snprintf(text, CELL, "%.*f%c%s", value < 99.95 ? 1 : 0, value, units[unit], behind);
	else
		snprintf(text, CELL, "%" PRId64 "%s", n, behind);
}

static void number_text(int64_t n, char text[CELL])
{
	if (n < 0)
		strcpy(text, "?");
	else
		snprintf(text, CELL, "%" PRId64, n);
}

struct row {
	const struct sockets_view *v;
	const struct diag_socket *s;
	const struct sockets_speed *speed;
};

static void local_cell(const struct row *r, char text[CELL])
{
	diag_print_addr(r->s, false, text);
}

static void peer_cell(const struct row *r, char text[CELL])
{
	diag_print_addr(r->s, true, text);
}

static void state_cell(const struct row *r, char text[CELL])
{
	const char *name = diag_state_name(r->s->state);

	snprintf(text, CELL, "%s", name ? name : "?");
}

static void version_cell(const struct row *r, char text[CELL])
{
	sockets_version_text(r->s->version, text);
}

static void cipher_cell(const struct row *r, char text[CELL])
{
	sockets_cipher_text(r->s->cipher, text);
}

/* Both at once as long as they are the same. */
static void mode_cell(const struct row *r, char text[CELL])
{
	char tx[16], rx[16];

	sockets_mode_text(r->s->tx, tx);
	sockets_mode_text(r->s->rx, rx);
	snprintf(text, CELL, strcmp(tx, rx) == 0 ? "%s" : "%s/%s", tx, rx);
}

static void options_cell(const struct row *r, char text[CELL])
{
	snprintf(text, CELL, "%s%s%s", r->s->zero_copy ? "zero-copy" : "", r->s->zero_copy && r->s->no_pad ? "," : "",
		 r->s->no_pad ? "no-pad" : "");
	if (!*text)
		strcpy(text, "-");
}

static void payload_cell(const struct row *r, char text[CELL])
{
	number_text(r->s->max_payload, text);
}

static void sent_cell(const struct row *r, char text[CELL])
{
	size_text(r->s->bytes_sent, "", text);
}

static void received_cell(const struct row *r, char text[CELL])
{
	size_text(r->s->bytes_received, "", text);
}

static void acked_cell(const struct row *r, char text[CELL])
{
	size_text(r->s->bytes_acked, "", text);
}

static void rate_cell(const struct row *r, char text[CELL])
{
	size_text(r->s->rate, "/s", text);
}

static void sending_cell(const struct row *r, char text[CELL])
{
	size_text(r->speed->sent, "/s", text);
}

static void receiving_cell(const struct row *r, char text[CELL])
{
	size_text(r->speed->received, "/s", text);
}

static void cwnd_cell(const struct row *r, char text[CELL])
{
	number_text(r->s->cwnd, text);
}

static void rtt_cell(const struct row *r, char text[CELL])
{
	if (r->s->rtt_us < 0)
		strcpy(text, "?");
	else
		snprintf(text, CELL, "%.3fms", (double)r->s->rtt_us / 1000);
}

/* "curl/123", and how many others have it. */
static void process_cell(const struct row *r, char text[CELL])
{
	const struct proc_socket *p = proc_of(&r->v->procs, r->s->inode), *end = r->v->procs.rows + r->v->procs.n;
	size_t others = 0;

	if (!p) {
		strcpy(text, r->s->inode ? "?" : "-");
		return;
	}
	while (p + others + 1 < end && p[others + 1].inode == p->inode)
		others++;
	snprintf(text, CELL, "%s/%d", p->comm, (int)p->pid);
	if (others)
		snprintf(text + strlen(text), CELL - strlen(text), "+%zu", others);
}

enum {
	IF_WIDE = 1,	/* with --wide */
	IF_SPEED = 2,	/* when speeds are known */
	ALWAYS = 0,
};

static const struct {
	struct out_column head;
	unsigned when;
	void (*cell)(const struct row *r, char text[CELL]);
} columns[] = {
	{ { "local", OUT_LEFT }, ALWAYS, local_cell },
	{ { "peer", OUT_LEFT }, ALWAYS, peer_cell },
	{ { "state", OUT_LEFT }, IF_WIDE, state_cell },
	{ { "tls", OUT_LEFT }, ALWAYS, version_cell },
	{ { "cipher", OUT_LEFT }, ALWAYS, cipher_cell },
	{ { "tx/rx", OUT_LEFT }, ALWAYS, mode_cell },
	{ { "options", OUT_LEFT }, IF_WIDE, options_cell },
	{ { "payload", OUT_RIGHT }, IF_WIDE, payload_cell },
	{ { "sending", OUT_RIGHT }, IF_SPEED, sending_cell },
	{ { "receiving", OUT_RIGHT }, IF_SPEED, receiving_cell },
	{ { "sent", OUT_RIGHT }, IF_WIDE, sent_cell },
	{ { "acked", OUT_RIGHT }, IF_WIDE, acked_cell },
	{ { "received", OUT_RIGHT }, IF_WIDE, received_cell },
	{ { "rate", OUT_RIGHT }, IF_WIDE, rate_cell },
	{ { "cwnd", OUT_RIGHT }, IF_WIDE, cwnd_cell },
	{ { "rtt", OUT_RIGHT }, IF_WIDE, rtt_cell },
	{ { "process", OUT_LEFT }, ALWAYS, process_cell },
};

enum {
	N_COLUMNS = sizeof(columns) / sizeof(columns[0]),
};

int sockets_print_text(const struct sockets_view *v, bool wide, struct out *o)
{
	const unsigned have = (wide ? IF_WIDE : 0) | (v->speeds ? IF_SPEED : 0);
	struct out_column heads[N_COLUMNS];
	struct out_table *t;
	char text[CELL];
	size_t n = 0;
	int ret;

	if (!v->list.n) {
		out_text(o, OUT_PLAIN, "no kernel TLS sockets");
		out_line(o);
		return 0;
	}
	for (size_t c = 0; c < N_COLUMNS; c++)
		if ((columns[c].when & have) == columns[c].when)
			heads[n++] = columns[c].head;
	ret = out_table_new(&t, heads, n);
	if (ret)
		return ret;
	for (size_t i = 0; i < v->list.n; i++) {
		const struct row row = { v, &v->list.sockets[i], v->speeds ? &v->speeds[i] : NULL };

		for (size_t c = 0; c < N_COLUMNS; c++) {
			if ((columns[c].when & have) != columns[c].when)
				continue;
			columns[c].cell(&row, text);
			out_table_cell(t, OUT_PLAIN, "%s", text);
		}
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

int sockets_print_summary(const struct sockets_view *v, struct out *o)
{
	static const struct out_column heads[] = {
		{ "sockets", OUT_RIGHT }, { "tls", OUT_LEFT }, { "cipher", OUT_LEFT }, { "tx", OUT_LEFT }, { "rx", OUT_LEFT }
	};
	struct sockets_group *groups;
	ssize_t n = sockets_group(v, &groups);
	struct out_table *t;
	char text[32];
	int ret;

	if (n < 0)
		return (int)n;
	ret = out_table_new(&t, heads, 5);
	for (ssize_t i = 0; !ret && i < n; i++) {
		out_table_cell(t, OUT_PLAIN, "%zu", groups[i].count);
		sockets_version_text(groups[i].version, text);
		out_table_cell(t, OUT_PLAIN, "%s", text);
		sockets_cipher_text(groups[i].cipher, text);
		out_table_cell(t, OUT_PLAIN, "%s", text);
		sockets_mode_text(groups[i].tx, text);
		out_table_cell(t, OUT_PLAIN, "%s", text);
		sockets_mode_text(groups[i].rx, text);
		out_table_cell(t, OUT_PLAIN, "%s", text);
	}
	free(groups);
	if (ret)
		return ret;
	out_text(o, OUT_PLAIN, "%zu kernel TLS socket%s", v->list.n, v->list.n == 1 ? "" : "s");
	out_line(o);
	if (n)
		ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}
