/* SPDX-License-Identifier: MIT */
/* The server's side of one client. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "ktls-bench/clock.h"
#include "ktls-bench/control.h"
#include "ktls-bench/pairs.h"
#include "ktls-bench/session.h"
#include "ktls-bench/session_state.h"

enum {
	IDLE_MS = 60000,	/* for a client between measurements */
};

int session_say(struct session *s, json_t *message)
{
	return control_send(s->control, &s->wait, message);
}

/* --- waiting ----------------------------------------------------------------------- */

enum {
	FDS_CONTROL = 1,
	FDS_GATE,
	FDS_DOOR,
};

int session_wait(struct session *s, int gate, struct arrival *a, int64_t ms)
{
	struct pollfd fds[FDS_DOOR + DOOR_FDS] = {
		[FDS_CONTROL] = { .fd = s->control, .events = POLLIN }, [FDS_GATE] = { .fd = gate, .events = POLLIN },
	};
	int ret;

	if (a)
		ms = cli_sooner(ms, door_poll(s->door, fds + FDS_DOOR));
	ret = cli_wait_poll(&s->wait, fds, FDS_DOOR + (a ? DOOR_FDS : 0), ms);
	if (ret < 0)
		return ret;
	if (fds[FDS_CONTROL].revents)
		return SESSION_CONTROL;
	if (fds[FDS_GATE].revents)
		return SESSION_GATE;
	return a && door_step(s->door, fds + FDS_DOOR, a) ? SESSION_ARRIVAL : SESSION_TICK;
}

/* The client's next message; whoever comes is sent away. */
static int next_message(struct session *s, int64_t ms, json_t **message)
{
	struct arrival a;
	int event;

	cli_wait_limit(&s->wait, ms);
	while ((event = session_wait(s, -1, &a, -1)) != SESSION_CONTROL) {
		if (event < 0)
			return event;
		if (event == SESSION_ARRIVAL)
			door_refuse(&a);
	}
	return control_receive(s->control, &s->wait, 0, message);
}

/* --- agreement --------------------------------------------------------------------- */

static int refuse(struct session *s, const char *why)
{
	cli_say("%s: refused: %s", s->who, why);
	session_say(s, agree_put_refusal(why));
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
	return ret ? ret : session_say(s, agree_put_server(&d));
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
	return session_measure(s, what, sample.number);
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
