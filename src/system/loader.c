/* SPDX-License-Identifier: MIT */
/* Loading and unloading kernel modules by libkmod. */
#include <errno.h>
#include <libkmod.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "system/loader.h"

/* libkmod would speak on stderr; what happened comes back as an errno. */
static void say_nothing(void *data, int priority, const char *file, int line, const char *fn, const char *format,
			va_list args)
{
	(void)data, (void)priority, (void)file, (void)line, (void)fn, (void)format, (void)args;
}

static int open_module(const char *name, struct kmod_ctx **ctx, struct kmod_module **mod)
{
	int ret;

	*mod = NULL;
	*ctx = kmod_new(NULL, NULL);
	if (!*ctx)
		return -ENOMEM;
	kmod_set_log_fn(*ctx, say_nothing, NULL);
	ret = kmod_module_new_from_name(*ctx, name, mod);
	if (ret < 0) {
		kmod_unref(*ctx);
		return ret;
	}
	return 0;
}

static void close_module(struct kmod_ctx *ctx, struct kmod_module *mod)
{
	kmod_module_unref(mod);
	kmod_unref(ctx);
}

int loader_install_command(const char *name, char *command, size_t size)
{
	struct kmod_module *mod;
	struct kmod_ctx *ctx;
	const char *found;
	int ret = open_module(name, &ctx, &mod);

	if (ret)
		return ret;
	found = kmod_module_get_install_commands(mod);
	snprintf(command, size, "%s", found ? found : "");
	close_module(ctx, mod);
	return 0;
}

int loader_load(const char *name)
{
	struct kmod_module *mod;
	struct kmod_ctx *ctx;
	int ret = open_module(name, &ctx, &mod);

	if (ret)
		return ret;
	ret = kmod_module_probe_insert_module(mod, KMOD_PROBE_IGNORE_COMMAND, NULL, NULL, NULL, NULL);
	close_module(ctx, mod);
	/* Positive: why a blacklist stopped it, which nobody asked for. */
	return ret > 0 ? -EPERM : ret == -EEXIST ? 0 : ret;
}

int loader_unload(const char *name)
{
	struct kmod_module *mod;
	struct kmod_ctx *ctx;
	int ret = open_module(name, &ctx, &mod);

	if (ret)
		return ret;
	ret = kmod_module_remove_module(mod, KMOD_REMOVE_NOLOG);
	close_module(ctx, mod);
	return ret == -ENOENT ? 0 : ret;
}
