/* SPDX-License-Identifier: MIT */
/* Lines for people on standard error, each with the program's name in front. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stddef.h>

/* Gives the program its name, whatever argv[0] was (libtool's wrappers put their own there). Call it first in main(). */
void cli_set_name(char **argv, char *name);

/*
 * One line on standard error, in one write. Control characters become '?': peers choose parts of the text, and a line
 * stays a line.
 */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Replaces control characters of ASCII in @text. */
void cli_make_printable(char *text);

#endif
