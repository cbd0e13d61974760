/* SPDX-License-Identifier: MIT */
/* ktls-bench --client: the session with a server. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "ktls-bench/agree.h"
#include "ktls-bench/control.h"
#include "ktls-bench/remote_session.h"
#include "net/dial.h"

enum {
	ANSWER_MS = 20000,	/* for the server's answer to the parameters: it makes a key */
	FAREWELL_MS = 3000,
};

/* --- what fails -------------------------------------------------------------------- */

int remote_fail(const struct remote *r, int err, struct cli_failure *f)
{
	if (err == -EINTR)
		return cli_fail_wait(f, r->wait, err, r->text, "measuring");
	return cli_fail(f, CLI_IO, "%s: the server %s", r->text, control_reason(err));
}

int remote_refused(const struct remote *r, const json_t *message, struct cli_failure *f)
{
	char refusal[CARRIER_WHY_MAX], why[FIELDS_WHY_MAX];

	if (!agree_is(message, AGREE_REFUSAL) || agree_take_refusal(message, refusal, why))
		return remote_fail(r, -EPROTO, f);
	return cli_fail(f, CLI_IO, "%s: the server refuses: %s", r->text, refusal);
}

int remote_expect(struct remote *r, const char *name, int64_t ms, json_t **message, struct cli_failure *f)
{
	int ret = control_receive(r->control, r->wait, ms, message);

	if (ret)
		return remote_fail(r, ret, f);
	if (agree_is(*message, name))
		return 0;
	ret = remote_refused(r, *message, f);
	json_decref(*message);
	return ret;
}

/* --- connecting -------------------------------------------------------------------- */

static int fail_opening(const struct remote *r, int err, struct cli_failure *f)
{
	if (err == -EINTR)
		return cli_fail_wait(f, r->wait, err, r->text, "connecting");
	if (err == -ETIMEDOUT)
		return cli_fail(f, CLI_IO, "%s: nothing answers there (is it ktls-bench --server?)", r->text);
	if (err == -EPROTO)
		return cli_fail(f, CLI_IO, "%s: what answers there is no ktls-bench --server", r->text);
	if (err == -ECONNRESET || err == -EPIPE)
		return cli_fail(f, CLI_IO, "%s: it hung up without a word (is it ktls-bench --server?)", r->text);
	return cli_fail(f, CLI_IO, "%s: %s", r->text, strerror(-err));
}

static int judge_answer(const struct remote *r, const struct opening *answer, struct cli_failure *f)
{
	if (answer->version != OPENING_VERSION)
		return cli_fail(f, CLI_IO, "%s: the server speaks version %u of the protocol, and this client version %d: the same release "
				"of ktls-bench belongs at both ends", r->text, answer->version, OPENING_VERSION);
	if (answer->kind == OPENING_BUSY)
		return cli_fail(f, CLI_IO, "%s: the server is busy with another client", r->text);
	return answer->kind == OPENING_WELCOME ? 0 : fail_opening(r, -EPROTO, f);
}

/* The whole of it, from the name to the welcome, has one limit of time. */
static int dial(struct remote *r, const struct bench_options *o, struct remote_server *there, struct cli_failure *f)
{
	struct net_peer found;
	int ret = net_dial_from(&o->addr, o->family, o->bind ? &o->source : NULL, r->wait, &r->control, &found, f);

	if (ret == CLI_TIMEOUT)
		f->code = CLI_IO;
	if (ret)
		return f->code;
	memcpy(there->address, found.text, sizeof(there->address));
	return 0;
}

static int say_hello(struct remote *r, struct cli_failure *f)
{
	struct opening answer;
	int ret;

	if (RAND_bytes(r->opening.cookie, sizeof(r->opening.cookie)) != 1)
		return cli_fail(f, CLI_IO, "no random bytes can be had");
	ret = opening_send(r->control, &r->opening, 0);
	if (!ret)
		ret = opening_receive(r->control, r->wait, &answer);
	return ret ? fail_opening(r, ret, f) : judge_answer(r, &answer, f);
}

