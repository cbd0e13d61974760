/* SPDX-License-Identifier: MIT */
/* A file that is replaced as a whole: readers see the old one or the new one, and never a part. */
#ifndef OUT_ATOMIC_H
#define OUT_ATOMIC_H

#include <stdio.h>
#include <sys/types.h>

enum {
	OUT_ATOMIC_NAME_MAX = 256,
};

struct out_atomic {
	FILE *to;	/* what the new file is written with */
	int dir;
	mode_t mode;
	char name[OUT_ATOMIC_NAME_MAX];
	char temp[OUT_ATOMIC_NAME_MAX];
};

/*
 * Begins a new version of @path with a temporary file in the same folder, whose name starts with a dot. -EEXIST if @path
 * is there and not a regular file (a link, a device), -EINVAL if it names a folder; or another negative errno.
 */
int out_atomic_open(struct out_atomic *a, const char *path, mode_t mode);

/* The same for the file @name in the folder @dir, which stays the caller's. */
int out_atomic_open_at(struct out_atomic *a, int dir, const char *name, mode_t mode);

/* Puts the new version in place, written out to the disk. 0, or negative errno: the old one is still there, untouched. */
int out_atomic_commit(struct out_atomic *a);

/* Forgets the new version. Harmless after out_atomic_commit(). */
void out_atomic_abandon(struct out_atomic *a);

#endif
