/* SPDX-License-Identifier: MIT */
/* The carriers beside each other, measured in turn. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/wait.h"
#include "ktls-bench/clock.h"
#include "ktls-bench/comparison.h"
#include "ktls-bench/exit.h"
#include "ktls-bench/pattern.h"
#include "ktls-bench/remote.h"
#include "ktls-bench/watch.h"

const struct row *comparison_row(const struct comparison *c, const char *id)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].n && strcmp(c->rows[i].what.id, id) == 0)
			return &c->rows[i];
	return NULL;
}

const struct row *comparison_base(const struct comparison *c)
{
	const struct row *libssl = comparison_row(c, "libssl");

	for (size_t i = 0; !libssl && i < c->n; i++)
		if (c->rows[i].n)
			libssl = &c->rows[i];
	return libssl;
}

const struct row *comparison_base_of(const struct comparison *c, const struct row *row)
{
	const struct row *base = comparison_row(c, row->what.base);

	return base || strcmp(row->what.base, "libssl") != 0 ? base : comparison_base(c);
}

bool comparison_has_foreign_records(const struct comparison *c)
{
	return c->options->peer && c->options->reverse;
}

double comparison_record_size(const struct comparison *c)
{
	uint64_t bytes = 0, records = 0;

	for (size_t i = 0; i < c->n; i++)
		for (unsigned k = 0; k < c->rows[i].n; k++) {
			const struct carrier_facts *facts = &c->rows[i].samples[k].facts;

			bytes += facts->rx_records ? facts->rx_bytes : 0;
			records += facts->rx_records;
		}
	return records ? (double)bytes / (double)records : 0;
}

/* --- measuring ------------------------------------------------------------------ */

/* Who carries what must be who the row says. */
static int check_path(const struct row *row, const struct sample *s, struct cli_failure *f)
{
	const bool by_kernel = strcmp(s->facts.tx, "kernel") == 0 || strcmp(s->facts.rx, "kernel") == 0;

	if (row->what.carrier && row->what.carrier->is_kernel != by_kernel)
		return cli_fail(f, CLI_NO_KERNEL, "%s: the records were carried by %s and %s", row->what.title, s->facts.tx, s->facts.rx);
	return 0;
}

/* A comparison of different ciphers is none. */
static int check_same(const struct comparison *c, const struct row *row, const struct sample *s, struct cli_failure *f)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct sample *other = c->rows[i].samples;

		if (!c->rows[i].n || !s->facts.suite[0] || !other->facts.suite[0])
			continue;
		if (strcmp(other->facts.suite, s->facts.suite) != 0 || strcmp(other->facts.version, s->facts.version) != 0)
			return cli_fail(f, CLI_HANDSHAKE, "not the same TLS: %s has %s %s, %s has %s %s", row->what.title, s->facts.version,
					s->facts.suite, c->rows[i].what.title, other->facts.version, other->facts.suite);
	}
	return 0;
}

static int cannot_be_had(const struct comparison *c, const struct row *row, struct cli_failure *f)
{
	if (!c->options->cases)
		return 0;
	return cli_fail(f, CLI_NO_KERNEL, "%s: %s", row->what.title, row->why_not);
}

/* All that the measurements of a run need. */
struct measuring {
	struct comparison *c;
	const struct bench_tls *tls;
	const struct pattern *pattern;
	struct remote *remote;	/* NULL: loopback */
	struct cli_wait wait;
	/* The present one. */
	struct row *row;
	unsigned run;
};

static void tell_interval(const struct trial *t, double start, const struct sample *part)
{
	const struct measuring *m = t->arg;

	watch_interval(m->c, m->row, m->run, start, part);
}

static int judge(struct measuring *m, int ret, struct sample *s, struct cli_failure *f)
{
	struct row *row = m->row;

	if (ret == -EOPNOTSUPP)
		return cannot_be_had(m->c, row, f);
	m->c->interrupted = ret == -EINTR;
	if (ret == -EBADMSG) {
		*f = (struct cli_failure){ 0 };
		return cli_fail(f, BENCH_MISMATCH, "%s: %s", row->what.title,
				row->why_not[0] ? row->why_not : "data came out other than it was sent");
	}
	row->why_not[0] = '\0';
	if (ret)
		return f->code;
	if (check_path(row, s, f) || check_same(m->c, row, s, f))
		return f->code;
	memcpy(m->c->congestion, s->congestion, sizeof(m->c->congestion));
	memcpy(m->c->nic, s->nic, sizeof(m->c->nic));
	row->n++;
	watch_ended(m->c, row, m->run);
	return 0;
}

