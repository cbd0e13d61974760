/* SPDX-License-Identifier: MIT */
/* A measurement between this machine and a server. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ktls-bench/agree.h"
#include "ktls-bench/control.h"
#include "ktls-bench/ends.h"
#include "ktls-bench/pairs.h"
#include "ktls-bench/remote_session.h"

enum {
	ACCEPTING_MS = 10000,
	REPORT_MS = 130000,	/* when this end has gone: the server's end waits for data for a minute, and may then send for a minute */
};

/* One that runs. */
struct running {
	char nic[OFFLOAD_TEXT_MAX];	/* of this end */
	const struct trial *t;
	struct remote *remote;
	struct pairs pairs;
	struct ends *ends;
	int self;		/* which of the ends is here */
	struct watched watched;
	pid_t pid;
	int gate;
	int64_t kill_at;	/* -1: not at all */
	bool ready, server_ready, begun;
	bool gone, reported;	/* this end has; the other's report is here */
	struct machine_counters counted;	/* by the server's machine */
};

/* --- connections --------------------------------------------------------------------- */

static int ask_for_sample(struct running *r, struct cli_failure *f)
{
	struct remote *remote = r->remote;
	struct agree_sample sample = { .number = ++remote->opening.sample };
	json_t *message;
	int ret;

	memcpy(sample.id, r->t->what->id, sizeof(sample.id));
	ret = control_send(remote->control, remote->wait, agree_put_sample(&sample));
	if (ret)
		return remote_fail(remote, ret, f);
	if (remote_expect(remote, AGREE_ACCEPTING, ACCEPTING_MS, &message, f))
		return f->code;
	json_decref(message);
	return 0;
}

static int connect_all(struct running *r, struct cli_failure *f)
{
	const struct bench_options *o = r->t->options;
	const unsigned n = o->mode->connects ? 1 : bench_connections(o);

	while (r->pairs.n < n) {
		const int fd = pairs_connect_as(&r->pairs, o, r->pairs.n);

		if (fd < 0)
			return cli_fail(f, CLI_IO, "%s: connecting for data: %s", r->remote->text, strerror(-fd));
		r->pairs.server[r->pairs.n] = -1;
		r->pairs.client[r->pairs.n++] = fd;
	}
	pairs_get_congestion(r->pairs.client[0], r->pairs.congestion);
	offload_describe(r->pairs.client[0], r->nic);
	return 0;
}

static int start(struct running *r, struct cli_failure *f)
{
	struct end_wish wish = {
		.trial = r->t, .pairs = &r->pairs, .fds = r->pairs.client, .is_server = false, .is_sender = r->self == SENDER,
	};
	int gates[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gates))
		return cli_fail(f, CLI_IO, "cannot start a measurement: %s", strerror(errno));
	r->gate = gates[0];
	wish.gate = gates[1];
	r->pid = ends_start(r->ends, r->self, &wish, &r->pairs);
	return r->pid < 0 ? cli_fail(f, CLI_IO, "cannot start a measurement: %s", strerror(-r->pid)) : 0;
}

/* --- while both ends run ------------------------------------------------------------- */

static int say(struct running *r, const char *name)
{
	return control_send(r->remote->control, r->remote->wait, agree_message(name));
}

/* When both are ready: the server's end begins half a round trip later. */
static int begin(struct running *r)
{
	char byte = 0;

	if (!r->ready || !r->server_ready || r->begun)
		return 0;
	r->begun = true;
	/* If it has just gone that is seen next. */
	(void)!send(r->gate, &byte, 1, MSG_NOSIGNAL);
	return say(r, AGREE_GO);
}

static int hear_end(struct running *r)
{
	char byte;

	if (recv(r->gate, &byte, 1, 0) == 1) {
		r->ready = true;
		return begin(r);
	}
	r->gone = true;
	r->kill_at = -1;
	return ends_reap(r->pid) && !r->reported ? say(r, AGREE_STOP) : 0;
}

static int take_interval(struct running *r, const json_t *message)
{
	struct end_report *other = &r->ends->end[!r->self];
	struct sample part = { 0 };
	char why[FIELDS_WHY_MAX];

	if (r->watched.known >= BENCH_INTERVALS_MAX || agree_take_interval(message, &part, why))
		return -EPROTO;
	atomic_store(&other->intervals[r->watched.known].bytes, part.bytes);
	atomic_store(&other->intervals[r->watched.known].ops, part.ops);
	r->watched.known++;
	return 0;
}

/* @f: what is wrong with it. */
static int take_report(struct running *r, const json_t *message, struct cli_failure *f)
{
	struct end_report *other = &r->ends->end[!r->self];
	char why[FIELDS_WHY_MAX];

	if (agree_take_report(message, other, &r->counted, why)) {
		cli_fail(f, CLI_IO, "%s: the server's report: %s", r->remote->text, why);
		return -EPROTO;
	}
	r->reported = true;
	if (other->err && !r->gone)
		r->kill_at = cli_now_ms() + ENDS_GRACE_MS;
	return 0;
}

static int hear_server(struct running *r, struct cli_failure *f)
{
	json_t *message;
	int ret = control_receive(r->remote->control, r->remote->wait, 0, &message);

	if (ret)
		return ret;
	if (agree_is(message, AGREE_READY)) {
		r->server_ready = true;
		ret = begin(r);
	} else if (agree_is(message, AGREE_INTERVAL)) {
		ret = take_interval(r, message);
	} else if (agree_is(message, AGREE_REPORT) && !r->reported) {
		ret = take_report(r, message, f);
	} else {
		remote_refused(r->remote, message, f);
		ret = -EPROTO;
	}
	json_decref(message);
	return ret;
}

