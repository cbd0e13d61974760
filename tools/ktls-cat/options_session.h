/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says what the ends have in common from before: sessions, a key, and data that comes early. */
#ifndef KTLS_CAT_OPTIONS_SESSION_H
#define KTLS_CAT_OPTIONS_SESSION_H

#include <argp.h>
#include <stdbool.h>

#include "session/session.h"

/* A child of the tool's parser; its input is a struct session_opts. */
extern const struct argp session_options_argp;

/* The options looked at together, once all are there. Returns only when they make sense. */
void session_options_check(const struct session_opts *s, bool listen);

#endif
