/* SPDX-License-Identifier: MIT */
/* The one human message of a handle, set where the cause is known. */
#ifndef KTLS_BASE_ERRMSG_H
#define KTLS_BASE_ERRMSG_H

#include "base/attr.h"

struct errmsg {
	char text[320];
};

/* Forgets the message. */
void errmsg_clear(struct errmsg *e);

/*
 * Stores the message unless one is set already (the first is the closest to the cause) and returns @err,
 * a negative errno, so that `return errmsg_set(...)` reads well. @e may be NULL.
 */
int errmsg_set(struct errmsg *e, int err, const char *fmt, ...) ATTR_PRINTF(3, 4);

#endif
