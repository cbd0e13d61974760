/* SPDX-License-Identifier: MIT */
/* ktlsctl config: one setting, read from the system and written to it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "kernel.h"
#include "system/files.h"
#include "system/lines.h"
#include "system/loader.h"

void config_label(const struct conf_setting *s, char *label, size_t size)
{
	static const char *const sections[] = { [CONF_MODULE] = "module ", [CONF_SYSCTL] = "", [CONF_EXPORTER] = "exporter " };

	if (s->section == CONF_NIC)
		snprintf(label, size, "nic %s %s", s->device, s->key);
	else
		snprintf(label, size, "%s%s", sections[s->section], s->key);
}

static enum nic_feature feature_of(const char *key)
{
	unsigned f = 0;

	while (f < NIC_RECORD && strcmp(nic_feature_key((enum nic_feature)f), key) != 0)
		f++;
	return (enum nic_feature)f;
}

static void know(struct config_item *item, const char *live)
{
	snprintf(item->live, sizeof(item->live), "%s", live);
	item->known = true;
}

/* --- module --------------------------------------------------------------- */

static void read_module(struct config *c, struct config_item *item)
{
	struct kernel_view *view = malloc(sizeof(*view));
	const bool wanted = strcmp(item->want.value, "yes") == 0;

	if (!view || kernel_view_gather(c->root, view)) {
		free(view);
		return;
	}
	if (view->module_state == MODULE_LOADED || view->module_state == MODULE_BUILT_IN)
		know(item, "yes");
	else
		know(item, "no");
	if (view->module_state == MODULE_BUILT_IN && !wanted)
		snprintf(item->problem, sizeof(item->problem), "kernel TLS is built into this kernel and cannot be unloaded");
	if ((view->module_state == MODULE_ABSENT || view->module_state == MODULE_UNKNOWN) && wanted)
		snprintf(item->problem, sizeof(item->problem), "this kernel has no module tls that could be loaded");
	free(view);
}

/* --- network devices ------------------------------------------------------ */

static const struct nic *find_nic(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_nics; i++)
		if (strcmp(c->nics[i].name, name) == 0)
			return &c->nics[i];
	return NULL;
}

static void read_nic(struct config *c, struct config_item *item)
{
	const struct nic *nic = find_nic(c, item->want.device);
	const enum nic_feature f = feature_of(item->want.key);
	const bool on = strcmp(item->want.value, "on") == 0;

	if (c->nics_err) {
		snprintf(item->problem, sizeof(item->problem), "the network devices cannot be asked: %s", strerror(-c->nics_err));
		return;
	}
	if (!c->nl)
		return;
	if (!nic) {
		snprintf(item->problem, sizeof(item->problem), "there is no network device '%s'", item->want.device);
		return;
	}
	know(item, nic->feature[f].active ? "on" : "off");
	if (on != nic->feature[f].active && !nic->feature[f].changeable)
		snprintf(item->problem, sizeof(item->problem), "%s of %s cannot be switched; 'ktlsctl nic %s' says why",
			 nic_feature_name(f), nic->name, nic->name);
}

static int write_nic(struct config *c, const struct config_item *item, const char *value)
{
	const enum nic_feature f = feature_of(item->want.key);
	const bool on = strcmp(value, "on") == 0;
	struct nic *now;
	size_t n;
	int ret = nic_set(c->nl, item->want.device, 1U << f, on ? 1U << f : 0);

	if (!ret)
		ret = nic_read(c->nl, item->want.device, &now, &n);
	if (ret)
		return ret;
	/* That the kernel took it does not mean that it did it. */
	ret = now[0].feature[f].active == on ? 0 : -EREMOTEIO;
	free(now);
	return ret;
}

/* --- sysctl --------------------------------------------------------------- */

static int read_sysctl(const struct sysroot *root, const char *key, char value[CONF_VALUE_MAX])
{
	char path[128], *text;
	size_t len;
	int ret;

	conf_sysctl_path(key, path, sizeof(path));
	ret = sysroot_read(root, path, 4096, &text, &len);
	if (ret)
		return ret;
	text[strcspn(text, "\n")] = '\0';
	ret = conf_sysctl_value(key, text, value);
	free(text);
	return ret;
}

static void read_sysctl_item(struct config *c, struct config_item *item)
{
	char value[CONF_VALUE_MAX];
	int ret = read_sysctl(c->root, item->want.key, value);

	if (!ret)
		know(item, value);
	else if (ret == -ENOENT)
		snprintf(item->problem, sizeof(item->problem), "this kernel, or this network namespace, has no %s", item->want.key);
}

static int write_sysctl(struct config *c, const char *key, const char *value)
{
	char path[128], now[CONF_VALUE_MAX];
	int fd, ret;

	conf_sysctl_path(key, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	if (!ret)
		ret = read_sysctl(c->root, key, now);
	/* Some the kernel rounds in silence. */
	return ret ? ret : strcmp(now, value) == 0 ? 0 : -ERANGE;
}

/* --- exporter ------------------------------------------------------------- */

/* The unit of the exporter reads this file. */
static void read_exporter(struct config *c, struct config_item *item)
{
	char *text, *start;
	size_t len;
	int ret = sysroot_read(c->root, CONFIG_EXPORTER, 4096, &text, &len);

	if (ret) {
		if (ret == -ENOENT || ret == -ENOTDIR)
			know(item, "");
		return;
	}
	start = strstr(text, CONFIG_EXPORTER_KEY);
	if (start) {
		start += strlen(CONFIG_EXPORTER_KEY);
		start[strcspn(start, "\n")] = '\0';
		know(item, start);
	}
	free(text);
}

static int write_exporter(const char *value)
{
	char text[CONF_VALUE_MAX + 64];

	if (!*value)
		return file_remove(CONFIG_EXPORTER);
	snprintf(text, sizeof(text), "# Written by \"ktlsctl config apply\".\n" CONFIG_EXPORTER_KEY "%s\n", value);
	return file_replace(CONFIG_EXPORTER, text, strlen(text), 0644);
}

/* -------------------------------------------------------------------------- */

void config_read_item(struct config *c, struct config_item *item)
{
	static void (*const readers[])(struct config *c, struct config_item *item) = {
		[CONF_MODULE] = read_module,
		[CONF_NIC] = read_nic,
		[CONF_SYSCTL] = read_sysctl_item,
		[CONF_EXPORTER] = read_exporter,
	};

	item->known = false;
	item->live[0] = item->problem[0] = '\0';
	readers[item->want.section](c, item);
	item->differs = item->known && strcmp(item->live, item->want.value) != 0;
}

int config_write_item(struct config *c, const struct config_item *item, const char *value)
{
	switch (item->want.section) {
	case CONF_MODULE:
		return strcmp(value, "yes") == 0 ? loader_load("tls") : loader_unload("tls");
	case CONF_NIC:
		return write_nic(c, item, value);
	case CONF_SYSCTL:
		return write_sysctl(c, item->want.key, value);
	case CONF_EXPORTER:
		return write_exporter(value);
	default:
		return -EINVAL;
	}
}
