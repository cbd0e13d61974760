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

/*
 * Whether the defect came only after this kernel was made. Ubuntu takes what it needs from stable series, too: a defect that
 * came with one of their fixes may be in any of its kernels. Red Hat's are made from more than their number says.
 */
static bool came_later(const struct defect *d, const struct kernel_version *v)
{
	const char *list = d->affected;
	bool later = list[0] && v->vendor != KERNEL_RHEL;
	struct word w;
	unsigned n[3];

	while (later && next_word(&list, &w)) {
		if (numbers_of(&w, n) < 3)
			later = is_older_series(v, n);
		else if (v->vendor == KERNEL_UBUNTU)
			return false;
		else if (is_same_series(v, n))
			return v->patch < n[2];
	}
	return later;
}

/* The first number of the build: "6.8.0-45.45" is the 45th, "6.8.0-1041.43" one for a cloud or a board, which count from 1000. */
static bool is_ubuntu_main(const char *package)
{
	const char *build = strchr(package, '-');
	unsigned n;

	return build && sscanf(build, "-%u", &n) == 1 && n < 1000;
}

/* ".el9_6" of "5.14.0-570.46.1.el9_6": the release of RHEL, 9, and its minor release, 6; -1 without: CentOS Stream's. */
static bool rhel_release(const char *package, unsigned *release, int *minor)
{
	const char *el = strstr(package, ".el");
	char rest[2];
	int n = el ? sscanf(el, ".el%u_%d%1s", release, minor, rest) : 0;

	if (n == 2)
		return true;
	*minor = -1;
	return n == 1 && el[3 + strspn(el + 3, "0123456789")] == '\0';
}

/* Minor releases of RHEL that are kept up get fixes under their own numbers. What a later one starts from has them. */
static bool is_same_rhel(const char *package, const char *word)
{
	unsigned of_package, of_word;
	int minor, word_minor;

	return rhel_release(package, &of_package, &minor) && rhel_release(word, &of_word, &word_minor) &&
	       of_package == of_word && (minor < 0 ? word_minor < 0 : minor >= word_minor);
}

/* Packages of one series share what upstream's part says of it: two numbers at Debian, whose kernels follow stable; all three elsewhere. */
static bool is_same_package_series(const struct kernel_version *v, const struct word *w)
{
	char text[64];
	unsigned n[3];

	if (w->len >= sizeof(text))
		return false;
	memcpy(text, w->s, w->len);
	text[w->len] = '\0';
	numbers_of(w, n);
	if (!is_same_series(v, n))
		return false;
	switch (v->vendor) {
	case KERNEL_DEBIAN:
		return true;
	case KERNEL_UBUNTU:
		return v->patch == n[2] && is_ubuntu_main(v->package);
	case KERNEL_RHEL:
		return v->patch == n[2] && is_same_rhel(v->package, text);
	default:
		return false;
	}
}

/* The first sound package of this kernel's series, if the list has one; of several minor releases of RHEL the latest, whose words differ. */
static bool find_package(const struct defect *d, const struct kernel_version *v, struct word *w)
{
	const char *list = d->package[v->vendor];
	struct word next;
	bool found = false;

	while (next_word(&list, &next)) {
		if (!is_same_package_series(v, &next) || (found && version_compare(next.s, w->s) < 0))
			continue;
		*w = next;
		found = true;
	}
	return found;
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

	if (number_tells(v) && came_later(d, v))
		return DEFECT_NO;
	if (v->vendor != KERNEL_UPSTREAM && find_package(d, v, &w))
		return has_package(v, &w) ? DEFECT_NO : DEFECT_YES;
	if (was_born_sound(d, v) || came_later(d, v))
		return DEFECT_NO;
	if (!number_tells(v))
		return DEFECT_UNKNOWN;
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
