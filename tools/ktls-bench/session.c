/* SPDX-License-Identifier: MIT */
/* The server's side of one client. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "ktls-bench/agree.h"
#include "ktls-bench/clock.h"
#include "ktls-bench/control.h"
#include "ktls-bench/ends.h"
#include "ktls-bench/pattern.h"
#include "ktls-bench/session.h"

enum {
	IDLE_MS = 60000,	/* for a client between measurements */
	CONNECTING_MS = 15000,	/* for the connections of one */
	GRACE_MS = 120000,	/* for one beyond its time: what an end waits for at most, and what follows */
};

struct session {
	struct door *door;
	const char *who;
	int control;
	struct opening opening;
	struct cli_wait wait;		/* has no signals: they end the process */
	struct agree_parameters parameters;
	struct bench_tls tls;
	struct pattern pattern;
	bool two_kernels;
	unsigned measured;
};

static int say_to(struct session *s, json_t *message)
{
	return control_send(s->control, &s->wait, message);
}

/* --- waiting ----------------------------------------------------------------------- */

enum event {
	EVENT_CONTROL,	/* the client says something, or has gone */
	EVENT_GATE,	/* the end does */
	EVENT_ARRIVAL,
	EVENT_TICK,	/* time has passed */
};

enum {
	FDS_CONTROL = 1,
	FDS_GATE,
	FDS_DOOR,
};

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/*
 * The next of them, within the deadline of s->wait; EVENT_TICK after @ms at the latest. @a: who has arrived; NULL: nobody looks at the door.
 * Negative errno, -ETIMEDOUT.
 */
static int wait_for(struct session *s, int gate, struct arrival *a, int64_t ms)
{
	struct pollfd fds[FDS_DOOR + DOOR_FDS] = {
		[FDS_CONTROL] = { .fd = s->control, .events = POLLIN }, [FDS_GATE] = { .fd = gate, .events = POLLIN },
	};
	int ret;

	if (a)
		ms = sooner(ms, door_poll(s->door, fds + FDS_DOOR));
	ret = cli_wait_poll(&s->wait, fds, FDS_DOOR + (a ? DOOR_FDS : 0), ms);
	if (ret < 0)
		return ret;
	if (fds[FDS_CONTROL].revents)
		return EVENT_CONTROL;
	if (fds[FDS_GATE].revents)
		return EVENT_GATE;
	return a && door_step(s->door, fds + FDS_DOOR, a) ? EVENT_ARRIVAL : EVENT_TICK;
}

/* The client's next message; whoever comes is sent away. */
static int next_message(struct session *s, int64_t ms, json_t **message)
{
	struct arrival a;
	int event;

	cli_wait_limit(&s->wait, ms);
	while ((event = wait_for(s, -1, &a, -1)) != EVENT_CONTROL) {
		if (event < 0)
			return event;
		if (event == EVENT_ARRIVAL)
			door_refuse(&a);
	}
	return control_receive(s->control, &s->wait, 0, message);
}

/* --- agreement --------------------------------------------------------------------- */

static int refuse(struct session *s, const char *why)
{
	cli_say("%s: refused: %s", s->who, why);
	say_to(s, agree_put_refusal(why));
	return -ECANCELED;
}

static int describe(struct session *s, struct agree_server *d)
{
	*d = (struct agree_server){ .clock_hz = clock_tsc_hz() };
	machine_look(&d->machine, s->tls.cipher);
	pairs_get_congestion(s->door->listener, d->congestion);
	identity_look(&d->identity, s->opening.cookie, sizeof(s->opening.cookie));
	s->two_kernels = !identity_same(d->identity.machine, s->parameters.machine);
	return bench_tls_certificate(&s->tls, d->certificate, sizeof(d->certificate)) ? 0 : -EMSGSIZE;
}

/* Whatever the client's wishes take, for all its measurements. */
static int prepare(struct session *s, struct cli_failure *f)
{
	const struct bench_options *o = &s->parameters.options;
	int ret;

	s->tls = (struct bench_tls){ .version = o->tls_version, .cipher = o->cipher, .record = o->record };
	if (bench_tls_make(&s->tls, f))
		return f->code;
	ret = pattern_make(&s->pattern, o->length);
	if (ret)
		return cli_fail(f, CLI_IO, "%s", strerror(-ret));
	return pairs_use_congestion(s->door->listener, o, f);
}

static int agree(struct session *s)
{
	struct cli_failure f = { 0 };
	char why[FIELDS_WHY_MAX];
	struct agree_server d;
	json_t *message;
	int ret = next_message(s, CONTROL_PATIENCE_MS, &message);

	if (ret)
		return ret;
	snprintf(why, sizeof(why), "parameters must come first");
	ret = agree_is(message, AGREE_PARAMETERS) ? agree_take_parameters(message, &s->parameters, why) : -EPROTO;
	json_decref(message);
	if (ret)
		return refuse(s, why);
	if (prepare(s, &f))
		return refuse(s, f.text);
	ret = describe(s, &d);
	return ret ? ret : say_to(s, agree_put_server(&d));
}

