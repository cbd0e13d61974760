/* SPDX-License-Identifier: MIT */
/* A connection until TLS begins: proxy and STARTTLS. */
#include "cli/first_line.h"
#include "cli/say.h"
#include "ktls-cat/guard.h"
#include "ktls-cat/prelude.h"
#include "ktls-cat/socket.h"

int prelude_prepare(struct connection *c)
{
	const struct cat_options *o = c->o;

	if (!o->proxy_pass_file)
		return 0;
	return cli_first_line_of_file("--proxy-pass-file", o->proxy_pass_file, o->proxy->pass, sizeof(o->proxy->pass),
				      &c->f);
}

static int ask_proxy(struct connection *c)
{
	const struct cat_options *o = c->o;

	if (proxy_ask(o->proxy, &o->addr, c->fd, c->wait, &c->f))
		return c->f.code;
	if (o->verbose)
		cli_say("connected by way of %s", o->proxy->addr.text);
	return 0;
}

static int start_tls(struct connection *c)
{
	const struct cat_options *o = c->o;

	if (starttls_run(o->starttls, o->starttls_name, c->fd, o->addr.text, c->wait, &c->f))
		return c->f.code;
	if (o->verbose)
		cli_say("TLS was asked for in %s", o->starttls->name);
	return 0;
}

int prelude_connect(struct connection *c)
{
	const struct cat_options *o = c->o;

	if (socket_dial(o, c->wait, &c->fd, &c->report.peer, &c->f))
		return c->f.code;
	c->report.has_peer = true;
	/* From here on a peer is heard, or a proxy. */
	guard_enter(c, SANDBOX_HANDSHAKE);
	if (o->proxy && ask_proxy(c))
		return c->f.code;
	return o->starttls ? start_tls(c) : 0;
}

void prelude_end(const struct connection *c)
{
	if (c->o->proxy)
		proxy_wipe(c->o->proxy);
}
