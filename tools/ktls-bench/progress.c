/* SPDX-License-Identifier: MIT */
/* What is measured now, on a terminal. */
#include <stdio.h>
#include <unistd.h>

#include "ktls-bench/watch.h"

static void begins(void *arg, const struct comparison *c, const struct row *row, unsigned run)
{
	(void)arg;
	/* \033[K: an earlier line may have been longer. */
	fprintf(stderr, "\rrun %u of %u: %s\033[K", run + 1, c->options->runs, row->what.title);
}

static void interval(void *arg, const struct comparison *c, const struct row *row, unsigned run, double start, const struct sample *part)
{
	const struct bench_mode *mode = c->options->mode;

	(void)arg;
	fprintf(stderr, "\rrun %u of %u: %s, %.1f s: %.2f %s\033[K", run + 1, c->options->runs, row->what.title, start + part->seconds,
		bench_mode_rate(mode, part) * mode->rate_scale, mode->rate_title);
}

static void all_ended(void *arg)
{
	(void)arg;
	fputs("\r\033[K", stderr);
}

struct watch progress_watch(void)
{
	if (!isatty(STDERR_FILENO))
		return (struct watch){ 0 };
	return (struct watch){ .begins = begins, .interval = interval, .all_ended = all_ended };
}
