/* SPDX-License-Identifier: MIT */
/* Whether a kernel module is loaded, built in, there to be loaded, or absent. */
#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/lines.h"
#include "system/modules.h"

/*
 * libkmod reads the tree of modules, wherever it lies, but knows only the real /sys. So /sys/module is read here, for a
 * recorded tree and for the system alike.
 */
static bool read_word(const struct sysroot *root, const char *name, const char *file, char *word, size_t size)
{
	char path[128], *text;
	struct line line;
	size_t len;
	bool ok;

	if (snprintf(path, sizeof(path), "/sys/module/%s/%s", name, file) >= (int)sizeof(path) ||
	    sysroot_read(root, path, 4096, &text, &len))
		return false;
	line = (struct line){ .s = text, .len = strcspn(text, "\n") };
	ok = line_copy(line_trim(line), word, size);
	free(text);
	return ok;
}

static void look_at_sys(const struct sysroot *root, const char *name, struct module_facts *facts)
{
	char state[16], users[16], *end;
	long n;

	facts->users = -1;
	/* "coming" and "going" are neither; a built-in module has no such file. */
	facts->live = read_word(root, name, "initstate", state, sizeof(state)) && strcmp(state, "live") == 0;
	if (!facts->live || !read_word(root, name, "refcnt", users, sizeof(users)))
		return;
	errno = 0;
	n = strtol(users, &end, 10);
	if (!errno && end != users && !*end && n >= 0)
		facts->users = n;
}

/* libkmod would speak on stderr about a tree that is not there. */
static void say_nothing(void *data, int priority, const char *file, int line, const char *fn, const char *format,
			va_list args)
{
	(void)data, (void)priority, (void)file, (void)line, (void)fn, (void)format, (void)args;
}

/* libkmod says where the file really lies; below a recorded tree that is not where it would lie on the system. */
static const char *path_in_tree(const char *path, const char *release)
{
	char tree[128];
	const char *found;

	snprintf(tree, sizeof(tree), "/lib/modules/%s/", release);
	found = strstr(path, tree);
	return found ? found : path;
}

static enum module_tree ask_kmod(struct kmod_ctx *ctx, const char *name, const char *release, struct module_facts *facts)
{
	enum module_tree tree = MODULE_TREE_LACKS;
	struct kmod_module *mod;
	const char *path;

	if (kmod_module_new_from_name(ctx, name, &mod) < 0)
		return MODULE_TREE_LACKS;
	path = kmod_module_get_path(mod);
	if (path) {
		tree = MODULE_TREE_HAS;
		snprintf(facts->file, sizeof(facts->file), "%s", path_in_tree(path, release));
	} else if (kmod_module_get_initstate(mod) == KMOD_MODULE_BUILTIN) {
		tree = MODULE_TREE_BUILT_IN;
	}
	kmod_module_unref(mod);
	return tree;
}

static int look_at_tree(const struct sysroot *root, const char *release, const char *name, struct module_facts *facts)
{
	/* What to load and what not is not asked here, so no configuration is read. */
	const char *const no_config[] = { NULL };
	char path[PATH_MAX], index[128];
	struct kmod_ctx *ctx;

	facts->tree = MODULE_TREE_NONE;
	facts->file[0] = '\0';
	snprintf(index, sizeof(index), "/lib/modules/%s/modules.dep.bin", release);
	if (sysroot_has(root, index) != 1 ||
	    snprintf(path, sizeof(path), "%s/lib/modules/%s", root->dir ? root->dir : "", release) >= (int)sizeof(path))
		return 0;
	ctx = kmod_new(path, no_config);
	if (!ctx)
		return -ENOMEM;
	kmod_set_log_fn(ctx, say_nothing, NULL);
	facts->tree = ask_kmod(ctx, name, release, facts);
	kmod_unref(ctx);
	return 0;
}

int module_look(const struct sysroot *root, const char *release, const char *name, struct module_facts *facts)
{
	look_at_sys(root, name, facts);
	return look_at_tree(root, release, name, facts);
}

enum module_state module_judge(const struct module_facts *f)
{
	if (f->live)
		return MODULE_LOADED;
	if (f->config == KCONFIG_YES || f->tree == MODULE_TREE_BUILT_IN)
		return MODULE_BUILT_IN;
	if (f->at_work)
		return MODULE_LOADED;
	if (f->tree == MODULE_TREE_HAS)
		return MODULE_LOADABLE;
	if (f->config == KCONFIG_NO || f->tree == MODULE_TREE_LACKS)
		return MODULE_ABSENT;
	return MODULE_UNKNOWN;
}

const char *module_state_name(enum module_state state)
{
	static const char *const names[] = {
		[MODULE_ABSENT] = "absent",
		[MODULE_LOADABLE] = "loadable",
		[MODULE_BUILT_IN] = "built-in",
		[MODULE_LOADED] = "loaded",
	};

	return names[state];
}
