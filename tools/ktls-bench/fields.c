/* SPDX-License-Identifier: MIT */
/* Structs as JSON objects, by tables. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "ktls-bench/fields.h"
#include "out/json.h"

#define WORD_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-"

/* --- out -------------------------------------------------------------------------- */

static int64_t load(const struct field *f, const void *at)
{
	switch (f->kind) {
	case FIELD_BOOL: return *(const bool *)at;
	case FIELD_INT: return *(const int *)at;
	case FIELD_UNSIGNED: return *(const unsigned *)at;
	case FIELD_LONG: return *(const long *)at;
	case FIELD_U16: return *(const uint16_t *)at;
	case FIELD_SIZE: return (int64_t)*(const size_t *)at;
	case FIELD_U64: return (int64_t)*(const uint64_t *)at;
	case FIELD_I64:
	default: return *(const int64_t *)at;
	}
}

static json_t *one_to_json(const struct field *f, const void *at)
{
	switch (f->kind) {
	case FIELD_BOOL: return json_boolean(load(f, at));
	case FIELD_REAL: return json_real(*(const double *)at);
	case FIELD_WORD:
	case FIELD_TEXT: {
		/* Not null: the other end wants a string. */
		json_t *text = out_json_text(at);

		return json_is_null(text) ? json_string("") : text;
	}
	default: return json_integer(load(f, at));
	}
}

int fields_add(json_t *object, const struct field *fields, const void *base)
{
	for (const struct field *f = fields; f->key; f++)
		if (json_object_set_new(object, f->key, one_to_json(f, (const char *)base + f->at)))
			return -ENOMEM;
	return 0;
}

json_t *fields_to_json(const struct field *fields, const void *base)
{
	json_t *object = json_object();

	if (object && !fields_add(object, fields, base))
		return object;
	json_decref(object);
	return NULL;
}

/* --- in --------------------------------------------------------------------------- */

int fields_integer(const json_t *value, int64_t min, int64_t max, int64_t *n)
{
	if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
		return -EPROTO;
	*n = json_integer_value(value);
	return 0;
}

static void store(const struct field *f, void *at, int64_t n)
{
	switch (f->kind) {
	case FIELD_INT: *(int *)at = (int)n; break;
	case FIELD_UNSIGNED: *(unsigned *)at = (unsigned)n; break;
	case FIELD_LONG: *(long *)at = (long)n; break;
	case FIELD_U16: *(uint16_t *)at = (uint16_t)n; break;
	case FIELD_SIZE: *(size_t *)at = (size_t)n; break;
	case FIELD_U64: *(uint64_t *)at = (uint64_t)n; break;
	case FIELD_I64:
	default: *(int64_t *)at = n; break;
	}
}

static int take_number(const struct field *f, const json_t *value, void *at)
{
	int64_t n;
	int ret = fields_integer(value, f->min, f->max, &n);

	if (!ret)
		store(f, at, n);
	return ret;
}

static int take_real(const struct field *f, const json_t *value, double *at)
{
	const double x = json_number_value(value);

	if (!json_is_number(value) || !isfinite(x) || x < (double)f->min || x > (double)f->max)
		return -EPROTO;
	*at = x;
	return 0;
}

static int take_text(const struct field *f, const json_t *value, char *at)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) >= (size_t)f->max)
		return -EPROTO;
	if (f->kind == FIELD_WORD && text[strspn(text, WORD_CHARS)])
		return -EPROTO;
	memcpy(at, text, strlen(text) + 1);
	cli_make_printable(at);
	return 0;
}

static int one_from_json(const struct field *f, const json_t *value, void *at)
{
	switch (f->kind) {
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			return -EPROTO;
		*(bool *)at = json_is_true(value);
		return 0;
	case FIELD_REAL: return take_real(f, value, at);
	case FIELD_WORD:
	case FIELD_TEXT: return take_text(f, value, at);
	default: return take_number(f, value, at);
	}
}

int fields_from_json(const struct field *fields, const json_t *object, void *base, char why[FIELDS_WHY_MAX])
{
	for (const struct field *f = fields; f->key; f++) {
		const json_t *value = json_object_get(object, f->key);
		int ret = one_from_json(f, value, (char *)base + f->at);

		if (ret) {
			snprintf(why, FIELDS_WHY_MAX, "%s %s", f->key, value ? "is not within its limits" : "is missing");
			return ret;
		}
	}
	return 0;
}
