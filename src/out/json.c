/* SPDX-License-Identifier: MIT */
/* JSON documents: jansson's values, and the few that it does not make by itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "out/json.h"

static json_t *ascii_only(const char *text)
{
	char *copy = strdup(text);
	json_t *value;

	if (!copy)
		return NULL;
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	value = json_string(copy);
	free(copy);
	return value;
}

json_t *out_json_text(const char *text)
{
	json_t *value;

	if (!text || !*text)
		return json_null();
	value = json_string(text);
	return value ? value : ascii_only(text);
}

json_t *out_json_count(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

json_t *out_json_answer(int answer)
{
	if (answer == 0 || answer == 1)
		return json_boolean(answer);
	return json_null();
}

static void drop(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

void out_json_append(json_t **list, json_t *value)
{
	if (json_array_append_new(*list, value))
		drop(list);
}

void out_json_set(json_t **object, const char *key, json_t *value)
{
	if (json_object_set_new(*object, key, value))
		drop(object);
}

static int dump(struct out *o, json_t *root, size_t flags)
{
	int ret = root ? json_dumpf(root, o->to, flags) : -1;

	json_decref(root);
	/* A stream that takes no more also ends here; out_finish() tells that apart. */
	if (ret < 0 && !ferror(o->to))
		return -ENOMEM;
	out_line(o);
	return 0;
}

int out_json(struct out *o, json_t *root)
{
	return dump(o, root, JSON_INDENT(2));
}

int out_json_line(struct out *o, json_t *root)
{
	int ret = dump(o, root, JSON_COMPACT);

	fflush(o->to);
	return ret;
}
