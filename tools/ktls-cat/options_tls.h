/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says who each end is, and how TLS is spoken. */
#ifndef KTLS_CAT_OPTIONS_TLS_H
#define KTLS_CAT_OPTIONS_TLS_H

#include <argp.h>
#include <stdbool.h>

#include "session/session.h"

/* The input of tls_options_argp. */
struct tls_options {
	struct session_opts *session;
	const char *client_only;	/* the last option given that a listener has no use for */
};

/* A child of the tool's parser. */
extern const struct argp tls_options_argp;

/* The options looked at together, once all are there, and those of the environment. Returns only when they make sense. */
void tls_options_check(const struct tls_options *t, bool listen);

#endif
