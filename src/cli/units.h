/* SPDX-License-Identifier: MIT */
/* Counts, sizes and times as people type them. */
#ifndef CLI_UNITS_H
#define CLI_UNITS_H

#include <stdint.h>

/* Longest time taken, in ms: 24 hours. */
#define CLI_TIME_MAX (24 * 60 * 60 * 1000)

/* A number without a unit: 1k connections are not 1024. 0 and *@out, or -EINVAL (not digits only), -ERANGE (more than 64 bits hold). */
int cli_parse_count(const char *text, uint64_t *out);

/*
 * Bytes: "4096", "64k", "10M", "2G", "1T" (powers of 1024, either case). 0 and *@out, or -EINVAL (not of this form), -ERANGE
 * (more than 64 bits hold).
 */
int cli_parse_size(const char *text, uint64_t *out);

enum {
	CLI_SIZE_WORDS = 32,
};

/* Bytes in the largest unit that leaves no fraction: "64 B", "16 KiB", "1500 B", "2 MiB". */
void cli_format_size(char words[CLI_SIZE_WORDS], uint64_t n);

/* Time: "500ms", "2s", "1m", "1h", and "30" for seconds. 0 and *@ms, or -EINVAL, -ERANGE (none at all, or over a day). */
int cli_parse_time(const char *text, int64_t *ms);

#endif
