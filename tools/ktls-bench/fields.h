/* SPDX-License-Identifier: MIT */
/* Structs as JSON objects, by tables: a member is a row, with the limits of what is taken from outside. */
#ifndef KTLS_BENCH_FIELDS_H
#define KTLS_BENCH_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

enum {
	FIELDS_WHY_MAX = 160,
};

enum field_kind {
	FIELD_BOOL,
	FIELD_INT,
	FIELD_UNSIGNED,
	FIELD_LONG,
	FIELD_U16,
	FIELD_I64,
	FIELD_U64,
	FIELD_SIZE,
	FIELD_REAL,
	FIELD_WORD,	/* an array of @max bytes, with letters, digits and "._+-" only */
	FIELD_TEXT,	/* the same, with all that can be shown; what cannot be becomes '?' */
};

struct field {
	const char *key;	/* NULL ends a table */
	enum field_kind kind;
	size_t at;
	int64_t min, max;	/* of numbers, both included */
};

/* NULL: out of memory. */
json_t *fields_to_json(const struct field *fields, const void *base);

/* Adds them to @object: 0 or -ENOMEM. */
int fields_add(json_t *object, const struct field *fields, const void *base);

/* Every field must be there, and be what its row says. 0; -EPROTO and one line in @why: which is not. */
int fields_from_json(const struct field *fields, const json_t *object, void *base, char why[FIELDS_WHY_MAX]);

/* A whole number of an object or of a list: 0 and *@n, or -EPROTO. */
int fields_integer(const json_t *value, int64_t min, int64_t max, int64_t *n);

#endif