/* Data goes between the same two addresses. */
static int take_addresses(struct remote *r, const struct bench_options *o, struct cli_failure *f)
{
	r->addr_len = sizeof(r->addr);
	if (getpeername(r->control, (struct sockaddr *)&r->addr, &r->addr_len))
		return cli_fail(f, CLI_IO, "%s: %s", r->text, strerror(errno));
	if (!o->bind)
		return 0;
	r->source_len = sizeof(r->source);
	if (getsockname(r->control, (struct sockaddr *)&r->source, &r->source_len))
		return cli_fail(f, CLI_IO, "%s: %s", r->text, strerror(errno));
	/* At the same place in both families. */
	((struct sockaddr_in *)&r->source)->sin_port = 0;
	return 0;
}

/* --- agreement --------------------------------------------------------------------- */

static void take_server(const struct identity *here, const struct agree_server *server, struct remote_server *there)
{
	there->machine = server->machine;
	there->clock_hz = server->clock_hz;
	memcpy(there->congestion, server->congestion, sizeof(there->congestion));
	there->same_machine = identity_same(here->machine, server->identity.machine);
	there->same_network = identity_same(here->network, server->identity.network);
}

static int agree(struct remote *r, const struct bench_options *o, struct bench_tls *tls, struct remote_server *there, struct cli_failure *f)
{
	struct agree_server server;
	struct identity here;
	char why[FIELDS_WHY_MAX];
	json_t *message;
	int ret;

	identity_look(&here, r->opening.cookie, sizeof(r->opening.cookie));
	ret = control_send(r->control, r->wait, agree_put_parameters(o, &here));
	if (ret)
		return remote_fail(r, ret, f);
	if (remote_expect(r, AGREE_SERVER, ANSWER_MS, &message, f))
		return f->code;
	ret = agree_take_server(message, &server, why);
	json_decref(message);
	if (ret)
		return cli_fail(f, CLI_IO, "%s: the server's description: %s", r->text, why);
	r->agreed = true;
	take_server(&here, &server, there);
	return bench_tls_trust(tls, server.certificate, f);
}

/* --------------------------------------------------------------------------------- */

static int connect_to_server(struct remote *r, const struct bench_options *o, struct remote_server *there, struct cli_failure *f)
{
	int ret;

	cli_wait_limit(r->wait, o->connect_ms);
	r->wait->option = "--connect-timeout";
	ret = dial(r, o, there, f);
	if (!ret)
		control_tune(r->control);
	if (!ret)
		ret = say_hello(r, f);
	cli_wait_limit(r->wait, -1);
	return ret ? ret : take_addresses(r, o, f);
}

int remote_open(struct remote **out, const struct bench_options *o, struct cli_wait *wait, struct bench_tls *tls,
		struct remote_server *there, struct cli_failure *f)
{
	struct remote *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return cli_fail(f, CLI_IO, "out of memory");
	*there = (struct remote_server){ .clock_hz = 0 };
	r->control = -1;
	r->wait = wait;
	r->opening = (struct opening){ .version = OPENING_VERSION, .kind = OPENING_CONTROL };
	memcpy(r->text, o->addr.text, sizeof(r->text));
	memcpy(there->text, r->text, sizeof(there->text));
	ret = connect_to_server(r, o, there, f);
	if (!ret)
		ret = agree(r, o, tls, there, f);
	r->same_machine = there->same_machine;
	r->same_network = there->same_network;
	if (ret)
		remote_close(r);
	else
		*out = r;
	return ret;
}

/* The server's process for this client has ended when its connection does: whoever comes next does not find it busy. */
static void say_goodbye(struct remote *r)
{
	struct cli_wait wait = { .signal_fd = -1 };
	json_t *message;

	if (control_send(r->control, &wait, agree_message(AGREE_BYE)) == 0 &&
	    control_receive(r->control, &wait, FAREWELL_MS, &message) == 0)
		json_decref(message);
}

void remote_close(struct remote *r)
{
	if (!r)
		return;
	if (r->control >= 0 && r->agreed && !r->broken)
		say_goodbye(r);
	if (r->control >= 0)
		close(r->control);
	free(r);
}
