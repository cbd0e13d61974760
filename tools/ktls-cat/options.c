/* SPDX-License-Identifier: MIT */
/* ktls-cat's command line: the parts, joined. */
#include <stdio.h>

#include "cli/args.h"
#include "ktls-cat/options.h"
#include "ktls-cat/options_flow.h"
#include "ktls-cat/options_peer.h"
#include "ktls-cat/options_prelude.h"
#include "ktls-cat/options_role.h"
#include "ktls-cat/options_session.h"
#include "ktls-cat/options_tls.h"

enum {
	OPT_JSON = 0x100, OPT_SHOW_CERTS, OPT_NO_SANDBOX,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Messages:", 6 },
	{ "verbose", 'v', NULL, 0, "say what was negotiated and who carries the records", 6 },
	{ "show-certs", OPT_SHOW_CERTS, NULL, 0, "say which certificates the peer showed, also if they do not verify", 6 },
	{ "json", OPT_JSON, "FILE", OPTION_ARG_OPTIONAL, "write a report to FILE (default: standard error) at the end", 6 },
	{ NULL, 0, NULL, 0, "Safety:", 7 },
	{ "no-sandbox", OPT_NO_SANDBOX, NULL, 0, "keep all rights and system calls while the peer is listened to", 7 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ &peer_options_argp, 0, NULL, 0 },
	{ &prelude_options_argp, 0, NULL, 0 },
	{ &tls_options_argp, 0, NULL, 0 },
	{ &flow_options_argp, 0, NULL, 0 },
	{ &role_options_argp, 0, NULL, 0 },
	{ &session_options_argp, 0, NULL, 0 },
	{ 0 },
};

/* The options as they come, before they are looked at together. */
struct raw {
	struct cat_options *o;
	struct peer_options peer;
	struct prelude_options prelude;
	struct tls_options tls;
	struct flow_options flow;
};

/* In the order of children[]. */
static void hand_out(struct raw *r, struct argp_state *state)
{
	state->child_inputs[0] = &r->peer;
	state->child_inputs[1] = &r->prelude;
	state->child_inputs[2] = &r->tls;
	state->child_inputs[3] = &r->flow;
	state->child_inputs[4] = r->o;
	state->child_inputs[5] = &r->o->session;
}

static void check(struct raw *r)
{
	tls_options_check(&r->tls, r->o->listen);
	peer_options_check(&r->peer);
	prelude_options_check(&r->prelude);
	flow_options_check(&r->flow);
	role_options_check(r->o);
	/* What they get from one process is good for the next. */
	r->o->session.tickets = r->o->keep_open;
	session_options_check(&r->o->session, r->o->listen);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct raw *r = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		hand_out(r, state);
		return 0;
	case 'v':
		r->o->verbose = true;
		return 0;
	case OPT_SHOW_CERTS:
		r->o->show_certs = true;
		return 0;
	case OPT_JSON:
		r->o->json = true;
		r->o->json_path = arg;
		return 0;
	case OPT_NO_SANDBOX:
		r->o->no_sandbox = true;
		return 0;
	case ARGP_KEY_ARG:
		peer_options_word(&r->peer, arg);
		return 0;
	case ARGP_KEY_END:
		check(r);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The exit codes, behind the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t len;
	FILE *mem;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	mem = open_memstream(&out, &len);
	if (!mem)
		return NULL;
	fprintf(mem, "Exit status:\n");
	for (const struct cli_exit_row *row = cli_exit_table; row->code; row++)
		fprintf(mem, "  %-6s %s\n", row->code, row->meaning);
	if (fclose(mem) != 0)
		return NULL;
	return out;
}

void cat_parse_options(struct cat_options *o, int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "HOST:PORT\nHOST PORT\n-U PATH\n-l [HOST:]PORT --cert FILE --key FILE\n-l -U PATH --cert FILE --key FILE",
		.doc = "Connects standard input and output over TLS, with the records carried by the kernel or by "
		       "libktls's own engine.\v ",
		.children = children,
		.help_filter = help_filter,
	};
	struct raw r = { .o = o, .prelude.o = o, .tls.session = &o->session };
	char version[128];

	*o = (struct cat_options){ .listen = false };
	peer_options_init(&r.peer, o);
	flow_options_init(&r.flow, o);
	snprintf(version, sizeof(version), "ktls-cat (%s), libktls %s, %s", PACKAGE_STRING, ktls_version(),
		 OpenSSL_version(OPENSSL_VERSION));
	cli_parse_args(&argp, argc, argv, version, &r);
}