static int measure(struct measuring *m, struct cli_failure *f)
{
	const struct trial trial = {
		.options = m->c->options, .tls = m->tls, .pattern = m->pattern, .what = &m->row->what, .wait = &m->wait,
		.remote = m->remote, .two_kernels = m->remote && !m->c->server.same_machine, .interval = tell_interval, .arg = m,
		.peer = m->c->options->peer ? &m->c->peer : NULL, .where = m->c->options->peer ? m->c->options->url.text : NULL,
	};
	struct sample *s = &m->row->samples[m->row->n];

	if (m->row->why_not[0])
		return 0;
	watch_begins(m->c, m->row, m->run);
	return judge(m, (m->remote ? remote_take : m->c->options->mode->take)(&trial, s, &m->row->latency, m->row->why_not, f), s, f);
}

/* The seats for the cases of the same record size as @first: their number. */
static size_t seat_all(struct measuring *m, const struct row *first, struct bench_seat *seats)
{
	size_t n = 0;

	for (size_t i = 0; i < m->c->n; i++) {
		struct row *row = &m->c->rows[i];

		if (row->what.size == first->what.size && !row->why_not[0])
			seats[n++] = (struct bench_seat){ .what = &row->what, .sample = &row->samples[row->n], .why = row->why_not, .arg = row };
	}
	return n;
}

static int measure_together(struct measuring *m, const struct row *first, struct cli_failure *f)
{
	const struct trial trial = {
		.options = m->c->options,
		.pattern = m->pattern,
		.what = &first->what,
		.wait = &m->wait,
		.ipsec_mb = m->c->ipsec_mb,
	};
	struct bench_seat *seats = calloc(m->c->n, sizeof(*seats));
	const size_t n = seats ? seat_all(m, first, seats) : 0;
	int ret = 0;

	if (!seats)
		return cli_fail(f, CLI_IO, "out of memory");
	if (n) {
		watch_begins(m->c, seats[0].arg, m->run);
		ret = m->c->options->mode->take_together(&trial, seats, n, f);
	}
	for (size_t i = 0; i < n && !f->code; i++) {
		m->row = seats[i].arg;
		judge(m, seats[i].ret, seats[i].sample, f);
	}
	m->c->interrupted = ret == -EINTR;
	free(seats);
	return f->code;
}

static bool is_first_of_its_size(const struct comparison *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (c->rows[k].what.size == c->rows[i].what.size)
			return false;
	return true;
}

static int measure_run(struct measuring *m, struct cli_failure *f)
{
	const bool together = m->c->options->mode->take_together;

	for (size_t i = 0; !f->code && i < m->c->n; i++) {
		m->row = &m->c->rows[i];
		if (!together)
			measure(m, f);
		else if (is_first_of_its_size(m->c, i))
			measure_together(m, m->row, f);
	}
	return f->code;
}

/* In turn, A B C A B C, so that what the machine does meanwhile meets all of them. */
static int measure_all(struct measuring *m, struct cli_failure *f)
{
	struct comparison *c = m->c;

	for (m->run = 0; !f->code && m->run < c->options->runs; m->run++)
		measure_run(m, f);
	watch_all_ended(c);
	return f->code;
}

/* --- summing up ----------------------------------------------------------------- */

typedef double (*of_sample)(const struct sample *s);

static double cpu_of(const struct usage *u)
{
	return u->user < 0 ? 0 : u->user + u->system;
}

/* Of the ends that are known. */
static double all_cpu(const struct sample *s)
{
	return cpu_of(&s->sender) + cpu_of(&s->receiver);
}

static double sender_user(const struct sample *s)
{
	return s->sender.user;
}

static double sender_system(const struct sample *s)
{
	return s->sender.system;
}

static double receiver_user(const struct sample *s)
{
	return s->receiver.user;
}

static double receiver_system(const struct sample *s)
{
	return s->receiver.system;
}

static double softirq(const struct sample *s)
{
	return s->softirq;
}

static struct stats rates(const struct row *row, const struct bench_mode *mode)
{
	double values[BENCH_RUNS_MAX];

	for (unsigned i = 0; i < row->n; i++)
		values[i] = bench_mode_rate(mode, &row->samples[i]);
	return stats_of(values, row->n);
}

/* Seconds for a piece of work; negative: not known. */
static struct stats costs(const struct row *row, const struct bench_mode *mode, of_sample seconds)
{
	double values[BENCH_RUNS_MAX];

	for (unsigned i = 0; i < row->n; i++) {
		const double work = mode->work(&row->samples[i]), spent = seconds(&row->samples[i]);

		values[i] = spent < 0 ? -1 : work > 0 ? spent / work : 0;
	}
	return stats_of(values, row->n);
}

/* Of those samples that know it; negative when most of them do not. */
static double extra_median(const struct row *row, const struct bench_extra *extra)
{
	double values[BENCH_RUNS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < row->n; i++) {
		values[n] = extra->of(&row->samples[i]);
		n += values[n] >= 0;
	}
	return 2 * n >= row->n && n ? stats_of(values, n).median : -1;
}

