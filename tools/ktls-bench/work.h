/* SPDX-License-Identifier: MIT */
/* What is done with records alone: the operations of the mode crypto. */
#ifndef KTLS_BENCH_WORK_H
#define KTLS_BENCH_WORK_H

#include <stdbool.h>

enum work {
	WORK_SEAL,		/* a record a call, by the AEAD alone */
	WORK_OPEN,
	WORK_SEAL_BATCH,	/* an application's buffer to wire records */
	WORK_OPEN_BATCH,	/* and back */
	WORK_SETUP,		/* a key, the first record under it, and the end of both */
	WORK_REKEY,		/* a key where another one was, and the first record under it */
	WORKS,
};

/* How it is called on the command line, and in reports. */
struct work_row {
	const char *name;	/* "seal-batch" */
	const char *title;	/* "seal in batches" */
	bool opens;
	bool is_batch;		/* what is sealed has header and content type, and lies record behind record */
	bool has_places;	/* it can be done in place or not */
};

extern const struct work_row work_rows[WORKS];

#endif
