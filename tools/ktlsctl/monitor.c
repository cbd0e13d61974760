/* SPDX-License-Identifier: MIT */
/* ktlsctl monitor: finds what changed, and says it in a line or a JSON object. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "monitor.h"
#include "out/json.h"
#include "system/stat_state.h"

/* --- events --------------------------------------------------------------- */

static double print_clock(struct monitor *m)
{
	struct timespec ts;
	struct tm tm;
	char clock[16];

	clock_gettime(CLOCK_REALTIME, &ts);
	if (!m->json) {
		localtime_r(&ts.tv_sec, &tm);
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
		out_text(m->o, OUT_PLAIN, "%s.%03ld  ", clock, ts.tv_nsec / 1000000);
	}
	return (double)ts.tv_sec + (double)(ts.tv_nsec / 1000000) / 1000;
}

bool monitor_is_done(const struct monitor *m)
{
	return m->err || (m->limit && m->events >= m->limit);
}

static void end_event(struct monitor *m)
{
	int ret;

	out_line(m->o);
	m->events++;
	ret = out_finish(m->o);
	m->err = m->err ? m->err : ret;
}

/* One object a line. */
static void print_json(struct monitor *m, json_t *event)
{
	int ret = out_json_line(m->o, event);

	ret = ret ? ret : out_finish(m->o);
	m->err = m->err ? m->err : ret;
	m->events++;
}

static void socket_line(struct monitor *m, const char *event, const struct sockets_view *v, const struct diag_socket *s)
{
	const struct proc_socket *p = proc_of(&v->procs, s->inode);
	char local[DIAG_ADDR_MAX], peer[DIAG_ADDR_MAX], version[16], cipher[32], tx[16], rx[16];

	diag_print_addr(s, false, local);
	diag_print_addr(s, true, peer);
	sockets_version_text(s->version, version);
	sockets_cipher_text(s->cipher, cipher);
	sockets_mode_text(s->tx, tx);
	sockets_mode_text(s->rx, rx);
	out_text(m->o, OUT_PLAIN, "%-7s  %s  %s  tls %s  %s  tx %s  rx %s", event, local, peer, version, cipher, tx, rx);
	if (p)
		out_text(m->o, OUT_PLAIN, "  %s/%d", p->comm, (int)p->pid);
	if (strcmp(event, "close") == 0 && s->bytes_sent >= 0 && s->bytes_received >= 0)
		out_text(m->o, OUT_PLAIN, "  sent %" PRId64 "  received %" PRId64, s->bytes_sent, s->bytes_received);
}

static void socket_event(struct monitor *m, const char *event, const struct sockets_view *v, size_t i)
{
	double now;

	if (monitor_is_done(m))
		return;
	now = print_clock(m);
	if (m->json) {
		print_json(m, json_pack("{s:i, s:s, s:f, s:s, s:o}", "schema", 1, "command", "monitor", "time", now, "event",
					event, "socket", sockets_json_object(v, i)));
		return;
	}
	socket_line(m, event, v, &v->list.sockets[i]);
	end_event(m);
}

static void counter_event(struct monitor *m, const struct tls_counter *c, int64_t change)
{
	const enum out_tone tone = tls_counter_kind(c) == TLS_COUNTER_ERROR ? OUT_WARN : OUT_PLAIN;
	double now;

	if (monitor_is_done(m))
		return;
	now = print_clock(m);
	if (m->json) {
		print_json(m, json_pack("{s:i, s:s, s:f, s:s, s:s, s:I, s:I}", "schema", 1, "command", "monitor", "time", now,
					"event", tls_counter_kind(c) == TLS_COUNTER_ERROR ? "error" : "counter", "counter",
					c->name, "change", (json_int_t)change, "value", (json_int_t)c->value));
		return;
	}
	out_text(m->o, tone, "%-7s  %s +%" PRId64, tls_counter_kind(c) == TLS_COUNTER_ERROR ? "error" : "counter", c->name, change);
	if (c->info)
		out_text(m->o, tone, "  %s", c->info->meaning);
	end_event(m);
}

/* --- differences ---------------------------------------------------------- */

