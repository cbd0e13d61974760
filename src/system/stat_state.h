/* SPDX-License-Identifier: MIT */
/* Counters that were kept for the next call: one file for each user and network namespace, void after a reboot. */
#ifndef SYSTEM_STAT_STATE_H
#define SYSTEM_STAT_STATE_H

#include <stdbool.h>

#include "system/tls_stat.h"

enum {
	STAT_STATE_BOOT_MAX = 64,
	STAT_STATE_WHERE_MAX = 4096,
};

struct stat_state {
	char boot[STAT_STATE_BOOT_MAX];	/* id of the boot in which they were read */
	int64_t ms;			/* when, in ms since that boot */
	struct tls_stat stat;
};

/* Takes what stat_state_print() wrote. 0, or -EINVAL: not such a text. */
int stat_state_parse(const char *text, size_t len, struct stat_state *state);

/* Writes the text that stat_state_parse() takes. */
void stat_state_print(const struct stat_state *state, FILE *to);

/* The id of this boot ("-" where the system tells none) and the time since. 0 or negative errno. */
int stat_state_now(const struct sysroot *root, struct stat_state *state);

/*
 * Reads what was kept for this user, this network namespace and this boot. 0; -ENOENT: nothing; or negative errno:
 * -EPERM if the file or its folder is not this user's alone. @where (may be NULL) says which file was meant.
 */
int stat_state_load(const struct sysroot *root, struct stat_state *state, char where[STAT_STATE_WHERE_MAX]);

/* Keeps @state. As above. */
int stat_state_save(const struct sysroot *root, const struct stat_state *state, char where[STAT_STATE_WHERE_MAX]);

/*
 * How much @name went up from @before to @now: false when it cannot be told. Counters that only go up and are below what
 * they were began anew (the module was loaded again), and went up by what they are.
 */
bool stat_state_change(const struct tls_stat *before, const struct tls_counter *now, int64_t *change);

#endif
