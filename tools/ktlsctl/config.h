/* SPDX-License-Identifier: MIT */
/* ktlsctl config: what is wanted beside what is, and making the one out of the other. */
#ifndef KTLSCTL_CONFIG_H
#define KTLSCTL_CONFIG_H

#include "out/out.h"
#include "system/conf.h"
#include "system/nic.h"

/* Both go with a reboot, as does what they speak of. */
#define CONFIG_BEFORE "/run/ktls/before.conf"
#define CONFIG_EXPORTER "/run/ktls/exporter.env"
#define CONFIG_EXPORTER_KEY "KTLS_TEXTFILE="

struct config_item {
	struct conf_setting want;
	char live[CONF_VALUE_MAX];
	bool known;			/* ->live is */
	bool differs, done;
	char problem[240];		/* not "": why it cannot be had */
};

struct config {
	struct config_item *items;
	size_t n;
	struct nic *nics;		/* of this system */
	size_t n_nics;
	struct nic_netlink *nl;		/* NULL: none can be had */
	int nics_err;			/* negative errno: the devices cannot be asked */
	const struct sysroot *root;
};

/* "net.core.rmem_max", "nic eth0 tx" */
void config_label(const struct conf_setting *s, char *label, size_t size);

/*
 * Puts beside each setting what is now; [nic *] becomes a setting of each device that can be switched and has none of its
 * own. 0 or negative errno; config_free() in either case.
 */
int config_resolve(const struct conf *conf, const struct sysroot *root, struct config *c);
void config_free(struct config *c);

/* What is now. */
void config_read_item(struct config *c, struct config_item *item);

/* Makes one setting so: 0 or negative errno, -EREMOTEIO: the device did not follow. */
int config_write_item(struct config *c, const struct config_item *item, const char *value);

/*
 * Makes everything that differs as it is wanted, or nothing: says what is wrong or missing. With @keep_before the state
 * before is recorded for rollback. An exit code.
 */
int config_apply(struct config *c, bool keep_before);

/* The settings as ktls.conf(5) has them, with their values of now; freed by the caller, NULL: out of memory. */
char *config_state(const struct config *c);

/* 0 or -ENOMEM. */
int config_print_text(const struct config *c, const char *action, struct out *o);
int config_print_json(const struct config *c, const struct conf *conf, const char *action, struct out *o);

#endif
