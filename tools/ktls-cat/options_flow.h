/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says which data flows, how, and who carries it. */
#ifndef KTLS_CAT_OPTIONS_FLOW_H
#define KTLS_CAT_OPTIONS_FLOW_H

#include <argp.h>

#include "ktls-cat/options.h"

/* The input of flow_options_argp. */
struct flow_options {
	struct cat_options *o;
	int want, want_dir[2];		/* enum ktls_want, as given; see flow_options_init() */
};

/* A child of the tool's parser. */
extern const struct argp flow_options_argp;

void flow_options_init(struct flow_options *f, struct cat_options *o);

/* The options looked at together, once all are there. Returns only when they make sense. */
void flow_options_check(const struct flow_options *f);

#endif
