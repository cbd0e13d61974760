/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says what comes before TLS. */
#ifndef KTLS_CAT_OPTIONS_PRELUDE_H
#define KTLS_CAT_OPTIONS_PRELUDE_H

#include <argp.h>

#include "ktls-cat/options.h"

/* The input of prelude_options_argp. */
struct prelude_options {
	struct cat_options *o;
};

/* A child of the tool's parser. */
extern const struct argp prelude_options_argp;

/* The options looked at together, once all are there. Returns only when they make sense. */
void prelude_options_check(const struct prelude_options *p);

#endif
