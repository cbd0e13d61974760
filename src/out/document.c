/* SPDX-License-Identifier: MIT */
/* A JSON document to a file or to standard error. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "out/document.h"

int out_document_open(struct out_document *d, const char *path, struct cli_failure *f)
{
	*d = (struct out_document){ .path = path, .to = stderr };
	if (!path)
		return 0;
	d->to = fopen(path, "we");
	return d->to ? 0 : cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
}

int out_document_write(struct out_document *d, json_t *root, struct cli_failure *f)
{
	bool failed = !root || json_dumpf(root, d->to, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(6)) < 0;

	json_decref(root);
	failed |= fputc('\n', d->to) == EOF;
	failed |= (d->path ? fclose(d->to) : fflush(d->to)) != 0;
	d->to = NULL;
	if (failed)
		return cli_fail(f, CLI_IO, "%s: cannot write the report: %s", d->path ? d->path : "standard error", strerror(errno));
	return 0;
}
