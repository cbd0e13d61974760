/* SPDX-License-Identifier: MIT */
/* ktlsctl nic: gathering. */
#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nic.h"
#include "system/lines.h"

/* The first word of a file of /sys/class/net/NAME; "" if there is none. */
static void read_word(const struct sysroot *root, const char *name, const char *file, char *word, size_t size)
{
	char path[128], *text;
	struct line line;
	size_t len;

	word[0] = '\0';
	if (snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, file) >= (int)sizeof(path) ||
	    sysroot_read(root, path, 4096, &text, &len))
		return;
	line = (struct line){ .s = text, .len = len };
	line.len = strcspn(text, "\n");
	if (!line_copy(line_word(&line), word, size))
		word[0] = '\0';
	free(text);
}

static void gather_one(const struct sysroot *root, const struct nic *nic, struct nic_view *v)
{
	char type[16], loopback[16];

	*v = (struct nic_view){ .nic = *nic };
	nic_driver(nic->name, v->driver);
	read_word(root, nic->name, "type", type, sizeof(type));
	snprintf(loopback, sizeof(loopback), "%d", ARPHRD_LOOPBACK);
	v->loopback = strcmp(type, loopback) == 0;
	read_word(root, nic->name, "bonding/mode", v->bond_mode, sizeof(v->bond_mode));
	read_word(root, nic->name, "bonding/xmit_hash_policy", v->bond_hash, sizeof(v->bond_hash));
	v->counters_err = nic_counters(nic->name, &v->counters, &v->n_counters);
}

int nic_gather(struct nic_netlink *nl, const struct sysroot *root, const char *name, struct nic_report *r)
{
	struct nic *list;
	size_t n;
	int ret;

	*r = (struct nic_report){ .one = name };
	ret = nic_read(nl, name, &list, &n);
	if (ret)
		return ret;
	r->views = calloc(n ? n : 1, sizeof(*r->views));
	for (size_t i = 0; r->views && i < n; i++)
		gather_one(root, &list[i], &r->views[i]);
	r->n = r->views ? n : 0;
	free(list);
	return r->views ? 0 : -ENOMEM;
}

void nic_report_free(struct nic_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->views[i].counters);
	free(r->views);
	*r = (struct nic_report){ 0 };
}
