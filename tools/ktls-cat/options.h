/* SPDX-License-Identifier: MIT */
/* ktls-cat's command line. */
#ifndef KTLS_CAT_OPTIONS_H
#define KTLS_CAT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ktls-cat/flow.h"
#include "ktls-cat/reader.h"
#include "net/addr.h"
#include "net/unix.h"
#include "prelude/proxy.h"
#include "prelude/starttls.h"
#include "session/session.h"

struct cat_options {
	bool listen;
	bool keep_open;			/* one connection after the other, and several at once */
	unsigned max_conns;		/* so many at once, with keep_open */
	int backlog;			/* 0: the default */
	const char *exec, *sh_exec;	/* the command at our end, as words and as a shell's line; NULL */
	struct net_addr addr;
	bool is_unix;			/* addr has the text alone */
	struct net_unix unix_addr;
	bool has_source;		/* connections come from this one */
	struct net_addr source;
	int family;			/* AF_UNSPEC, AF_INET, AF_INET6 */
	struct proxy *proxy;		/* by way of this one; NULL: straight */
	const char *proxy_pass_file;
	const struct starttls *starttls;	/* how TLS begins; NULL: at once */
	const char *starttls_name;	/* what is said then */
	const char *file;		/* sent instead of standard input */
	struct flow flow;
	enum reader_mode threads;
	struct session_opts session;
	int64_t wait_ms;
	bool no_sandbox;
	bool verbose;
	bool show_certs;
	bool json;
	const char *json_path;		/* NULL: standard error */
};

/* Returns only when the command line made sense. */
void cat_parse_options(struct cat_options *o, int argc, char **argv);

#endif
