/* SPDX-License-Identifier: MIT */
/* TLS offload of network devices: ethtool's features by generic netlink, drivers' counters by ioctl. */
#ifndef SYSTEM_NIC_H
#define SYSTEM_NIC_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/sysroot.h"

enum nic_feature {
	NIC_TX,
	NIC_RX,
	NIC_RECORD,
	NIC_FEATURES,
};

/* "tls-hw-tx-offload" */
const char *nic_feature_name(enum nic_feature f);

/* "tx", as options and ktls.conf have it. */
const char *nic_feature_key(enum nic_feature f);

struct nic_feature_state {
	bool known;		/* the kernel has such a feature */
	bool changeable;	/* the driver lets it be switched */
	bool wanted;
	bool active;
};

struct nic {
	unsigned ifindex;
	char name[IFNAMSIZ];
	struct nic_feature_state feature[NIC_FEATURES];
	bool tx_checksum, rx_checksum;	/* active: offload of TLS builds on them */
};

/*
 * Parses the attributes of an ETHTOOL_MSG_FEATURES_GET_REPLY, bits by their names and never by their numbers, which
 * differ between kernels. 0, or -EBADMSG for what cannot be such a message. Looks nowhere but at @len bytes.
 */
int nic_parse(const void *attrs, size_t len, struct nic *nic);

/* The kernel's ethtool interface. */
struct nic_netlink;

/* 0, -EOPNOTSUPP: the kernel has none (Linux 5.6), -EAFNOSUPPORT: this process may have no netlink socket, or negative errno. */
int nic_netlink_open(struct nic_netlink **nl);
void nic_netlink_close(struct nic_netlink *nl);

/* The device @name, or all of them (NULL), into *@list, freed by the caller. 0, -ENODEV or negative errno. */
int nic_read(struct nic_netlink *nl, const char *name, struct nic **list, size_t *n);

/*
 * Asks for the features in @mask (1 << enum nic_feature) as in @on. 0 says only that the kernel took the request:
 * read again to see what became of it. -EPERM, -ENODEV or negative errno.
 */
int nic_set(struct nic_netlink *nl, const char *name, unsigned mask, unsigned on);

enum {
	NIC_DRIVER_MAX = 32,
	NIC_COUNTER_NAME_MAX = 33,	/* ETH_GSTRING_LEN and a NUL */
};

/* The driver's name; "" if the device names none. */
void nic_driver(const char *name, char driver[NIC_DRIVER_MAX]);

struct nic_counter {
	char name[NIC_COUNTER_NAME_MAX];
	uint64_t value;
};

/*
 * Of @n counters of a driver, named by @names (32 bytes each, blanks around, not always a NUL), those that concern TLS
 * into @out, which has room for all. Their number.
 */
size_t nic_pick_counters(const char *names, const uint64_t *values, size_t n, struct nic_counter *out);

/* The driver's counters that concern TLS into *@list, freed by the caller. 0, also when there are none. */
int nic_counters(const char *name, struct nic_counter **list, size_t *n);

#endif
