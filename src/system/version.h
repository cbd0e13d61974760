/* SPDX-License-Identifier: MIT */
/* Versions of kernels: what they are made from, and which of two is the newer. */
#ifndef SYSTEM_VERSION_H
#define SYSTEM_VERSION_H

#include <stdbool.h>
#include <stddef.h>

enum kernel_vendor {
	KERNEL_UPSTREAM,	/* kernel.org, or nobody who numbers fixes in a way known here */
	KERNEL_DEBIAN,
	KERNEL_UBUNTU,
	KERNEL_RHEL,		/* and its rebuilds */
};

struct kernel_version {
	enum kernel_vendor vendor;
	unsigned major, minor, patch;	/* of the upstream release that it is made from */
	char package[80];		/* the distribution's package: "6.1.192-2", "6.8.0-45.45", "5.14.0-503.11.1.el9_5"; "" without */
};

/* @release and @version as uname() gives them. 0, or -EINVAL if @release is no version. */
int kernel_version_parse(const char *release, const char *version, struct kernel_version *v);

/* "Debian" and so on; NULL for KERNEL_UPSTREAM. */
const char *kernel_vendor_name(enum kernel_vendor vendor);

/*
 * Compares versions of packages as dpkg does, without epochs: numbers by value, "~" before everything, even the end.
 * Less than, equal to or greater than 0.
 */
int version_compare(const char *a, const char *b);

#endif
