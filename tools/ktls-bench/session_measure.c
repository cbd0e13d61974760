/* SPDX-License-Identifier: MIT */
/* The server's side of one measurement. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "ktls-bench/control.h"
#include "ktls-bench/ends.h"
#include "ktls-bench/session_state.h"

enum {
	CONNECTING_MS = 15000,	/* for the connections of one */
	GRACE_MS = 120000,	/* for one beyond its time: what an end waits for at most, and what follows */
};

/* One that runs. */
struct running {
	struct session *s;
	struct trial trial;
	struct pairs pairs;
	struct ends *ends;
	int self;		/* which of the ends is here */
	struct watched watched;
	pid_t pid;
	int gate;
	int64_t kill_at;	/* -1: not at all */
};

static bool belongs(const struct running *r, const struct arrival *a, unsigned wanted)
{
	const struct opening *o = &a->opening;

	return o->version == OPENING_VERSION && o->kind == OPENING_DATA && o->sample == r->pairs.opening.sample && o->index < wanted &&
	       r->pairs.server[o->index] < 0 && memcmp(o->cookie, r->pairs.opening.cookie, sizeof(o->cookie)) == 0;
}

static bool make_blocking(int fd, bool blocking)
{
	const int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) == 0;
}

static void take_in(struct running *r, const struct arrival *a)
{
	make_blocking(a->fd, true);
	pairs_settle(a->fd, r->trial.options);
	r->pairs.server[a->opening.index] = a->fd;
}

/* The client's end may have failed already, with all its connections on their way. Nothing else is to be said now. 0 or negative errno. */
static int hear_stop(struct running *r)
{
	json_t *message;
	int ret = control_receive(r->s->control, &r->s->wait, 0, &message);

	cli_wait_limit(&r->s->wait, CONNECTING_MS);
	if (ret)
		return ret;
	ret = agree_is(message, AGREE_STOP) ? 0 : -EPROTO;
	json_decref(message);
	r->kill_at = cli_now_ms() + ENDS_GRACE_MS;
	return ret;
}

/* All connections of the measurement, in whatever order they come. */
static int accept_all(struct running *r, unsigned wanted)
{
	struct session *s = r->s;
	unsigned have = 0;

	for (unsigned i = 0; i < wanted; i++)
		r->pairs.client[i] = r->pairs.server[i] = -1;
	r->pairs.n = wanted;
	cli_wait_limit(&s->wait, CONNECTING_MS);
	while (have < wanted) {
		struct arrival a;
		const int event = session_wait(s, -1, &a, -1);

		if (event < 0)
			return event;
		if (event == SESSION_CONTROL && hear_stop(r))
			return -ECONNRESET;
		if (event == SESSION_ARRIVAL && belongs(r, &a, wanted)) {
			take_in(r, &a);
			have++;
		} else if (event == SESSION_ARRIVAL) {
			door_refuse(&a);
		}
	}
	return 0;
}

/* Streams that connect themselves come to the listener: its end alone looks at it then. */
static struct arrival *at_door(const struct running *r, struct arrival *a)
{
	return r->trial.options->mode->connects ? NULL : a;
}

static int start(struct running *r)
{
	struct end_wish wish = {
		.trial = &r->trial, .pairs = &r->pairs, .fds = r->pairs.server, .is_server = true, .is_sender = r->self == SENDER,
	};
	int gates[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gates))
		return -errno;
	r->gate = gates[0];
	wish.gate = gates[1];
	r->pid = ends_start(r->ends, r->self, &wish, &r->pairs);
	return r->pid < 0 ? r->pid : 0;
}

/* 1: go on; 0: the end has gone; negative errno. */
static int hear_end(struct running *r)
{
	char byte;

	if (recv(r->gate, &byte, 1, 0) != 1)
		return 0;
	return session_say(r->s, agree_message(AGREE_READY)) ? -ECONNRESET : 1;
}

