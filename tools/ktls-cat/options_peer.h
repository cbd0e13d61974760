/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says between whom the connection is, and how it comes to be. */
#ifndef KTLS_CAT_OPTIONS_PEER_H
#define KTLS_CAT_OPTIONS_PEER_H

#include <argp.h>

#include "ktls-cat/options.h"

/* The input of peer_options_argp. */
struct peer_options {
	struct cat_options *o;
	const char *words[2];		/* host and port, as given */
	unsigned words_n;
	const char *source, *source_port;
};

/* A child of the tool's parser. */
extern const struct argp peer_options_argp;

void peer_options_init(struct peer_options *p, struct cat_options *o);

/* An argument that is no option. */
void peer_options_word(struct peer_options *p, const char *word);

/* The options looked at together, once all are there. Returns only when they make sense. */
void peer_options_check(const struct peer_options *p);

#endif
