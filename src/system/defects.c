/* SPDX-License-Identifier: MIT */
/* Known defects of the kernel's TLS: reading the list. */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/defects.h"
#include "system/sysroot.h"

enum {
	FILE_MAX = 1 << 20,
	DEFECTS_MAX = 1000,
};

struct reader {
	struct defects *d;
	struct defects_error *error;
	char last[64];		/* the key of the last line, whose continuation the next may be */
	int err;
};

static const struct {
	const char *key;
	size_t offset, size;
	bool is_versions;
} keys[] = {
	{ "title", offsetof(struct defect, title), DEFECT_TEXT_MAX, false },
	{ "affected", offsetof(struct defect, affected), sizeof(((struct defect *)NULL)->affected), true },
	{ "fixed", offsetof(struct defect, fixed), DEFECT_LIST_MAX, true },
	{ "debian", offsetof(struct defect, package[KERNEL_DEBIAN]), DEFECT_LIST_MAX, true },
	{ "ubuntu", offsetof(struct defect, package[KERNEL_UBUNTU]), DEFECT_LIST_MAX, true },
	{ "rhel", offsetof(struct defect, package[KERNEL_RHEL]), DEFECT_LIST_MAX, true },
	{ "avoid", offsetof(struct defect, avoid), DEFECT_TEXT_MAX, false },
};

/* The first mistake is the one to tell. 0, which makes inih note the line. */
static int wrong(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int wrong(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (!r->err) {
		r->err = -EINVAL;
		va_start(ap, fmt);
		vsnprintf(r->error->text, sizeof(r->error->text), fmt, ap);
		va_end(ap);
	}
	return 0;
}

/* "6.1.149", "6.12.48-1", "5.14.0-503.11.1.el9_5": begins with two numbers. */
static bool is_version(const char *s, size_t len)
{
	unsigned a, b;
	char word[64];

	if (len >= sizeof(word))
		return false;
	memcpy(word, s, len);
	word[len] = '\0';
	return word[0] >= '0' && word[0] <= '9' && sscanf(word, "%u.%u", &a, &b) == 2;
}

/* The first word of @list that is no version; NULL if all are. */
static const char *bad_version(const char *list, size_t *len)
{
	for (const char *s = list + strspn(list, " \t"); *s; s += *len, s += strspn(s, " \t")) {
		*len = strcspn(s, " \t");
		if (!is_version(s, *len))
			return s;
	}
	return NULL;
}

static struct defect *last_defect(const struct reader *r)
{
	return r->d->n ? &r->d->list[r->d->n - 1] : NULL;
}

static int add_defect(struct reader *r, const char *id)
{
	struct defect *more;

	if (strlen(id) >= sizeof(more->id))
		return wrong(r, "the name of section '%.40s...' is too long", id);
	for (size_t i = 0; i < r->d->n; i++)
		if (strcmp(r->d->list[i].id, id) == 0)
			return wrong(r, "section '%s' stands here for the second time", id);
	if (r->d->n == DEFECTS_MAX)
		return wrong(r, "more than %d defects", DEFECTS_MAX);
	more = reallocarray(r->d->list, r->d->n + 1, sizeof(*more));
	if (!more) {
		r->err = -ENOMEM;
		return 0;
	}
	r->d->list = more;
	more[r->d->n] = (struct defect){ 0 };
	snprintf(more[r->d->n].id, sizeof(more->id), "%s", id);
	r->d->n++;
	r->last[0] = '\0';
	return 1;
}

/* inih hands over a line that continues another under the same key, so a key that is repeated at once continues, too. */
static int put_value(struct reader *r, size_t i, const char *value)
{
	char *field = (char *)last_defect(r) + keys[i].offset;
	size_t used = strlen(field), len = strlen(value), bad_len;
	const char *bad = keys[i].is_versions ? bad_version(value, &bad_len) : NULL;

	if (bad)
		return wrong(r, "'%.*s' is no version", (int)bad_len, bad);
	if (used && strcmp(r->last, keys[i].key) != 0)
		return wrong(r, "'%s' stands here for the second time", keys[i].key);
	if (used + len + 2 > keys[i].size)
		return wrong(r, "'%s' is longer than %zu characters", keys[i].key, keys[i].size - 1);
	snprintf(field + used, keys[i].size - used, "%s%s", used ? " " : "", value);
	snprintf(r->last, sizeof(r->last), "%s", keys[i].key);
	return 1;
}

static int take_line(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	const struct defect *last = last_defect(r);

	if (r->err)
		return 0;
	if (!section[0])
		return wrong(r, "'%.40s' stands before the first section", name);
	if ((!last || strcmp(last->id, section) != 0) && !add_defect(r, section))
		return 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].key, name) == 0)
			return put_value(r, i, value);
	return wrong(r, "'%.40s' is no key of this list", name);
}

/* What only the whole section shows. */
static void check_complete(struct reader *r)
{
	for (size_t i = 0; i < r->d->n && !r->err; i++) {
		const struct defect *d = &r->d->list[i];

		if (!d->title[0])
			wrong(r, "section '%s' has no title", d->id);
		else if (!d->fixed[0])
			wrong(r, "section '%s' does not say in which versions it is fixed", d->id);
		else if (!d->avoid[0])
			wrong(r, "section '%s' does not say what to do (avoid)", d->id);
	}
}

int defects_parse(const char *text, struct defects *d, struct defects_error *error)
{
	struct reader r = { .d = d, .error = error };
	int line;

	*d = (struct defects){ 0 };
	*error = (struct defects_error){ 0 };
	line = ini_parse_string(text, take_line, &r);
	error->line = line > 0 ? line : 0;
	if (line < 0 && !r.err)
		r.err = -ENOMEM;
	if (line > 0 && !r.err)
		wrong(&r, "neither a [section] nor a line 'key = value' of less than 200 characters");
	if (!r.err)
		check_complete(&r);
	if (r.err)
		defects_free(d);
	return r.err;
}

int defects_load(const char *path, struct defects *d, struct defects_error *error)
{
	const struct sysroot system = { .fd = -1 };
	char *text;
	size_t len;
	int ret = sysroot_read(&system, path, FILE_MAX, &text, &len);

	*d = (struct defects){ 0 };
	*error = (struct defects_error){ 0 };
	if (ret)
		return ret;
	if (strlen(text) != len) {
		snprintf(error->text, sizeof(error->text), "this is no text");
		ret = -EINVAL;
	} else {
		ret = defects_parse(text, d, error);
	}
	free(text);
	return ret;
}

void defects_free(struct defects *d)
{
	free(d->list);
	*d = (struct defects){ 0 };
}
