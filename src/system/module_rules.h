/* SPDX-License-Identifier: MIT */
/* What the administrator has ruled about a module: modprobe.d and modules-load.d. */
#ifndef SYSTEM_MODULE_RULES_H
#define SYSTEM_MODULE_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "system/sysroot.h"

struct module_rules {
	bool blacklisted;	/* not loaded when asked for by its alias, as the kernel does for a socket; by name it still is */
	char install[160];	/* the command that runs in place of loading it; "" if none */
	bool at_boot;		/* some file of modules-load.d, or /etc/modules, names it */
	char boot_file[128];	/* that file */
};

/* 0 or -ENOMEM; files that are not there rule nothing. */
int module_rules_read(const struct sysroot *root, const char *name, struct module_rules *rules);

/* Whether @install does nothing but fail or succeed: "/bin/false". Other commands may load the module in the end. */
bool module_install_forbids(const char *install);

/* Whether @text, as in modules-load.d, names the module; "-" and "_" are the same there. */
bool module_list_has(const char *text, size_t len, const char *name);

#endif
