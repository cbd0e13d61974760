/* SPDX-License-Identifier: MIT */
/* A JSON document to a file or to standard error: standard output is the data's. */
#ifndef OUT_DOCUMENT_H
#define OUT_DOCUMENT_H

#include <stdio.h>

#include <jansson.h>

#include "cli/failure.h"

struct out_document {
	const char *path;	/* NULL: standard error */
	FILE *to;
};

/* Opens @path (NULL: standard error) now, so that a bad name is known before the work is done. 0, or the exit code of @f. */
int out_document_open(struct out_document *d, const char *path, struct cli_failure *f);

/*
 * Writes @root (taken over; NULL as jansson's makers return when out of memory), keys sorted, and closes. 0, or the exit code
 * of @f.
 */
int out_document_write(struct out_document *d, json_t *root, struct cli_failure *f);

#endif
