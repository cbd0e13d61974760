/* SPDX-License-Identifier: MIT */
/* Many connections at once: what memory one costs while it is idle, and once it has carried data. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/wait.h"
#include "ktls-bench/comparison.h"
#include "ktls-bench/end.h"
#include "ktls-bench/handshake.h"
#include "ktls-bench/memory.h"
#include "ktls-bench/pattern.h"

enum {
	/* Both ends wait for each other after so many, lest the listener's queue overflow where no handshake slows the client. */
	TOGETHER = 64,
	/* Open files of a process beside the connections. */
	OTHER_FILES = 64,
	/*
	 * Sockets that only fill the gaps which earlier ones left in the slab: those that are measured would go there first, and seem
	 * to cost less.
	 */
	BALLAST = 512,
	/* Bytes of a connection by which the kernel's memory may change in a moment and be at rest. */
	SLACK = 128,
};

/* What is measured, in the order of the extras. */
enum {
	IDLE_USER,
	IDLE_KERNEL,
	ACTIVE_USER,
	ACTIVE_KERNEL,
	PASS_RATE,
};

struct held {
	int fd;
	struct carried *end;
};

/* All connections of an end. */
struct crowd {
	struct stream *s;
	struct held *all;
	unsigned n;
	int ballast[BALLAST];
	char *buf;		/* for what is received */
	struct memory before;
};

/* -------------------------------------------------------------------------------- */

/* Both ends are here. The connection that was made before all others tells them. */
static int meet(const struct stream *s)
{
	const int fd = s->wish->fds[0];
	char byte = 0;
	ssize_t n;

	if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
		return -errno;
	do
		n = recv(fd, &byte, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ECONNABORTED;
}

/* Nothing is under way at either end while memory is looked at. */
static int look(const struct crowd *c, struct memory *m)
{
	int ret = meet(c->s);

	if (ret)
		return ret;
	memory_look(m, (double)c->n * SLACK);
	return meet(c->s);
}

/* By all connections of this end; negative: not known. What was freed at first may be more than the little that plain TCP takes. */
static double process_grown(const struct memory *before, const struct memory *now)
{
	if (before->process < 0 || now->process < 0)
		return -1;
	return now->process > before->process ? now->process - before->process : 0;
}

static double tables_grown(const struct memory *before, const struct memory *now)
{
	if (before->tables < 0 || now->tables < 0)
		return -1;
	return now->tables > before->tables ? now->tables - before->tables : 0;
}

/* Sockets do not come for nothing: when it has not grown, others have given back more. */
static double slab_grown(const struct memory *before, const struct memory *now)
{
	return before->slab < 0 || now->slab <= before->slab ? -1 : now->slab - before->slab;
}

/* Of one connection, at this end. The slab is that of both ends where they have one kernel: the client counts it. */
static int report_memory(const struct crowd *c, int user, int kernel)
{
	double *extra = c->s->wish->report->extra;
	struct memory now;
	double process, tables, slab;
	int ret = look(c, &now);

	if (ret)
		return ret;
	process = process_grown(&c->before, &now);
	tables = tables_grown(&c->before, &now);
	slab = c->s->wish->is_server && !c->s->wish->trial->two_kernels ? 0 : slab_grown(&c->before, &now);
	extra[user] = process < 0 ? -1 : process / c->n;
	extra[kernel] = slab < 0 || tables < 0 ? -1 : (slab + tables) / c->n;
	return 0;
}

/* -------------------------------------------------------------------------------- */

static int connect_one(const struct stream *s, unsigned k)
{
	/* A reset, lest the ports be used up, each for a minute. Set now, so that it holds for a client that is killed, too. */
	const struct linger at_once = { .l_onoff = 1 };
	const int fd = pairs_connect(s->wish->pairs, s->wish->trial->options);

	if (fd == -EADDRNOTAVAIL)
		snprintf(s->wish->report->why, sizeof(s->wish->report->why),
			 "no port is left after %u connections (sysctl net.ipv4.ip_local_port_range)", k);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return fd;
}

/* Connection @k at this end. Both ends wait for each other now and then. A socket or negative errno. */
static int join_one(const struct stream *s, unsigned k)
{
	int ret = k % TOGETHER ? 0 : meet(s);

	if (ret)
		return ret;
	return s->is_sender ? connect_one(s, k) : pairs_accept(s->wish->pairs);
}

static void say_no_memory(const struct stream *s, unsigned done)
{
	snprintf(s->wish->report->why, sizeof(s->wish->report->why),
		 "no memory is left after %u connections, or none that may be mapped (sysctl vm.max_map_count)", done);
}

/* s->end is the one that is worked with, which can say why it failed. */
static int open_one(struct stream *s, struct held *h, unsigned k)
{
	const struct carrier *carrier = s->context->carrier;
	int ret;

	h->fd = join_one(s, k);
	if (h->fd < 0)
		return h->fd;
	ret = carrier->open(&h->end, s->context, h->fd, s->wish->report->why);
	s->end = h->end;
	if (ret == -ENOMEM)
		say_no_memory(s, k);
	return ret;
}

static void close_one(struct stream *s, struct held *h)
{
	if (h->end)
		s->context->carrier->close(h->end);
	if (h->fd >= 0)
		close(h->fd);
	*h = (struct held){ .fd = -1 };
}

static int receive(struct crowd *c)
{
	const int ret = end_receive_whole(c->s, c->buf, c->s->wish->trial->options->length);

	return ret > 0 ? 0 : ret ? ret : -ECONNABORTED;
}

/* A request and its answer, which is the same. */
static int exchange(struct crowd *c, const struct held *h)
{
	struct stream *s = c->s;
	const struct trial *t = s->wish->trial;
	const struct carrier *carrier = s->context->carrier;
	int ret = 0;

	s->end = h->end;
	if (s->is_sender)
		ret = carrier->send(s->end, t->pattern->bytes, t->options->length);
	if (!ret)
		ret = receive(c);
	if (!ret && !s->is_sender)
		ret = carrier->send(s->end, c->buf, t->options->length);
	return ret;
}

/* -------------------------------------------------------------------------------- */

/* One connection, closed again: what only the first one costs is no part of what one costs. */
static int warm_up(struct crowd *c)
{
	struct held *h = &c->all[0];
	int ret = open_one(c->s, h, 0);

	if (!ret)
		ret = exchange(c, h);
	if (ret)
		return ret;
	c->s->context->carrier->get_facts(h->end, &c->s->wish->report->facts);
	/* The reset of the client must not meet a server that still sends. */
	ret = meet(c->s);
	c->s->end = NULL;
	close_one(c->s, h);
	return ret;
}

static int fill_gaps(struct crowd *c)
{
	for (unsigned i = 0; i < BALLAST; i++) {
		c->ballast[i] = join_one(c->s, i);
		if (c->ballast[i] < 0)
			return c->ballast[i];
	}
	return 0;
}

static int open_all(struct crowd *c)
{
	int ret = 0;

	end_start_counting(c->s);
	for (unsigned i = 0; !ret && i < c->n; i++) {
		ret = open_one(c->s, &c->all[i], i);
		c->s->ops += !ret;
	}
	end_stop_counting(c->s);
	return ret;
}

static int use_all(struct crowd *c)
{
	const double start = cli_now_seconds();
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->n; i++)
		ret = exchange(c, &c->all[i]);
	/* Some buffers are only made when they are needed. */
	if (ret == -ENOMEM)
		say_no_memory(c->s, c->n);
	if (!ret && c->s->is_sender)
		c->s->wish->report->extra[PASS_RATE] = c->n / (cli_now_seconds() - start);
	return ret;
}

