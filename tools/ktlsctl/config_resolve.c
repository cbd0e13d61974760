/* SPDX-License-Identifier: MIT */
/* ktlsctl config: the settings of the files become the settings of this system. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

static bool is_for_all(const struct conf_setting *s)
{
	return s->section == CONF_NIC && strcmp(s->device, "*") == 0;
}

static bool has_own(const struct conf *conf, const char *device, const char *key)
{
	for (size_t i = 0; i < conf->n; i++)
		if (conf->list[i].section == CONF_NIC && conf->list[i].key == key && strcmp(conf->list[i].device, device) == 0)
			return true;
	return false;
}

static void add(struct config *c, const struct conf_setting *s)
{
	struct config_item *item = &c->items[c->n++];

	*item = (struct config_item){ .want = *s };
	config_read_item(c, item);
}

/* To devices that cannot, "all" does not speak. */
static void add_for_all(struct config *c, const struct conf *conf, const struct conf_setting *s)
{
	if (c->nics_err)
		add(c, s);
	for (size_t i = 0; i < c->n_nics; i++) {
		struct conf_setting one = *s;

		memcpy(one.device, c->nics[i].name, sizeof(one.device));
		if (has_own(conf, one.device, one.key))
			continue;
		add(c, &one);
		if (c->items[c->n - 1].problem[0])
			c->n--;
	}
}

/* A recorded tree has no devices to ask. Where a system's cannot be asked, only settings of devices are concerned: they will say so. */
static int look_at_nics(struct config *c)
{
	if (c->root->dir)
		return 0;
	c->nics_err = nic_netlink_open(&c->nl);
	if (!c->nics_err)
		c->nics_err = nic_read(c->nl, NULL, &c->nics, &c->n_nics);
	return c->nics_err == -ENOMEM ? c->nics_err : 0;
}

int config_resolve(const struct conf *conf, const struct sysroot *root, struct config *c)
{
	size_t room = 1;
	int ret;

	*c = (struct config){ .root = root };
	ret = look_at_nics(c);
	if (ret)
		return ret;
	for (size_t i = 0; i < conf->n; i++)
		room += is_for_all(&conf->list[i]) ? c->n_nics + 1 : 1;
	c->items = calloc(room, sizeof(*c->items));
	if (!c->items)
		return -ENOMEM;
	for (size_t i = 0; i < conf->n; i++) {
		if (is_for_all(&conf->list[i]))
			add_for_all(c, conf, &conf->list[i]);
		else
			add(c, &conf->list[i]);
	}
	return 0;
}

void config_free(struct config *c)
{
	free(c->items);
	free(c->nics);
	nic_netlink_close(c->nl);
	*c = (struct config){ 0 };
}

/* --- the state, as a configuration ------------------------------------------ */

static void print_section(FILE *f, const struct conf_setting *s)
{
	static const char *const names[] = { [CONF_MODULE] = "module", [CONF_SYSCTL] = "sysctl", [CONF_EXPORTER] = "exporter" };

	if (s->section == CONF_NIC)
		fprintf(f, "[nic %s]\n", s->device);
	else
		fprintf(f, "[%s]\n", names[s->section]);
}

char *config_state(const struct config *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fputs("# Written by \"ktlsctl config apply\": the state before it, for \"ktlsctl config rollback\".\n", f);
	/* A section for each: the parser does not mind, and the order is kept. */
	for (size_t i = 0; i < c->n; i++) {
		if (!c->items[i].differs)
			continue;
		print_section(f, &c->items[i].want);
		fprintf(f, "%s=%s\n", c->items[i].want.key, c->items[i].live);
	}
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
