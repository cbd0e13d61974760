/* SPDX-License-Identifier: MIT */
/* Reading the system's files, or those of a recorded tree in their place. */
#ifndef SYSTEM_SYSROOT_H
#define SYSTEM_SYSROOT_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	SYSROOT_RELEASE_MAX = 65,	/* as utsname has it */
};

struct sysroot {
	int fd;
	const char *dir;	/* NULL: the system itself; the caller's otherwise */
};

/* @dir: a recorded tree, NULL for the system itself. 0 or negative errno. */
int sysroot_open(struct sysroot *root, const char *dir);
void sysroot_close(struct sysroot *root);

/*
 * Whether this process may be told to look at another tree: not when it has rights that whoever started it lacks, for
 * then it would read their choice of files with them.
 */
bool sysroot_is_allowed(uid_t real, uid_t effective, gid_t real_group, gid_t effective_group);

/*
 * Reads the file @path (it starts with a slash; links stay below the root) into *@data, which has a NUL behind its
 * *@len bytes and is freed by the caller. 0, -EFBIG if it is longer than @max, or negative errno.
 */
int sysroot_read(const struct sysroot *root, const char *path, size_t max, char **data, size_t *len);

/* Opens @path, with O_CLOEXEC. A descriptor or negative errno. */
int sysroot_open_file(const struct sysroot *root, const char *path, int flags);

/* Whether @path is there: 1, 0, or negative errno. */
int sysroot_has(const struct sysroot *root, const char *path);

/* The release of the running kernel, or of the recorded one. 0 or negative errno. */
int sysroot_release(const struct sysroot *root, char release[SYSROOT_RELEASE_MAX]);

/* What uname calls its version, "#1 SMP Debian 6.1.192-2 ..."; "" if the recorded tree has none. */
void sysroot_version(const struct sysroot *root, char version[SYSROOT_RELEASE_MAX]);

/* Opens the folder @path for readdir(). NULL and errno. */
DIR *sysroot_opendir(const struct sysroot *root, const char *path);

#endif
