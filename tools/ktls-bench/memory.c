/* SPDX-License-Identifier: MIT */
/* What memory this process has for itself, and what the kernel has for everybody. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ktls-bench/memory.h"

enum {
	REST_TRIES = 20,
	/* CPUs that fall asleep hand in what they had counted: a moment is longer than that takes. */
	MOMENT_MS = 50,
};

#if HAVE_MALLOC_TRIM
#include <malloc.h>

void memory_collect(void)
{
	malloc_trim(0);
}
#else
void memory_collect(void)
{
}
#endif

static bool has_key(const char *line, const char *key)
{
	const size_t len = strlen(key);

	return strncmp(line, key, len) == 0 && line[len] == ':';
}

double memory_sum(FILE *f, const char *const keys[])
{
	size_t found = 0, n = 0;
	double sum = 0;
	char line[256];

	while (keys[n])
		n++;
	while (fgets(line, sizeof(line), f)) {
		uint64_t kib;

		for (size_t i = 0; i < n; i++)
			if (has_key(line, keys[i]) && sscanf(line + strlen(keys[i]) + 1, "%" SCNu64 " kB", &kib) == 1) {
				sum += (double)kib * 1024;
				found++;
			}
	}
	return found == n ? sum : -1;
}

double memory_of_statm(FILE *f)
{
	uint64_t resident, shared;

	if (fscanf(f, "%*u %" SCNu64 " %" SCNu64, &resident, &shared) != 2 || shared > resident)
		return -1;
	return (double)(resident - shared) * (double)sysconf(_SC_PAGESIZE);
}

static double sum_of_file(const char *path, const char *const keys[])
{
	FILE *f = fopen(path, "re");
	double sum;

	if (!f)
		return -1;
	sum = memory_sum(f, keys);
	fclose(f);
	return sum;
}

/* Shared pages are the program's and what the other processes inherited alike: no connection costs them. */
static double process_now(void)
{
	static const char *const keys[] = { "Private_Clean", "Private_Dirty", "Swap", NULL };
	double sum = sum_of_file("/proc/self/smaps_rollup", keys);
	FILE *f;

	if (sum >= 0)
		return sum;
	f = fopen("/proc/self/statm", "re");
	if (!f)
		return -1;
	sum = memory_of_statm(f);
	fclose(f);
	return sum;
}

static double tables_now(void)
{
	static const char *const keys[] = { "VmPTE", NULL };

	return sum_of_file("/proc/self/status", keys);
}

/*
 * TCP's own count (/proc/net/sockstat) is not added. It is of what waits in queues, and there is nothing when this is read; what waits
 * lies in the slab already, and the rest of the count is a reserve of each CPU.
 */
static double slab_now(void)
{
	static const char *const keys[] = { "Slab", NULL };

	return sum_of_file("/proc/meminfo", keys);
}

static double slab_at_rest(double slack)
{
	const struct timespec moment = { .tv_nsec = MOMENT_MS * 1000 * 1000 };
	double before = slab_now();

	for (int i = 0; before >= 0 && i < REST_TRIES; i++) {
		double now;

		nanosleep(&moment, NULL);
		now = slab_now();
		if (now - before <= slack && before - now <= slack)
			return now;
		before = now;
	}
	return -1;
}

void memory_look(struct memory *m, double slack)
{
	m->slab = slab_at_rest(slack);
	m->process = process_now();
	m->tables = tables_now();
}