/* Of the clocks of both machines, for a piece of work; 0: not known. */
static double ticks(const struct comparison *c, const struct row *row)
{
	const struct usage *client = c->options->reverse ? &row->receiver : &row->sender;
	const struct usage *server = c->options->reverse ? &row->sender : &row->receiver;

	if (!c->options->client)
		return row->cost.median * c->clock_hz;
	if (c->clock_hz <= 0 || c->server.clock_hz <= 0)
		return 0;
	return (client->user + client->system) * c->clock_hz + (server->user + server->system) * c->server.clock_hz;
}

static void sum_up_row(const struct comparison *c, struct row *row)
{
	const struct bench_mode *mode = c->options->mode;

	row->rate = rates(row, mode);
	row->cost = costs(row, mode, all_cpu);
	row->sender = (struct usage){ costs(row, mode, sender_user).median, costs(row, mode, sender_system).median };
	row->receiver = (struct usage){ costs(row, mode, receiver_user).median, costs(row, mode, receiver_system).median };
	row->softirq = row->samples[0].softirq < 0 ? -1 : costs(row, mode, softirq).median;
	row->cycles = mode->cost_by_bytes ? ticks(c, row) / BENCH_GIB : 0;
	for (size_t i = 0; i < bench_mode_extras(mode); i++)
		row->extras[i] = extra_median(row, &mode->extras[i]);
	for (unsigned i = 0; i < row->n; i++) {
		const struct sample *s = &row->samples[i];

		row->kernel_tx = s->kernel_tx < 0 || row->kernel_tx < 0 ? -1 : row->kernel_tx + s->kernel_tx;
		row->kernel_rx = s->kernel_rx < 0 || row->kernel_rx < 0 ? -1 : row->kernel_rx + s->kernel_rx;
	}
}

/* -------------------------------------------------------------------------------- */

static int make_rows(struct comparison *c, struct cli_failure *f)
{
	static struct bench_case cases[BENCH_CASES_MAX];

	c->n = cases_choose(c->options, cases);
	c->rows = calloc(c->n, sizeof(*c->rows));
	for (size_t i = 0; c->rows && i < c->n; i++) {
		c->rows[i].what = cases[i];
		c->rows[i].samples = calloc(c->options->runs, sizeof(struct sample));
		if (!c->rows[i].samples)
			return cli_fail(f, CLI_IO, "out of memory");
	}
	return c->rows ? 0 : cli_fail(f, CLI_IO, "out of memory");
}

/* A foreign server has a key and a certificate of its own; otherwise the key is made where the TLS server is. */
static int prepare_tls(struct measuring *m, struct bench_tls *tls, struct cli_failure *f)
{
	const struct bench_options *o = m->c->options;

	if (o->mode->alone)
		return 0;
	if (o->client)
		return remote_open(&m->remote, o, &m->wait, tls, &m->c->server, f);
	if (o->peer) {
		tls->trust = &o->trust;
		tls->host = o->url.addr.host;
	}
	if (bench_tls_make(tls, f))
		return f->code;
	return o->peer ? peer_look(o, tls, &m->wait, &m->c->peer, f) : 0;
}

static int load_peer(struct comparison *c, struct cli_failure *f)
{
	const char *file = c->options->ipsec_mb;
	char why[512];

	if (file && ipsec_mb_load(&c->ipsec_mb, file, why, sizeof(why)))
		return cli_fail(f, CLI_NO_KERNEL, "--ipsec-mb: %s", why);
	return 0;
}

int comparison_run(const struct bench_options *o, const struct watch *watches, struct comparison *c, struct cli_failure *f)
{
	struct bench_tls tls = { .version = o->tls_version, .cipher = o->cipher, .record = o->record };
	struct pattern pattern;
	struct measuring m = { .c = c, .tls = &tls, .pattern = &pattern };
	int ret;

	*c = (struct comparison){ .options = o, .watches = watches, .clock_hz = clock_tsc_hz() };
	machine_look(&c->machine, o->cipher);
	if (make_rows(c, f) || load_peer(c, f) || cli_wait_init(&m.wait, f))
		return f->code;
	ret = pattern_make(&pattern, o->length);
	if (ret)
		cli_fail(f, CLI_IO, "cannot start a measurement: %s", strerror(-ret));
	if (!ret && !prepare_tls(&m, &tls, f) && (!measure_all(&m, f) || c->interrupted))
		for (size_t i = 0; i < c->n; i++)
			if (c->rows[i].n)
				sum_up_row(c, &c->rows[i]);
	remote_close(m.remote);
	bench_tls_free(&tls);
	pattern_free(&pattern);
	return f->code;
}

void comparison_free(struct comparison *c)
{
	for (size_t i = 0; c->rows && i < c->n; i++) {
		for (unsigned k = 0; c->rows[i].samples && k < c->options->runs; k++)
			sample_free(&c->rows[i].samples[k]);
		free(c->rows[i].samples);
	}
	ipsec_mb_free(c->ipsec_mb);
	c->ipsec_mb = NULL;
	free(c->rows);
	c->rows = NULL;
	c->n = 0;
}
