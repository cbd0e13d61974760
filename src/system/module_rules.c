/* SPDX-License-Identifier: MIT */
/* What the administrator has ruled about a module: modprobe.d and modules-load.d. */
#include <errno.h>
#include <fnmatch.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/lines.h"
#include "system/module_rules.h"

enum {
	FILE_MAX = 1 << 20,
};

static void say_nothing(void *data, int priority, const char *file, int line, const char *fn, const char *format,
			va_list args)
{
	(void)data, (void)priority, (void)file, (void)line, (void)fn, (void)format, (void)args;
}

/* --- modprobe.d, as libkmod reads it ---------------------------------------- */

static void take_blacklists(struct kmod_ctx *ctx, const char *name, struct module_rules *rules)
{
	struct kmod_config_iter *iter = kmod_config_get_blacklists(ctx);

	while (iter && kmod_config_iter_next(iter))
		if (strcmp(kmod_config_iter_get_key(iter), name) == 0)
			rules->blacklisted = true;
	kmod_config_iter_free_iter(iter);
}

/* modprobe takes the first rule that fits; its names may be patterns. */
static void take_installs(struct kmod_ctx *ctx, const char *name, struct module_rules *rules)
{
	struct kmod_config_iter *iter = kmod_config_get_install_commands(ctx);

	while (iter && kmod_config_iter_next(iter)) {
		const char *command = kmod_config_iter_get_value(iter);

		if (!rules->install[0] && command && fnmatch(kmod_config_iter_get_key(iter), name, 0) == 0)
			snprintf(rules->install, sizeof(rules->install), "%s", command);
	}
	kmod_config_iter_free_iter(iter);
}

/* The folders of modprobe.d(5), in its order; libkmod needs no modules for them. */
static int read_modprobe(const struct sysroot *root, const char *name, struct module_rules *rules)
{
	static const char *const folders[] = {
		"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d",
	};
	enum { N = sizeof(folders) / sizeof(folders[0]) };
	const char *paths[N + 1] = { NULL };
	char (*buf)[PATH_MAX] = calloc(N, sizeof(*buf));
	struct kmod_ctx *ctx;

	if (!buf)
		return -ENOMEM;
	for (size_t i = 0; i < N; i++) {
		snprintf(buf[i], sizeof(buf[i]), "%s%s", root->dir ? root->dir : "", folders[i]);
		paths[i] = buf[i];
	}
	ctx = kmod_new("/", paths);
	if (ctx) {
		kmod_set_log_fn(ctx, say_nothing, NULL);
		take_blacklists(ctx, name, rules);
		take_installs(ctx, name, rules);
		kmod_unref(ctx);
	}
	free(buf);
	return ctx ? 0 : -ENOMEM;
}

bool module_install_forbids(const char *install)
{
	static const char *const commands[] = { "false", "true" };
	const char *slash, *word = install + strspn(install, " \t");
	size_t len = strcspn(word, " \t;&|");

	for (slash = word + len; slash > word && slash[-1] != '/'; slash--)
		;
	len -= (size_t)(slash - word);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (len == strlen(commands[i]) && memcmp(slash, commands[i], len) == 0)
			return !strpbrk(install, ";&|");
	return false;
}

/* --- modules-load.d ----------------------------------------------------------- */

static bool is_same_name(struct line word, const char *name)
{
	if (word.len != strlen(name))
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (word.s[i] != name[i] && !(word.s[i] == '-' && name[i] == '_'))
			return false;
	return true;
}

bool module_list_has(const char *text, size_t len, const char *name)
{
	struct lines lines = lines_of(text, len);
	struct line line;

	while (lines_next(&lines, &line)) {
		line = line_trim(line);
		if (line.len && line.s[0] != '#' && line.s[0] != ';' && is_same_name(line_word(&line), name))
			return true;
	}
	return false;
}

static bool file_lists(const struct sysroot *root, const char *path, const char *name)
{
	char *text;
	size_t len;
	bool found;

	if (sysroot_read(root, path, FILE_MAX, &text, &len))
		return false;
	found = module_list_has(text, len, name);
	free(text);
	return found;
}

static bool has_suffix(const char *file, const char *suffix)
{
	size_t len = strlen(file), end = strlen(suffix);

	return len > end && strcmp(file + len - end, suffix) == 0;
}

static void search_folder(const struct sysroot *root, const char *folder, const char *name, struct module_rules *rules)
{
	DIR *dir = sysroot_opendir(root, folder);
	struct dirent *entry;
	char path[sizeof(rules->boot_file)];

	while (dir && !rules->at_boot && (entry = readdir(dir))) {
		if (!has_suffix(entry->d_name, ".conf") ||
		    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path) ||
		    !file_lists(root, path, name))
			continue;
		rules->at_boot = true;
		memcpy(rules->boot_file, path, sizeof(path));
	}
	if (dir)
		closedir(dir);
}

static void read_modules_load(const struct sysroot *root, const char *name, struct module_rules *rules)
{
	static const char *const folders[] = {
		"/etc/modules-load.d", "/run/modules-load.d", "/usr/local/lib/modules-load.d", "/usr/lib/modules-load.d",
	};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		search_folder(root, folders[i], name, rules);
	if (!rules->at_boot && file_lists(root, "/etc/modules", name)) {
		rules->at_boot = true;
		snprintf(rules->boot_file, sizeof(rules->boot_file), "/etc/modules");
	}
}

int module_rules_read(const struct sysroot *root, const char *name, struct module_rules *rules)
{
	*rules = (struct module_rules){ 0 };
	read_modules_load(root, name, rules);
	return read_modprobe(root, name, rules);
}
