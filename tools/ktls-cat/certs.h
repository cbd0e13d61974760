/* SPDX-License-Identifier: MIT */
/* The peer's certificates: lines for people, an array for programs. */
#ifndef KTLS_CAT_CERTS_H
#define KTLS_CAT_CERTS_H

#include <jansson.h>

#include "session/chain.h"

/* --show-certs. @chain may be NULL. */
void certs_show(const struct session_chain *chain);

/* Empty if the peer showed none, null before that is known (@chain NULL). NULL when out of memory. */
json_t *certs_document(const struct session_chain *chain);

#endif
