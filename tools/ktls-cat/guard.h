/* SPDX-License-Identifier: MIT */
/* What a run gives up before it reads the peer's first byte, and after the handshake. */
#ifndef KTLS_CAT_GUARD_H
#define KTLS_CAT_GUARD_H

#include "ktls-cat/connection.h"

/*
 * Enters @stage, unless the options say otherwise; with --verbose, what could not be had is said. What c->report.sandbox says is in effect already
 * is not entered again.
 */
void guard_enter(struct connection *c, enum sandbox_stage stage);

#endif
