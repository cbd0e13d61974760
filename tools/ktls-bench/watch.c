/* SPDX-License-Identifier: MIT */
/* Tells all who watch. */
#include "ktls-bench/watch.h"

static bool is_watch(const struct watch *w)
{
	return w && (w->begins || w->interval || w->ended || w->all_ended);
}

void watch_begins(const struct comparison *c, const struct row *row, unsigned run)
{
	for (const struct watch *w = c->watches; is_watch(w); w++)
		if (w->begins)
			w->begins(w->arg, c, row, run);
}

void watch_interval(const struct comparison *c, const struct row *row, unsigned run, double start, const struct sample *part)
{
	for (const struct watch *w = c->watches; is_watch(w); w++)
		if (w->interval)
			w->interval(w->arg, c, row, run, start, part);
}

void watch_ended(const struct comparison *c, const struct row *row, unsigned run)
{
	for (const struct watch *w = c->watches; is_watch(w); w++)
		if (w->ended)
			w->ended(w->arg, c, row, run);
}

void watch_all_ended(const struct comparison *c)
{
	for (const struct watch *w = c->watches; is_watch(w); w++)
		if (w->all_ended)
			w->all_ended(w->arg);
}
