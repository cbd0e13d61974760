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
	int lock_fd;		/* of out_document_open_lines() */
};

/* Opens @path (NULL: standard error) now, so that a bad name is known before the work is done. 0, or the exit code of @f. */
int out_document_open(struct out_document *d, const char *path, struct cli_failure *f);

/*
 * Writes @root (taken over; NULL as jansson's makers return when out of memory), keys sorted, and closes. 0, or the exit code
 * of @f.
 */
int out_document_write(struct out_document *d, json_t *root, struct cli_failure *f);

/*
 * The same for many documents, a line each, of many processes: opens @path before they are forked. 0, or the exit code of @f.
 */
int out_document_open_lines(struct out_document *d, const char *path, struct cli_failure *f);

/* Adds @root (taken over, as above) in one line that no other process gets into. 0, or the exit code of @f. */
int out_document_add_line(struct out_document *d, json_t *root, struct cli_failure *f);

#endif