static int run(struct crowd *c)
{
	int ret = warm_up(c);

	if (!ret)
		ret = fill_gaps(c);
	memory_collect();
	if (!ret)
		ret = look(c, &c->before);
	if (!ret)
		ret = open_all(c);
	if (!ret)
		ret = report_memory(c, IDLE_USER, IDLE_KERNEL);
	if (!ret)
		ret = use_all(c);
	if (!ret)
		ret = report_memory(c, ACTIVE_USER, ACTIVE_KERNEL);
	return ret;
}

/* Every process has a limit of its own, so each end raises its own. */
static int allow_files(const struct stream *s, unsigned n)
{
	const rlim_t needed = (rlim_t)n + BALLAST + OTHER_FILES;
	struct rlimit limit;
	int highest;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	if (limit.rlim_max < needed) {
		snprintf(s->wish->report->why, sizeof(s->wish->report->why),
			 "%u connections take %llu open files a process, and no more than %llu are allowed (ulimit -Hn)", n,
			 (unsigned long long)needed, (unsigned long long)limit.rlim_max);
		return -EMFILE;
	}
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	/* The table of files grows now: with threads in the process that takes the kernel a while each time. */
	highest = fcntl(s->wish->fds[0], F_DUPFD_CLOEXEC, (int)needed - 1);
	if (highest < 0)
		return -errno;
	close(highest);
	return 0;
}

/* Written to, so that the pages are there before the memory is looked at. */
static int make_room(struct crowd *c)
{
	const size_t len = c->s->wish->trial->options->length;

	c->all = malloc(c->n * sizeof(*c->all));
	c->buf = malloc(len);
	if (!c->all || !c->buf)
		return -ENOMEM;
	memset(c->buf, 1, len);
	for (unsigned i = 0; i < c->n; i++)
		c->all[i] = (struct held){ .fd = -1 };
	for (unsigned i = 0; i < BALLAST; i++)
		c->ballast[i] = -1;
	return 0;
}

