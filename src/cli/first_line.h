/* SPDX-License-Identifier: MIT */
/* A secret that is the first line of a file. */
#ifndef CLI_FIRST_LINE_H
#define CLI_FIRST_LINE_H

#include <stddef.h>

#include "cli/failure.h"

/*
 * The first line of @fd, or of the file at @path, without its end. @option ("--pass") begins the messages, which have
 * nothing of the line; @name is the descriptor in them. Fills @out, which the caller wipes. Nothing behind the line is
 * read. 0, or the exit code of @f.
 */
int cli_first_line_of_fd(const char *option, int fd, const char *name, char *out, size_t len, struct cli_failure *f);
int cli_first_line_of_file(const char *option, const char *path, char *out, size_t len, struct cli_failure *f);

#endif