/* Until the end here has gone, and the other has reported. 0 or negative errno and @f. */
static int attend(struct running *r, struct cli_failure *f)
{
	struct cli_wait *wait = r->remote->wait;
	struct pollfd fds[3] = { [1] = { .fd = r->remote->control, .events = POLLIN }, [2] = { .fd = r->gate, .events = POLLIN } };
	int64_t deadline = -1;
	int ret = 0;

	while (!ret && !(r->gone && r->reported)) {
		fds[2].fd = r->gone ? -1 : r->gate;
		if (r->gone && deadline < 0)
			deadline = cli_now_ms() + REPORT_MS;
		wait->deadline = deadline;
		ret = cli_wait_poll(wait, fds, 3, cli_sooner(watched_tell(&r->watched), ends_until_killed(r->pid, &r->kill_at)));
		if (ret < 0)
			break;
		ret = 0;
		if (fds[1].revents)
			ret = hear_server(r, f);
		if (!ret && fds[2].revents)
			ret = hear_end(r);
	}
	wait->deadline = -1;
	if (ret)
		remote_fail(r->remote, ret, f);
	return ret;
}

static int run(struct running *r, struct cli_failure *f)
{
	int ret = start(r, f) ? -EIO : 0;

	pairs_close_connected(&r->pairs);
	if (ret)
		return ret;
	ret = attend(r, f);
	if (!r->gone) {
		kill(r->pid, SIGTERM);
		ends_reap(r->pid);
	}
	return ret;
}

/* --- results -------------------------------------------------------------------------- */

static void prefix(struct end_report *r, const char *whose)
{
	char why[CARRIER_WHY_MAX];

	if (!r->why[0])
		return;
	memcpy(why, r->why, sizeof(why));
	snprintf(r->why, sizeof(r->why), "%s: %.*s", whose, (int)(sizeof(why) - 16), why);
}

/* Whose reason it is. */
static void name_ends(const struct running *r)
{
	struct end_report *here = &r->ends->end[r->self], *there = &r->ends->end[!r->self];
	const bool is_same = here->err == -EOPNOTSUPP && there->err == -EOPNOTSUPP && strcmp(here->why, there->why) == 0;

	prefix(here, is_same ? "both ends" : "client");
	prefix(there, is_same ? "both ends" : "server");
}

static int64_t sum(int64_t a, int64_t b)
{
	return a < 0 || b < 0 ? -1 : a + b;
}

/* What both machines counted; once, where they are one. */
static struct machine_counters all_counted(const struct running *r, const struct machine_counters *here)
{
	struct machine_counters all = *here;

	if (!r->remote->same_machine)
		all.softirq = here->softirq < 0 || r->counted.softirq < 0 ? -1 : here->softirq + r->counted.softirq;
	if (!r->remote->same_network) {
		all.kernel_tx = sum(here->kernel_tx, r->counted.kernel_tx);
		all.kernel_rx = sum(here->kernel_rx, r->counted.kernel_rx);
	}
	return all;
}

static int measure(struct running *r, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	struct machine_counters before, counted;
	int ret;

	if (ask_for_sample(r, f) || connect_all(r, f))
		return f->code > CLI_SIGNAL ? -EINTR : -EIO;
	memcpy(s->congestion, r->pairs.congestion, sizeof(s->congestion));
	memcpy(s->nic, r->nic, sizeof(s->nic));
	machine_read_counters(&before);
	ret = run(r, f);
	if (ret)
		return ret;
	counted = machine_counters_since(&before);
	counted = all_counted(r, &counted);
	sample_set_counters(s, &counted);
	name_ends(r);
	ret = sample_of_ends(r->t, r->ends, s, latency, why, f);
	if (!ret)
		watched_tell_rest(&r->watched, s);
	return ret;
}

int remote_take(const struct trial *t, struct sample *s, struct latency *latency, char why[CARRIER_WHY_MAX], struct cli_failure *f)
{
	struct remote *remote = t->remote;
	struct running r = {
		.t = t, .remote = remote, .gate = -1, .kill_at = -1, .self = t->options->reverse ? RECEIVER : SENDER,
		.pairs = { .listener = -1, .patience_ms = PAIRS_PATIENCE_MS,
			   .opening = remote->opening, .addr = remote->addr, .addr_len = remote->addr_len,
			   .source = remote->source, .source_len = remote->source_len },
	};
	int ret;

	*s = (struct sample){ 0 };
	r.pairs.opening.kind = OPENING_DATA;
	r.pairs.opening.sample = remote->opening.sample + 1;
	r.ends = ends_make(bench_connections(t->options), SAMPLE_SENDER | SAMPLE_RECEIVER);
	if (!r.ends) {
		cli_fail(f, CLI_IO, "out of memory");
		return -ENOMEM;
	}
	r.watched = (struct watched){ .t = t, .ends = r.ends, .by = r.self };
	/* Whatever else becomes of it, the server hears of it only if all was said. */
	remote->broken = true;
	ret = measure(&r, s, latency, why, f);
	remote->broken = !r.reported || !r.gone;
	pairs_close_connected(&r.pairs);
	if (r.gate >= 0)
		close(r.gate);
	ends_free(r.ends);
	return ret;
}
