/* SPDX-License-Identifier: MIT */
/* ktlsctl nic: what is gathered, why it is as it is, and the two ways to show it. */
#ifndef KTLSCTL_NIC_H
#define KTLSCTL_NIC_H

#include "out/json.h"
#include "system/nic.h"
#include "system/sysroot.h"

struct nic_view {
	struct nic nic;
	char driver[NIC_DRIVER_MAX];
	bool loopback;
	char bond_mode[32], bond_hash[32];	/* "" unless it is a bond */
	int counters_err;
	struct nic_counter *counters;
	size_t n_counters;
};

struct nic_report {
	struct nic_view *views;
	size_t n;
	bool one;		/* a device was named */
};

/* @name NULL: all. 0, -ENODEV or negative errno; nic_report_free() in either case. */
int nic_gather(struct nic_netlink *nl, const struct sysroot *root, const char *name, struct nic_report *r);
void nic_report_free(struct nic_report *r);

/* "on", "off", "on fixed", "off fixed", "off, asked on", or "-": the kernel does not know the feature. */
const char *nic_state_word(const struct nic_feature_state *s);

/* What is known of the feature, without why it is so; null: the kernel does not know it. */
json_t *nic_feature_json(const struct nic_feature_state *s);

enum {
	NIC_WHY_MAX = 240,
};

/* Why the feature is off and cannot be switched on, or does not follow the wish; "" if there is nothing to say. */
void nic_why(const struct nic_view *v, enum nic_feature f, char why[NIC_WHY_MAX]);

/* 0 or -ENOMEM. */
int nic_print_text(const struct nic_report *r, struct out *o);
int nic_print_json(const struct nic_report *r, struct out *o);

#endif
