/* SPDX-License-Identifier: MIT */
/* The rows of a comparison: what the mode has, and what the user wants of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/units.h"
#include "ktls-bench/case.h"
#include "ktls-bench/options.h"

struct bench_case *case_add(struct bench_case cases[BENCH_CASES_MAX], size_t *n, const struct carrier *carrier, const char *suffix,
			    const char *words)
{
	struct bench_case *c = &cases[*n];

	if (*n == BENCH_CASES_MAX)
		return NULL;
	*c = (struct bench_case){ .carrier = carrier };
	snprintf(c->id, sizeof(c->id), "%s%s", carrier->id, suffix);
	snprintf(c->group, sizeof(c->group), "%s", carrier->id);
	snprintf(c->base, sizeof(c->base), "libssl%s", suffix);
	snprintf(c->title, sizeof(c->title), "%s%s", carrier->title, words);
	(*n)++;
	return c;
}

size_t cases_of_carriers(struct bench_case cases[BENCH_CASES_MAX], bool files)
{
	size_t n = 0;

	for (size_t i = 0; carriers[i]; i++)
		if (files || !carriers[i]->from_file)
			case_add(cases, &n, carriers[i], "", "");
	return n;
}

static void append(char *text, size_t room, const char *more)
{
	const size_t len = strlen(text);

	snprintf(text + len, room - len, "%s", more);
}

void case_set_size(struct bench_case *c, size_t size)
{
	char suffix[24], words[CLI_SIZE_WORDS];

	c->size = size;
	memcpy(c->series, c->title, sizeof(c->series));
	snprintf(suffix, sizeof(suffix), "-%zu", size);
	append(c->id, sizeof(c->id), suffix);
	append(c->base, sizeof(c->base), suffix);
	cli_format_size(words, size);
	append(c->title, sizeof(c->title), ", ");
	append(c->title, sizeof(c->title), words);
}

static bool is_called(const struct bench_case *c, const char *name)
{
	return strcmp(c->id, name) == 0 || strcmp(c->group, name) == 0;
}

static size_t choose_one(const struct bench_case *all, size_t n_all, const char *name, struct bench_case cases[BENCH_CASES_MAX], size_t n,
			 const struct bench_options *o)
{
	const size_t before = n;

	for (size_t i = 0; i < n_all; i++) {
		if (!is_called(&all[i], name))
			continue;
		if (n == BENCH_CASES_MAX)
			cli_usage_error("--cases: more than %d cases", BENCH_CASES_MAX);
		cases[n++] = all[i];
	}
	if (n == before && carrier_find(name))
		cli_usage_error("--cases: %s is not for the mode %s%s", name, o->mode->name, o->zerocopy ? " with --zerocopy" : "");
	if (n == before)
		cli_usage_error("--cases: there is no case '%s'", name);
	return n;
}

size_t cases_choose(const struct bench_options *o, struct bench_case cases[BENCH_CASES_MAX])
{
	static struct bench_case all[BENCH_CASES_MAX];
	const size_t n_all = o->mode->list(o, all);
	char *list;
	size_t n = 0;

	if (!o->cases) {
		memcpy(cases, all, n_all * sizeof(*all));
		return n_all;
	}
	list = strdup(o->cases);
	for (char *name = list ? strtok(list, ",") : NULL; name; name = strtok(NULL, ","))
		n = choose_one(all, n_all, name, cases, n, o);
	if (!n)
		cli_usage_error("--cases: no case is named");
	free(list);
	return n;
}