/* The one that failed is left to whoever asks it why. */
static void leave(struct crowd *c, bool failed)
{
	if (!failed)
		c->s->end = NULL;
	for (unsigned i = 0; c->all && i < c->n; i++)
		if (!c->s->end || c->all[i].end != c->s->end)
			close_one(c->s, &c->all[i]);
	for (unsigned i = 0; c->all && i < BALLAST; i++)
		if (c->ballast[i] >= 0)
			close(c->ballast[i]);
	free(c->all);
	free(c->buf);
}

/* Both ends do the same, the one as the client of each connection. There is no time: the work has an end. */
static int work_of_end(struct stream *s, double start)
{
	struct crowd c = { .s = s, .n = s->wish->trial->options->connections };
	int ret = allow_files(s, c.n);

	(void)start;
	if (!ret)
		ret = make_room(&c);
	if (!ret)
		ret = run(&c);
	leave(&c, ret != 0);
	return ret;
}

/* --- what it means ---------------------------------------------------------------- */

static double opened(const struct sample *s)
{
	return (double)s->ops;
}

static double idle_user(const struct sample *s)
{
	return s->extra[IDLE_USER];
}

static double idle_kernel(const struct sample *s)
{
	return s->extra[IDLE_KERNEL];
}

static double active_user(const struct sample *s)
{
	return s->extra[ACTIVE_USER];
}

static double active_kernel(const struct sample *s)
{
	return s->extra[ACTIVE_KERNEL];
}

static double pass_rate(const struct sample *s)
{
	return s->extra[PASS_RATE];
}

#define KIB (1.0 / 1024)

static const struct bench_extra extras[] = {
	[IDLE_USER] = { .key = "idle_user_bytes", .title = "idle KiB", .scale = KIB, .digits = 1, .of = idle_user },
	[IDLE_KERNEL] = { .key = "idle_kernel_bytes", .title = "kernel", .scale = KIB, .digits = 1, .of = idle_kernel },
	[ACTIVE_USER] = { .key = "active_user_bytes", .title = "active KiB", .scale = KIB, .digits = 1, .of = active_user },
	[ACTIVE_KERNEL] = { .key = "active_kernel_bytes", .title = "kernel", .scale = KIB, .digits = 1, .of = active_kernel },
	[PASS_RATE] = { .key = "active_transactions_per_second", .title = "trans/s", .scale = 1, .of = pass_rate },
	{ 0 },
};

static bool knows_processes(const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && (c->rows[i].extras[IDLE_USER] < 0 || c->rows[i].extras[ACTIVE_USER] < 0))
			return false;
	return true;
}

/* A sum that lacks the kernel's part for one row only would compare nothing. */
static bool knows_kernel(const struct comparison *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && (c->rows[i].extras[IDLE_KERNEL] < 0 || c->rows[i].extras[ACTIVE_KERNEL] < 0))
			return false;
	return true;
}

static double kib_of(const struct row *row, int user, int kernel, bool with_kernel)
{
	return (row->extras[user] + (with_kernel ? row->extras[kernel] : 0)) / 1024;
}

static void say_cost(FILE *f, const struct row *row, const struct row *base, bool with_kernel)
{
	const double idle = kib_of(row, IDLE_USER, IDLE_KERNEL, with_kernel);
	const double active = kib_of(row, ACTIVE_USER, ACTIVE_KERNEL, with_kernel);
	const double idle_base = kib_of(base, IDLE_USER, IDLE_KERNEL, with_kernel);
	const double active_base = kib_of(base, ACTIVE_USER, ACTIVE_KERNEL, with_kernel);

	fprintf(f, "%s %.1f KiB, and %.1f once it has carried data", row->what.title, idle, active);
	if (row != base && idle_base > 0 && active_base > 0)
		fprintf(f, " (%.2f and %.2f times what %s takes)", idle / idle_base, active / active_base, base->what.title);
}

/* Every row beside libssl. */
static void conclude(FILE *f, const struct comparison *c)
{
	const bool with_kernel = knows_kernel(c);
	const struct row *base = comparison_base(c);

	if (!base || !knows_processes(c))
		return;
	fprintf(f, "What an idle connection takes, both ends together, %s: ",
		with_kernel ? "in the processes and in the kernel" : "in the processes alone (what the kernel takes is not known)");
	say_cost(f, base, base, with_kernel);
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && &c->rows[i] != base) {
			fputs("; ", f);
			say_cost(f, &c->rows[i], base, with_kernel);
		}
	fputs(". ", f);
}

static size_t list(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX])
{
	(void)o;
	return cases_of_carriers(cases, false);
}

const struct bench_mode bench_mode_connections = {
	.name = "connections",
	.takes = TAKES_LENGTH | TAKES_CONNECTIONS | TAKES_REMOTE,
	.length = 16 << 10,
	.lengths = "requests",
	.connects = true,
	.list = list,
	.take = sample_take,
	.send = work_of_end,
	.receive = work_of_end,
	.work = opened,
	CONNECTION_RATE,
	.cost_title = "CPU us",
	.extras = extras,
	.conclude = conclude,
};
