/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says what listens, for how many, and what is at our end of a connection. */
#ifndef KTLS_CAT_OPTIONS_ROLE_H
#define KTLS_CAT_OPTIONS_ROLE_H

#include <argp.h>

#include "ktls-cat/options.h"

/* A child of the tool's parser, whose input is a struct cat_options. */
extern const struct argp role_options_argp;

/* The options looked at together, once all are there. Returns only when they make sense. */
void role_options_check(struct cat_options *o);

#endif
