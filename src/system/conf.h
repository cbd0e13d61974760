/* SPDX-License-Identifier: MIT */
/* The configuration: /etc/ktls/ktls.conf and its drop-ins, as ktls.conf(5) has them. */
#ifndef SYSTEM_CONF_H
#define SYSTEM_CONF_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "system/sysroot.h"

#define CONF_FILE "/etc/ktls/ktls.conf"
#define CONF_DROP_INS "/etc/ktls/ktls.conf.d"

enum conf_section {
	CONF_MODULE,
	CONF_NIC,
	CONF_SYSCTL,
	CONF_EXPORTER,
};

enum {
	CONF_VALUE_MAX = 160,
};

struct conf_setting {
	enum conf_section section;
	char device[IFNAMSIZ];		/* CONF_NIC: its name, or "*" */
	const char *key;		/* static */
	char value[CONF_VALUE_MAX];	/* checked; one blank between words */
	const char *file;		/* of the configuration it is in */
	unsigned line;
};

struct conf {
	struct conf_setting *list;
	size_t n, room;
	char **files;			/* those read, in their order */
	size_t n_files;
};

/* Is told of each mistake; @line is 0 for one of the file as a whole. */
typedef void conf_complain(void *arg, const char *file, unsigned line, const char *text);

/*
 * Reads @len bytes of @text, a file called @file, into @conf (zero-initialised at first). What earlier files set is
 * replaced; within a file a second time is a mistake. The number of mistakes, or -ENOMEM.
 */
int conf_parse(struct conf *conf, const char *file, const char *text, size_t len, conf_complain *complain, void *arg);

/*
 * Reads CONF_FILE and the drop-ins that end in ".conf", by their names; or @only alone, if that is not NULL. Neither need
 * be there, @only must. The number of mistakes, or -ENOMEM.
 */
int conf_load(struct conf *conf, const struct sysroot *root, const char *only, conf_complain *complain, void *arg);

void conf_free(struct conf *conf);

/* Whether @text is what [sysctl] may set @key to, one blank between its words in @value: 0 or -EINVAL. */
int conf_sysctl_value(const char *key, const char *text, char value[CONF_VALUE_MAX]);

/* The file of a key of [sysctl] into @path. */
void conf_sysctl_path(const char *key, char *path, size_t size);

#endif
