/* SPDX-License-Identifier: MIT */
/* ktls-cat's command line. */
#ifndef KTLS_CAT_OPTIONS_H
#define KTLS_CAT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "session/session.h"

struct cat_options {
	bool listen;
	struct net_addr addr;
	int family;			/* AF_UNSPEC, AF_INET, AF_INET6 */
	const char *file;		/* sent instead of standard input */
	struct session_opts session;
	int64_t wait_ms;
	bool verbose;
	bool json;
	const char *json_path;		/* NULL: standard error */
};

/* Returns only when the command line made sense. */
void cat_parse_options(struct cat_options *o, int argc, char **argv);

#endif
