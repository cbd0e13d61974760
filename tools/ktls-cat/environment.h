/* SPDX-License-Identifier: MIT */
/* What a command is told of its connection. */
#ifndef KTLS_CAT_ENVIRONMENT_H
#define KTLS_CAT_ENVIRONMENT_H

#include <stddef.h>

#include "ktls-cat/options.h"
#include "ktls-cat/report.h"

enum {
	ENVIRONMENT_ROOM = 4096,	/* of all of it; a pipe takes that in one piece */
};

/* Fills @out with the variables of a connection, "NAME=value\0" each. The length. */
size_t environment_of(const struct report *r, char out[ENVIRONMENT_ROOM]);

/* Removes what is not for a command: secrets, and variables that would pass for those of the connection. */
void environment_hide(const struct cat_options *o);

/* Sets the @len bytes of variables at @vars, which must live as long as the process. */
void environment_set(char *vars, size_t len);

#endif
