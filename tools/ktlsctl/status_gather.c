/* SPDX-License-Identifier: MIT */
/* ktlsctl status: gathering. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ktls/probe.h>

#include "status.h"

/* Ciphers that differ in the length of their keys share an AEAD. */
static void add_aead(struct status *st, const char *name)
{
	for (size_t i = 0; i < st->n_aeads; i++)
		if (strcmp(st->aeads[i].name, name) == 0)
			return;
	st->aeads[st->n_aeads++].name = name;
}

static void gather_ciphers(struct status *st)
{
	struct ktls_cipher_info info;

	for (size_t i = 0; i < STATUS_CIPHERS_MAX && !ktls_cipher_at(i, &info); i++) {
		add_aead(st, info.kernel_aead);
		st->engine[st->n_engine++] = (struct status_engine){ .cipher = info.name, .leaf = info.engine_leaf };
	}
}

static void gather_drivers(const struct sysroot *root, struct status *st)
{
	char *text;
	size_t len;
	int ret = crypto_read(root, &text, &len);

	for (size_t i = 0; i < st->n_aeads; i++) {
		struct status_aead *a = &st->aeads[i];

		a->found = ret ? ret : crypto_best(text, len, a->name, &a->best);
		a->speed = a->found == 1 ? crypto_speed_of(a->best.driver) : CRYPTO_SPEED_UNKNOWN;
	}
	if (!ret)
		free(text);
}

int status_gather(const struct sysroot *root, struct status *st)
{
	int ret;

	*st = (struct status){ 0 };
	ret = kernel_view_gather(root, &st->kernel);
	if (ret)
		return ret;
	ret = module_rules_read(root, "tls", &st->rules);
	if (ret)
		return ret;
	verdict_of(&st->kernel, &st->verdict);
	gather_ciphers(st);
	gather_drivers(root, st);
	apps_gather(root, &st->apps);
	return 0;
}

void status_gather_nics(const struct sysroot *root, struct status *st)
{
	struct nic_netlink *nl;

	st->nics_err = root->dir ? -ENODATA : nic_netlink_open(&nl);
	if (st->nics_err)
		return;
	st->nics_err = nic_read(nl, NULL, &st->nics, &st->n_nics);
	nic_netlink_close(nl);
}

void status_free(struct status *st)
{
	free(st->nics);
	st->nics = NULL;
	st->n_nics = 0;
}
