/* SPDX-License-Identifier: MIT */
/* ktlsctl config: applying what differs, all of it or nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "config.h"
#include "ctl.h"
#include "system/caps.h"
#include "system/files.h"

/* What cannot be had is said, all of it, before anything is done. */
static int check_problems(const struct config *c)
{
	int code = CTL_OK;

	for (size_t i = 0; i < c->n; i++) {
		const struct config_item *item = &c->items[i];
		char label[80];

		config_label(&item->want, label, sizeof(label));
		if (item->problem[0])
			cli_say("%s:%u: %s", item->want.file, item->want.line, item->problem);
		else if (!item->known)
			cli_say("%s:%u: what %s is now cannot be read", item->want.file, item->want.line, label);
		else
			continue;
		code = CTL_FAILED;
	}
	return code;
}

static int lacks(const char *label, const char *what)
{
	cli_say("changing %s takes %s; nothing was changed", label, what);
	return CTL_PERMISSION;
}

static int check_right(const struct config_item *item)
{
	char label[80], path[128];
	int ret;

	config_label(&item->want, label, sizeof(label));
	switch (item->want.section) {
	case CONF_MODULE:
		return caps_has_sys_module() == 1 ? 0 : lacks(label, "the capability CAP_SYS_MODULE");
	case CONF_NIC:
		return caps_has_net_admin() == 1 ? 0 : lacks(label, "the capability CAP_NET_ADMIN");
	case CONF_SYSCTL:
		conf_sysctl_path(item->want.key, path, sizeof(path));
		return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) ? lacks(label, "being root, or CAP_NET_ADMIN in this network namespace") : 0;
	case CONF_EXPORTER:
	default:
		ret = file_may_change(CONFIG_EXPORTER);
		return ret ? lacks(label, "writing to " CONFIG_EXPORTER) : 0;
	}
}

static int check_rights(const struct config *c, bool keep_before, size_t *differ)
{
	int ret = CTL_OK;

	*differ = 0;
	for (size_t i = 0; i < c->n && !ret; i++)
		if (c->items[i].differs) {
			++*differ;
			ret = check_right(&c->items[i]);
		}
	if (!ret && *differ && keep_before && file_may_change(CONFIG_BEFORE))
		return lacks("anything", "writing the state before to " CONFIG_BEFORE);
	return ret;
}

static const char *reason(int err)
{
	if (err == -EREMOTEIO)
		return "the device did not follow; 'ktlsctl nic' says why";
	if (err == -ERANGE)
		return "the kernel made another value of it";
	if (err == -EBUSY || err == -EAGAIN)
		return "it is in use";
	return strerror(-err);
}

static void go_back(struct config *c, size_t done)
{
	while (done-- > 0) {
		struct config_item *item = &c->items[done];
		char label[80];
		int ret;

		if (!item->done)
			continue;
		ret = config_write_item(c, item, item->live);
		item->done = ret != 0;
		config_label(&item->want, label, sizeof(label));
		if (ret)
			cli_say("%s could not be put back to '%s': %s", label, item->live, reason(ret));
	}
}

static int change_all(struct config *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct config_item *item = &c->items[i];
		char label[80];
		int ret;

		if (!item->differs)
			continue;
		ret = config_write_item(c, item, item->want.value);
		item->done = !ret;
		if (!ret)
			continue;
		config_label(&item->want, label, sizeof(label));
		cli_say("%s:%u: %s could not be set to '%s': %s; what was changed before is put back", item->want.file, item->want.line,
			label, item->want.value, reason(ret));
		/* A half-done one, too: the value may have been rounded, or be wanted only. */
		(void)config_write_item(c, item, item->live);
		go_back(c, i);
		return ctl_exit_of(ret);
	}
	return CTL_OK;
}

/* The state before this apply takes the place of that before the last only when this one succeeds. */
int config_apply(struct config *c, bool keep_before)
{
	const struct sysroot system = { .fd = -1 };
	char *before, *last = NULL;
	size_t differ, len = 0;
	int ret = check_problems(c);

	if (!ret)
		ret = check_rights(c, keep_before, &differ);
	if (ret || !differ)
		return ret;
	if (!keep_before)
		return change_all(c);
	if (sysroot_read(&system, CONFIG_BEFORE, 1 << 20, &last, &len))
		last = NULL;
	before = config_state(c);
	ret = before ? file_replace(CONFIG_BEFORE, before, strlen(before), 0600) : -ENOMEM;
	free(before);
	if (ret) {
		cli_say("%s: %s; nothing was changed", CONFIG_BEFORE, strerror(-ret));
		free(last);
		return ctl_exit_of(ret);
	}
	ret = change_all(c);
	if (ret)
		(void)(last ? file_replace(CONFIG_BEFORE, last, len, 0600) : file_remove(CONFIG_BEFORE));
	free(last);
	return ret;
}
