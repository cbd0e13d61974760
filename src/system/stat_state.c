/* SPDX-License-Identifier: MIT */
/* Counters that were kept for the next call: their text, and what changed since. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "system/lines.h"
#include "system/stat_state.h"

static const char title[] = "ktlsctl-stats 1";

static bool is_boot_id(struct line word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!strchr("0123456789abcdefABCDEF-", word.s[i]) || !word.s[i])
			return false;
	return word.len > 0;
}

/* "name value", and nothing behind. */
static bool take(struct lines *lines, const char *name, struct line *value)
{
	struct line line, rest;

	if (!lines_next(lines, &line))
		return false;
	rest = line;
	if (!line_equals(line_word(&rest), name))
		return false;
	*value = line_word(&rest);
	return value->len && !line_trim(rest).len;
}

static bool parse_ms(struct line word, int64_t *ms)
{
	char text[24], *end;

	if (!line_copy(word, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*ms = strtoll(text, &end, 10);
	return !errno && !*end;
}

int stat_state_parse(const char *text, size_t len, struct stat_state *state)
{
	struct lines lines = lines_of(text, len);
	struct line line, boot, ms;

	if (!lines_next(&lines, &line) || !line_equals(line, title))
		return -EINVAL;
	if (!take(&lines, "boot", &boot) || !is_boot_id(boot) || !line_copy(boot, state->boot, sizeof(state->boot)))
		return -EINVAL;
	if (!take(&lines, "ms", &ms) || !parse_ms(ms, &state->ms))
		return -EINVAL;
	tls_stat_parse(lines.at, (size_t)(lines.end - lines.at), &state->stat);
	return 0;
}

void stat_state_print(const struct stat_state *state, FILE *to)
{
	fprintf(to, "%s\nboot %s\nms %" PRId64 "\n", title, state->boot, state->ms);
	for (size_t i = 0; i < state->stat.n; i++) {
		const struct tls_counter *c = &state->stat.counters[i];

		if (c->value >= 0)
			fprintf(to, "%s %" PRId64 "\n", c->name, c->value);
	}
}

int stat_state_now(const struct sysroot *root, struct stat_state *state)
{
	struct line line = { 0 };
	struct lines lines;
	struct timespec ts;
	char *text;
	size_t len;
	int ret = sysroot_read(root, "/proc/sys/kernel/random/boot_id", 4096, &text, &len);

	if (clock_gettime(CLOCK_BOOTTIME, &ts))
		return -errno;
	state->ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	strcpy(state->boot, "-");
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	lines = lines_of(text, len);
	if (lines_next(&lines, &line) && is_boot_id(line_trim(line)))
		line_copy(line_trim(line), state->boot, sizeof(state->boot));
	free(text);
	return 0;
}

bool stat_state_change(const struct tls_stat *before, const struct tls_counter *now, int64_t *change)
{
	const int64_t old = tls_stat_get(before, now->name);

	if (now->value < 0 || old < 0)
		return false;
	*change = now->value - old;
	if (*change < 0 && tls_counter_kind(now) != TLS_COUNTER_OPEN)
		*change = now->value;
	return true;
}