static int compare_cookies(const void *a, const void *b)
{
	const struct diag_socket *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

static struct diag_socket *find(const struct sockets_view *v, uint64_t cookie)
{
	const struct diag_socket wanted = { .cookie = cookie };

	if (!v->list.n)
		return NULL;
	return bsearch(&wanted, v->list.sockets, v->list.n, sizeof(wanted), compare_cookies);
}

static bool has_other_keys(const struct diag_socket *a, const struct diag_socket *b)
{
	return a->version != b->version || a->cipher != b->cipher || a->tx != b->tx || a->rx != b->rx;
}

/* @v is sorted by cookies, as the one before is. Sockets that were reported as closed are marked there, and not in it. */
static void compare_sockets(struct monitor *m, const struct sockets_view *v)
{
	for (size_t i = 0; i < m->seen.list.n; i++)
		if (!m->closed[i] && !find(v, m->seen.list.sockets[i].cookie))
			socket_event(m, "close", &m->seen, i);
	for (size_t i = 0; i < v->list.n; i++) {
		const struct diag_socket *old = find(&m->seen, v->list.sockets[i].cookie);

		if (!old)
			socket_event(m, "open", v, i);
		else if (has_other_keys(old, &v->list.sockets[i]))
			socket_event(m, "change", v, i);
	}
}

static void compare_counters(struct monitor *m, const struct tls_stat *before)
{
	int64_t change;

	for (size_t i = 0; i < m->stat.n; i++) {
		const struct tls_counter *c = &m->stat.counters[i];

		if (tls_counter_kind(c) != TLS_COUNTER_OPEN && stat_state_change(before, c, &change) && change > 0)
			counter_event(m, c, change);
	}
}

static int gather(struct monitor *m, const struct sysroot *root, struct sockets_view *v)
{
	const struct sockets_filter all = { .mode = -1, .cipher = -1 };
	int ret = sockets_gather(root, &all, v);

	if (!ret && v->list.n)
		qsort(v->list.sockets, v->list.n, sizeof(*v->list.sockets), compare_cookies);
	m->stat_err = tls_stat_read(root, &m->stat);
	if (m->stat_err)
		m->stat.n = 0;
	return ret;
}

static int take_over(struct monitor *m, const struct sockets_view *v)
{
	bool *closed = calloc(v->list.n + 1, sizeof(*closed));

	sockets_view_free(&m->seen);
	free(m->closed);
	m->seen = *v;
	m->closed = closed;
	return closed ? 0 : -ENOMEM;
}

int monitor_start(struct monitor *m, const struct sysroot *root)
{
	struct sockets_view v;
	int ret = gather(m, root, &v);

	if (!ret)
		return take_over(m, &v);
	sockets_view_free(&v);
	return ret;
}

int monitor_look(struct monitor *m, const struct sysroot *root)
{
	const struct tls_stat before = m->stat;
	struct sockets_view v;
	int ret = gather(m, root, &v);

	/* A list with gaps would have sockets close that are there. */
	if (ret || v.code == CTL_PARTLY) {
		sockets_view_free(&v);
		return ret;
	}
	compare_sockets(m, &v);
	compare_counters(m, &before);
	ret = take_over(m, &v);
	return ret ? ret : m->err;
}

void monitor_closed(struct monitor *m, const struct diag_list *gone)
{
	for (size_t i = 0; i < gone->n; i++) {
		struct diag_socket *s = find(&m->seen, gone->sockets[i].cookie);

		if (!s || m->closed[s - m->seen.list.sockets])
			continue;
		m->closed[s - m->seen.list.sockets] = true;
		/* The last word on how much went over it. */
		s->bytes_sent = gone->sockets[i].bytes_sent;
		s->bytes_received = gone->sockets[i].bytes_received;
		s->bytes_acked = gone->sockets[i].bytes_acked;
		s->state = gone->sockets[i].state;
		socket_event(m, "close", &m->seen, (size_t)(s - m->seen.list.sockets));
	}
}

void monitor_end(struct monitor *m)
{
	sockets_view_free(&m->seen);
	free(m->closed);
	m->closed = NULL;
}
