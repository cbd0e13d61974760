/* SPDX-License-Identifier: MIT */
/* Known defects of the kernel's TLS: whether one concerns a kernel. */
#include <stdio.h>
#include <string.h>

#include "system/defects.h"

/* A word of a list of versions. */
struct word {
	const char *s;
	size_t len;
};

static bool next_word(const char **list, struct word *w)
{
	w->s = *list + strspn(*list, " \t");
	w->len = strcspn(w->s, " \t");
	*list = w->s + w->len;
	return w->len > 0;
}

/* Numbers of "6.1.149" or "6.17": how many. */
static int numbers_of(const struct word *w, unsigned n[3])
{
	char text[64];

	n[0] = n[1] = n[2] = 0;
	if (w->len >= sizeof(text))
		return 0;
	memcpy(text, w->s, w->len);
	text[w->len] = '\0';
	return sscanf(text, "%u.%u.%u", &n[0], &n[1], &n[2]);
}

static bool is_older_series(const struct kernel_version *v, const unsigned n[3])
{
	return v->major != n[0] ? v->major < n[0] : v->minor < n[1];
}

static bool is_same_series(const struct kernel_version *v, const unsigned n[3])
{
	return v->major == n[0] && v->minor == n[1];
}

static bool is_older(const struct kernel_version *v, const char *version)
{
	const struct word w = { .s = version, .len = strlen(version) };
	unsigned n[3];

	numbers_of(&w, n);
	return is_older_series(v, n) || (is_same_series(v, n) && v->patch < n[2]);
}

/* Packages of one series share what upstream's part says of it: two numbers at Debian, whose kernels follow stable; all three elsewhere. */
static bool is_same_package_series(const struct kernel_version *v, const unsigned n[3])
{
	return is_same_series(v, n) && (v->vendor == KERNEL_DEBIAN || v->patch == n[2]);
}

/* The first sound package of this kernel's series, if the list has one. */
static bool find_package(const struct defect *d, const struct kernel_version *v, struct word *w)
{
	const char *list = d->package[v->vendor];
	unsigned n[3];

	while (next_word(&list, w)) {
		numbers_of(w, n);
		if (is_same_package_series(v, n))
			return true;
	}
	return false;
}

static bool find_stable(const struct defect *d, const struct kernel_version *v, struct word *w)
{
	const char *list = d->fixed;
	unsigned n[3];

	while (next_word(&list, w))
		if (numbers_of(w, n) == 3 && is_same_series(v, n))
			return true;
	return false;
}

/* Whether this series already had the fix when it was new. */
static bool was_born_sound(const struct defect *d, const struct kernel_version *v)
{
	const char *list = d->fixed;
	struct word w;
	unsigned n[3];

	while (next_word(&list, &w))
		if (numbers_of(&w, n) == 2 && !is_older_series(v, n))
			return true;
	return false;
}

static bool has_package(const struct kernel_version *v, const struct word *w)
{
	char wanted[64];

	if (w->len >= sizeof(wanted))
		return false;
	memcpy(wanted, w->s, w->len);
	wanted[w->len] = '\0';
	return version_compare(v->package, wanted) >= 0;
}

/* Ubuntu's and Red Hat's kernels stay at the number of the release they came from, whatever is put into them. */
static bool number_tells(const struct kernel_version *v)
{
	return v->vendor == KERNEL_UPSTREAM || v->vendor == KERNEL_DEBIAN;
}

enum defect_answer defect_concerns(const struct defect *d, const struct kernel_version *v)
{
	struct word w;
	unsigned n[3];

	if (v->vendor != KERNEL_UPSTREAM && find_package(d, v, &w))
		return has_package(v, &w) ? DEFECT_NO : DEFECT_YES;
	if (was_born_sound(d, v))
		return DEFECT_NO;
	if (!number_tells(v))
		return DEFECT_UNKNOWN;
	if (d->affected[0] && is_older(v, d->affected))
		return DEFECT_NO;
	if (!find_stable(d, v, &w))
		return DEFECT_YES;
	numbers_of(&w, n);
	return v->patch >= n[2] ? DEFECT_NO : DEFECT_YES;
}

int defect_sound_version(const struct defect *d, const struct kernel_version *v, char *out, size_t size)
{
	struct word w;

	if (!(v->vendor != KERNEL_UPSTREAM && find_package(d, v, &w)) && !(number_tells(v) && find_stable(d, v, &w)))
		return 0;
	snprintf(out, size, "%.*s", (int)w.len, w.s);
	return 1;
}
