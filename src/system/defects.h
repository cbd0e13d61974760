/* SPDX-License-Identifier: MIT */
/* Known defects of the kernel's TLS, from a list that anybody can extend: see data/kernel-defects.ini. */
#ifndef SYSTEM_DEFECTS_H
#define SYSTEM_DEFECTS_H

#include <stddef.h>

#include "system/version.h"

enum {
	DEFECT_TEXT_MAX = 256,
	DEFECT_LIST_MAX = 192,
};

/* A section of the list. Lists of versions are words. */
struct defect {
	char id[48];			/* the section's name */
	char title[DEFECT_TEXT_MAX];
	char affected[DEFECT_LIST_MAX];	/* upstream versions that have it first, written as in "fixed"; "": always had it */
	char fixed[DEFECT_LIST_MAX];	/* upstream: "6.1.149" for that series from there, "6.17" for that and all later series */
	char package[KERNEL_RHEL + 1][DEFECT_LIST_MAX];	/* first sound packages, by vendor; one for each series */
	char avoid[DEFECT_TEXT_MAX];	/* what to do where there is no sound kernel */
};

struct defects {
	struct defect *list;
	size_t n;
};

/* Whether a defect concerns a kernel. */
enum defect_answer {
	DEFECT_NO,
	DEFECT_YES,
	DEFECT_UNKNOWN,	/* a distribution's kernel: its number does not tell what was put into it */
};

/* Where and why a list is wrong. */
struct defects_error {
	int line;		/* 0: the file as a whole */
	char text[160];
};

/* Reads @text, which ends in a NUL. 0; -EINVAL and *@error; or -ENOMEM. Freed with defects_free(). */
int defects_parse(const char *text, struct defects *d, struct defects_error *error);

/* The same from a file of the system; also negative errno of reading it. */
int defects_load(const char *path, struct defects *d, struct defects_error *error);
void defects_free(struct defects *d);

enum defect_answer defect_concerns(const struct defect *defect, const struct kernel_version *v);

/* The first sound version for this kernel's series, where one is listed: 1 and @out, or 0. */
int defect_sound_version(const struct defect *defect, const struct kernel_version *v, char *out, size_t size);

#endif
