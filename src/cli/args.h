/* SPDX-License-Identifier: MIT */
/* argp as the tools use it: help on standard output, a mistake in one line with a pointer to --help. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <argp.h>

/*
 * Parses the command line with @argp, to which --help, --usage and --version are added. Returns only when all was well:
 * help and version exit with 0, mistakes with CLI_USAGE. @version is the text of --version.
 */
void cli_parse_args(const struct argp *argp, int argc, char **argv, const char *version, void *input);

/* One line on standard error, then exit with CLI_USAGE. */
void cli_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The value of @option ("--runs"): a number from @min to @max, without a unit; any other is a cli_usage_error(). */
unsigned cli_take_count(const char *option, const char *arg, unsigned min, unsigned max);

/* Flushes standard output and exits: with @code, or CLI_IO when standard output would not take it. */
void cli_exit_flushed(int code) __attribute__((noreturn));

#endif
