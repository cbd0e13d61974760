/* SPDX-License-Identifier: MIT */
/* The keys of the configuration and what their values look like. */
#ifndef SYSTEM_CONF_KEYS_H
#define SYSTEM_CONF_KEYS_H

#include "system/conf.h"

struct conf_key {
	enum conf_section section;
	const char *name;
	/* Checks, and writes the value as it is kept; NULL or what it should look like. */
	const char *(*check)(const struct conf_key *key, const char *text, char value[CONF_VALUE_MAX]);
	uint64_t min, max;	/* of each number */
};

/* The key of this name in @section, or NULL. */
const struct conf_key *conf_key_find(enum conf_section section, const char *name);

#endif
