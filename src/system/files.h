/* SPDX-License-Identifier: MIT */
/* Changing the system's files so that they are the old or the new ones, and never something between. */
#ifndef SYSTEM_FILES_H
#define SYSTEM_FILES_H

#include <stddef.h>
#include <sys/types.h>

/* All paths are absolute; the folder of a file is made if it is missing (its parent is not). */

/*
 * Puts @len bytes of @text in place of the file @path, with @mode: into a new file beside it, down to the disk, then
 * renamed. 0 or negative errno, and then the old file is untouched.
 */
int file_replace(const char *path, const char *text, size_t len, mode_t mode);

/* 0, also when there is no such file, or negative errno. */
int file_remove(const char *path);

/* Whether file_replace() and file_remove() may work on @path: 0, or -EACCES, -EROFS or another negative errno. */
int file_may_change(const char *path);

#endif
