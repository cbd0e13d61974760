/* SPDX-License-Identifier: MIT */
/* The command line: what goes with a server, and with a client. */
#include <string.h>
#include <sys/socket.h>

#include "cli/args.h"
#include "ktls-bench/options.h"

enum {
	CONNECT_MS = 10000,
};

/* What is only for one of them, or for both. */
static void check_role(const struct bench_options *o)
{
	const char *family = o->family == AF_INET ? "-4" : "-6";
	const bool alone = !o->server && !o->client;

	if (o->server && o->for_clients)
		cli_usage_error("%s%s is for the client to say", strchr(o->for_clients, ' ') ? "" : "--", o->for_clients);
	if (o->client && o->peer)
		cli_usage_error("--client and --peer are servers of different kinds");
	if (o->one_off && !o->server)
		cli_usage_error("--one-off takes --server");
	if (o->connect_ms && !o->client)
		cli_usage_error("--connect-timeout takes --client");
	if (alone && (o->port || o->bind || o->family))
		cli_usage_error("%s takes --server or --client", o->port ? "--port" : o->bind ? "--bind" : family);
}

static void take_address(struct net_addr *addr, const char *option, const char *host, const char *port, bool listening)
{
	char why[NET_HOST_LEN + 80];

	if (net_parse_addr(addr, host, port, listening, why, sizeof(why)))
		cli_usage_error("%s: %s", option, why);
}

void bench_fit_to_role(struct bench_options *o)
{
	const char *port = o->port ? o->port : BENCH_PORT;

	check_role(o);
	if (o->client)
		take_address(&o->addr, "--client", o->client, port, false);
	else if (o->server)
		take_address(&o->addr, o->bind ? "--bind" : "--port", o->bind ? o->bind : "", port, true);
	if (o->client && o->bind)
		take_address(&o->source, "--bind", o->bind, "0", true);
	if (!o->connect_ms)
		o->connect_ms = CONNECT_MS;
	if (!o->congestion)
		o->congestion = o->client ? "" : "cubic";
}
