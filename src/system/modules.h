/* SPDX-License-Identifier: MIT */
/* Whether a kernel module is loaded, built in, there to be loaded, or absent. */
#ifndef SYSTEM_MODULES_H
#define SYSTEM_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "system/kconfig.h"
#include "system/sysroot.h"

enum module_state {
	MODULE_UNKNOWN,
	MODULE_ABSENT,
	MODULE_LOADABLE,
	MODULE_BUILT_IN,
	MODULE_LOADED,
};

/* What the files installed for this kernel say. */
enum module_tree {
	MODULE_TREE_NONE,	/* there is no tree for this kernel */
	MODULE_TREE_LACKS,
	MODULE_TREE_HAS,
	MODULE_TREE_BUILT_IN,
};

/* All there is to judge by. */
struct module_facts {
	bool live;		/* /sys/module says that it runs */
	int64_t users;		/* of the loaded module; -1: not known */
	bool at_work;		/* what only it provides is there: it is loaded or built in, even where /sys is not mounted */
	enum module_tree tree;
	enum kconfig_value config;
	char file[256];		/* the module's file, "" if not known or without one */
};

/* Fills in ->live, ->users, ->tree and ->file; the rest is the caller's. 0, or -ENOMEM. */
int module_look(const struct sysroot *root, const char *release, const char *name, struct module_facts *facts);

enum module_state module_judge(const struct module_facts *facts);

/* "loaded", "built-in", "loadable", "absent"; NULL for MODULE_UNKNOWN. */
const char *module_state_name(enum module_state state);

#endif
