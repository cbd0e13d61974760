/* SPDX-License-Identifier: MIT */
/* The intervals of the measurements as they pass, a line each. */
#include <string.h>

#include "ktls-bench/watch.h"

static int title_width(const struct comparison *c)
{
	size_t most = strlen("case");

	for (size_t i = 0; i < c->n; i++)
		if (strlen(c->rows[i].what.title) > most)
			most = strlen(c->rows[i].what.title);
	return (int)most;
}

static void interval(void *arg, const struct comparison *c, const struct row *row, unsigned run, double start, const struct sample *part)
{
	const struct bench_mode *mode = c->options->mode;
	struct out *o = arg;

	out_text(o, OUT_PLAIN, "%-*s  run %u  %6.2f-%-6.2f s  %10.*f %s", title_width(c), row->what.title, run + 1, start,
		 start + part->seconds, mode->rate_scale < 1 ? 2 : 0, bench_mode_rate(mode, part) * mode->rate_scale, mode->rate_title);
	out_line(o);
	fflush(o->to);
}

struct watch lines_watch(struct out *o)
{
	return (struct watch){ .interval = interval, .arg = o };
}