/* 1: go on; negative errno: the session is over. */
static int hear_client(struct running *r)
{
	struct session *s = r->s;
	json_t *message;
	int ret = control_receive(s->control, &s->wait, 0, &message);
	char byte = 0;

	if (ret)
		return ret;
	ret = 1;
	/* If it has just gone that is seen next. */
	if (agree_is(message, AGREE_GO))
		(void)!send(r->gate, &byte, 1, MSG_NOSIGNAL);
	else if (agree_is(message, AGREE_STOP))
		r->kill_at = cli_now_ms() + ENDS_GRACE_MS;
	else
		ret = -EPROTO;
	json_decref(message);
	return ret;
}

/* Until the end has gone, which it is made to when the client has. 0 or negative errno. */
static int attend(struct running *r)
{
	const struct bench_options *o = r->trial.options;
	const bool is_timed = o->mode->takes & TAKES_TIME && !o->bytes;
	const int64_t deadline = !is_timed ? -1 : cli_now_ms() + o->omit_ms + o->time_ms + GRACE_MS;
	int ret = 1;

	while (ret > 0) {
		struct arrival a;
		int event;

		r->s->wait.deadline = deadline;
		event = session_wait(r->s, r->gate, at_door(r, &a),
				     cli_sooner(watched_tell(&r->watched), ends_until_killed(r->pid, &r->kill_at)));
		if (event == SESSION_CONTROL)
			ret = hear_client(r);
		else if (event == SESSION_GATE)
			ret = hear_end(r);
		else if (event == SESSION_ARRIVAL)
			door_refuse(&a);
		else if (event < 0)
			ret = event;
	}
	r->s->wait.deadline = -1;
	if (ret)
		kill(r->pid, SIGTERM);
	ends_reap(r->pid);
	return ret;
}

static void tell_interval(const struct trial *t, double begin, const struct sample *part)
{
	struct session *s = t->arg;

	(void)begin;
	/* A client that has gone is noticed by what it does not say. */
	session_say(s, agree_put_interval(part));
}

static int run_end(struct running *r)
{
	const struct bench_options *o = r->trial.options;
	struct machine_counters before, counted;
	int ret;

	if (o->mode->connects && !make_blocking(r->pairs.listener, true))
		return -errno;
	machine_read_counters(&before);
	ret = start(r);
	pairs_close_connected(&r->pairs);
	if (!ret)
		ret = attend(r);
	make_blocking(r->pairs.listener, false);
	counted = machine_counters_since(&before);
	return ret ? ret : session_say(r->s, agree_put_report(&r->ends->end[r->self], &counted));
}

int session_measure(struct session *s, const struct bench_case *what, unsigned number)
{
	const struct bench_options *o = &s->parameters.options;
	struct running r = {
		.s = s, .gate = -1, .kill_at = -1, .self = o->reverse ? SENDER : RECEIVER,
		.trial = { .options = o, .tls = &s->tls, .pattern = &s->pattern, .what = what, .interval = tell_interval, .arg = s,
			   .two_kernels = s->two_kernels },
		.pairs = { .listener = s->door->listener, .patience_ms = PAIRS_PATIENCE_MS, .opening = s->opening, .options = o },
	};
	int ret;

	r.pairs.opening.kind = OPENING_DATA;
	r.pairs.opening.sample = number;
	r.ends = ends_make(bench_connections(o), SAMPLE_SENDER | SAMPLE_RECEIVER);
	if (!r.ends)
		return -ENOMEM;
	r.watched = (struct watched){ .t = &r.trial, .ends = r.ends, .by = r.self, .known = SIZE_MAX };
	ret = session_say(s, agree_message(AGREE_ACCEPTING));
	if (!ret)
		ret = accept_all(&r, o->mode->connects ? 1 : bench_connections(o));
	if (!ret)
		ret = run_end(&r);
	pairs_close_connected(&r.pairs);
	if (r.gate >= 0)
		close(r.gate);
	ends_free(r.ends);
	return ret;
}