/* --- a measurement ----------------------------------------------------------------- */

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
		const int event = wait_for(s, -1, &a, -1);

		if (event < 0)
			return event;
		if (event == EVENT_CONTROL && hear_stop(r))
			return -ECONNRESET;
		if (event == EVENT_ARRIVAL && belongs(r, &a, wanted)) {
			take_in(r, &a);
			have++;
		} else if (event == EVENT_ARRIVAL) {
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
	return say_to(r->s, agree_message(AGREE_READY)) ? -ECONNRESET : 1;
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

static int64_t until_killed(struct running *r)
{
	const int64_t left = r->kill_at - cli_now_ms();

	if (r->kill_at < 0)
		return -1;
	if (left > 0)
		return left;
	kill(r->pid, SIGTERM);
	r->kill_at = -1;
	return -1;
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
		event = wait_for(r->s, r->gate, at_door(r, &a), sooner(watched_tell(&r->watched), until_killed(r)));
		if (event == EVENT_CONTROL)
			ret = hear_client(r);
		else if (event == EVENT_GATE)
			ret = hear_end(r);
		else if (event == EVENT_ARRIVAL)
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
	say_to(s, agree_put_interval(part));
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
	return ret ? ret : say_to(r->s, agree_put_report(&r->ends->end[r->self], &counted));
}

static int measure(struct session *s, const struct bench_case *what, unsigned number)
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
	ret = say_to(s, agree_message(AGREE_ACCEPTING));
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

static const struct bench_case *find_case(const struct session *s, const char *id)
{
	static struct bench_case cases[BENCH_CASES_MAX];
	const struct bench_options *o = &s->parameters.options;
	const size_t n = o->mode->list(o, cases);

	for (size_t i = 0; i < n; i++)
		if (strcmp(cases[i].id, id) == 0)
			return &cases[i];
	return NULL;
}

static int take_sample(struct session *s, const json_t *message)
{
	const struct bench_case *what;
	struct agree_sample sample;
	char why[FIELDS_WHY_MAX];

	if (agree_take_sample(message, &sample, why))
		return refuse(s, why);
	what = find_case(s, sample.id);
	if (!what) {
		snprintf(why, sizeof(why), "there is no case '%s'", sample.id);
		return refuse(s, why);
	}
	s->measured++;
	return measure(s, what, sample.number);
}

/* 1: there is more to come; 0: the client is done; negative errno. */
static int serve_message(struct session *s)
{
	json_t *message;
	int ret = next_message(s, IDLE_MS, &message);

	if (ret)
		return ret;
	if (agree_is(message, AGREE_SAMPLE)) {
		ret = take_sample(s, message);
		ret = ret ? ret : 1;
	} else if (agree_is(message, AGREE_STOP) || agree_is(message, AGREE_GO)) {
		/* Said before the report of an end that had gone by itself was there. */
		ret = 1;
	} else {
		ret = agree_is(message, AGREE_BYE) ? 0 : -EPROTO;
	}
	json_decref(message);
	return ret;
}

/* --------------------------------------------------------------------------------- */

static void announce(const struct session *s)
{
	const struct bench_options *o = &s->parameters.options;

	cli_say("%s: %s, TLS %s, %s, %u connection%s", s->who, o->mode->name, o->tls_version == TLS1_3_VERSION ? "1.3" : "1.2", o->cipher,
		bench_connections(o), bench_connections(o) == 1 ? "" : "s");
}

static int serve(struct session *s)
{
	const struct opening welcome = { .version = OPENING_VERSION, .kind = OPENING_WELCOME };
	int ret = opening_send(s->control, &welcome, 0);

	if (!ret)
		ret = agree(s);
	if (ret)
		return ret;
	announce(s);
	do
		ret = serve_message(s);
	while (ret > 0);
	return ret;
}

int session_run(struct door *door, const struct arrival *a, const char *who)
{
	struct session s = {
		.door = door, .who = who, .control = a->fd, .opening = a->opening, .wait = { .signal_fd = -1, .deadline = -1 },
		.pattern = { .file = -1 },
	};
	int ret;

	control_tune(s.control);
	ret = serve(&s);
	if (ret && ret != -ECANCELED)
		cli_say("%s: the client %s", who, control_reason(ret));
	else if (!ret)
		cli_say("%s: done, %u measurement%s", who, s.measured, s.measured == 1 ? "" : "s");
	pattern_free(&s.pattern);
	bench_tls_free(&s.tls);
	door_close(door);
	return ret ? 1 : 0;
}
