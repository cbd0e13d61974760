/* SPDX-License-Identifier: MIT */
/* Counts, sizes and times as people type them. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <strings.h>

#include "cli/units.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "k", UINT64_C(1) << 10 },
	{ "M", UINT64_C(1) << 20 },
	{ "G", UINT64_C(1) << 30 },
	{ "T", UINT64_C(1) << 40 },
	{ NULL, 0 },
};

static const struct unit time_units[] = {
	{ "", 1000 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
	{ NULL, 0 },
};

/* Leads to the end of the digits; whether 64 bits were too few. strtoull() would take signs, spaces and hexadecimal. */
static bool read_digits(const char **p, uint64_t *n)
{
	bool too_big = false;

	for (*n = 0; **p >= '0' && **p <= '9'; (*p)++) {
		too_big |= __builtin_mul_overflow(*n, 10, n);
		too_big |= __builtin_add_overflow(*n, (uint64_t)(**p - '0'), n);
	}
	return too_big;
}

int cli_parse_count(const char *text, uint64_t *out)
{
	const char *p = text;
	uint64_t n;
	const bool too_big = read_digits(&p, &n);

	if (p == text || *p)
		return -EINVAL;
	if (too_big)
		return -ERANGE;
	*out = n;
	return 0;
}

static int parse(const char *text, const struct unit *units, uint64_t *out)
{
	const char *p = text;
	uint64_t n;
	bool too_big = read_digits(&p, &n);

	if (p == text)
		return -EINVAL;
	for (; units->name; units++)
		if (strcasecmp(units->name, p) == 0)
			break;
	if (!units->name)
		return -EINVAL;
	too_big |= __builtin_mul_overflow(n, units->factor, &n);
	if (too_big)
		return -ERANGE;
	*out = n;
	return 0;
}

int cli_parse_size(const char *text, uint64_t *out)
{
	return parse(text, size_units, out);
}

void cli_format_size(char words[CLI_SIZE_WORDS], uint64_t n)
{
	const struct unit *unit = size_units;

	while (n && unit[1].name && n % unit[1].factor == 0)
		unit++;
	/* "k" is how people type it, "KiB" how it is written. */
	snprintf(words, CLI_SIZE_WORDS, "%" PRIu64 " %.1s%s", n / unit->factor, unit->factor == 1U << 10 ? "K" : unit->name,
		 unit == size_units ? "B" : "iB");
}

int cli_parse_time(const char *text, int64_t *ms)
{
	uint64_t n;
	int ret = parse(text, time_units, &n);

	if (ret)
		return ret;
	if (n == 0 || n > CLI_TIME_MAX)
		return -ERANGE;
	*ms = (int64_t)n;
	return 0;
}
