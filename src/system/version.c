/* SPDX-License-Identifier: MIT */
/* Versions of kernels: what they are made from, and which of two is the newer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "system/version.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where a character stands among those that are no digits: "~", the end (and so every digit), letters, all others. */
static int rank(char c)
{
	if (c == '~')
		return -1;
	if (!c || is_digit(c))
		return 0;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return c;
	return (unsigned char)c + 256;
}

/* The part without digits at the front of both. */
static int compare_words(const char **a, const char **b)
{
	while ((**a && !is_digit(**a)) || (**b && !is_digit(**b))) {
		int diff = rank(**a) - rank(**b);

		if (diff)
			return diff;
		++*a;
		++*b;
	}
	return 0;
}

/* The number at the front of both, of any length. */
static int compare_numbers(const char **a, const char **b)
{
	size_t in_a, in_b;
	int diff;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	in_a = strspn(*a, "0123456789");
	in_b = strspn(*b, "0123456789");
	if (in_a != in_b)
		return in_a < in_b ? -1 : 1;
	diff = memcmp(*a, *b, in_a);
	*a += in_a;
	*b += in_b;
	return diff;
}

int version_compare(const char *a, const char *b)
{
	int diff = 0;

	while (!diff && (*a || *b)) {
		diff = compare_words(&a, &b);
		if (!diff)
			diff = compare_numbers(&a, &b);
	}
	return diff;
}

/* Copies @len bytes of a package's version; one that does not fit is not known. */
static void take_package(struct kernel_version *v, enum kernel_vendor vendor, const char *s, size_t len)
{
	if (len >= sizeof(v->package))
		return;
	v->vendor = vendor;
	memcpy(v->package, s, len);
	v->package[len] = '\0';
}

/* "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-09-01)"; backports carry what their original carries. */
static bool take_debian(const char *version, struct kernel_version *v)
{
	const char *debian = strstr(version, "Debian ");
	size_t len;

	if (!debian)
		return false;
	debian += strlen("Debian ");
	len = strcspn(debian, " ~");
	if (sscanf(debian, "%u.%u.%u", &v->major, &v->minor, &v->patch) < 2)
		return false;
	take_package(v, KERNEL_DEBIAN, debian, len);
	return true;
}

/*
 * "6.8.0-45-generic" with "#46~22.04.1-Ubuntu SMP": package 6.8.0-45.46. Neither the flavour is part of the version, nor what
 * says for which release, or with what else, the same source was built.
 */
static void take_ubuntu(const char *release, const char *version, struct kernel_version *v)
{
	const size_t len = strspn(release, "0123456789."), abi = release[len] == '-' ? strspn(release + len + 1, "0123456789") : 0;
	char package[sizeof(v->package)];
	int n;

	if (version[0] == '#' && abi)
		n = snprintf(package, sizeof(package), "%.*s.%.*s", (int)(len + 1 + abi), release,
			     (int)strspn(version + 1, "0123456789."), version + 1);
	else
		n = snprintf(package, sizeof(package), "%.*s", (int)(len + (abi ? 1 + abi : 0)), release);
	if (n > 0)
		take_package(v, KERNEL_UBUNTU, package, (size_t)n);
}

/* "5.14.0-503.11.1.el9_5.x86_64": the machine is not part of the version. */
static void take_rhel(const char *release, struct kernel_version *v)
{
	const char *el = strstr(release, ".el");

	take_package(v, KERNEL_RHEL, release, (size_t)(el - release) + 1 + strcspn(el + 1, ".+"));
}

int kernel_version_parse(const char *release, const char *version, struct kernel_version *v)
{
	*v = (struct kernel_version){ 0 };
	/* Debian 12 calls every stable release 6.1.0-N; the true number is in uname's version. */
	if (take_debian(version, v))
		return 0;
	*v = (struct kernel_version){ 0 };
	if (sscanf(release, "%u.%u.%u", &v->major, &v->minor, &v->patch) < 2)
		return -EINVAL;
	if (strstr(version, "Ubuntu"))
		take_ubuntu(release, version, v);
	else if (strstr(release, ".el") && !strstr(release, ".elrepo"))
		take_rhel(release, v);
	return 0;
}

const char *kernel_vendor_name(enum kernel_vendor vendor)
{
	static const char *const names[] = {
		[KERNEL_DEBIAN] = "Debian",
		[KERNEL_UBUNTU] = "Ubuntu",
		[KERNEL_RHEL] = "RHEL",
	};

	return names[vendor];
}
