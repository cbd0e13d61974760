/* SPDX-License-Identifier: MIT */
/* A connection that is tried more than once. */
#include "cli/say.h"
#include "ktls-cat/attempts.h"
#include "ktls-cat/prelude.h"

enum {
	DELAY_MS = 1000,
	DELAY_MAX_MS = 60 * 1000,
};

static int try_once(struct connection *c)
{
	c->report.attempts++;
	cli_wait_limit(c->wait, c->o->wait_ms);
	if (prelude_connect(c))
		return c->f.code;
	return connection_shake_hands(c);
}

static bool may_pass(const struct cli_failure *f)
{
	return f->code == CLI_IO || f->code == CLI_TIMEOUT;
}

static int pause_before_next(struct connection *c, int64_t ms)
{
	struct pollfd fds[1];
	int ret;

	if (c->o->verbose)
		cli_say("%s; trying again in %lld.%lld s", c->f.text, (long long)(ms / 1000), (long long)(ms % 1000 / 100));
	cli_wait_limit(c->wait, -1);
	ret = cli_wait_poll(c->wait, fds, 1, ms);
	if (ret >= 0)
		return 0;
	c->f = (struct cli_failure){ .code = 0 };
	return cli_fail_wait(&c->f, c->wait, ret, c->o->addr.text, "waiting before another attempt");
}

int attempts_run(struct connection *c)
{
	const struct flow *flow = &c->o->flow;
	int64_t delay = flow->retry_delay_ms < 0 ? DELAY_MS : flow->retry_delay_ms;

	for (unsigned left = flow->retries; try_once(c) && left && may_pass(&c->f); left--) {
		if (pause_before_next(c, delay) || connection_begin_again(c))
			break;
		if (flow->retry_delay_ms < 0)
			delay = delay * 2 < DELAY_MAX_MS ? delay * 2 : DELAY_MAX_MS;
	}
	prelude_end(c);
	return c->f.code;
}
