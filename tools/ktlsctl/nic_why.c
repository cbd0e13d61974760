/* SPDX-License-Identifier: MIT */
/* Why a device does not offload TLS: what the kernel decides in silence. */
#include <stdio.h>
#include <string.h>

#include "nic.h"

/* Devices without hardware of their own, by the names of their drivers. */
static const struct {
	const char *driver, *why;
} stacked[] = {
	{ "802.1Q VLAN Support", "sockets over a VLAN device are not offloaded, whatever the device below it can" },
	{ "team", "sockets over a team device are not offloaded; a bond in mode 802.3ad can be" },
	{ "bridge", "sockets over a bridge are not offloaded" },
	{ "macvlan", "sockets over a macvlan device are not offloaded" },
	{ "ipvlan", "sockets over an ipvlan device are not offloaded" },
	{ "veth", "a veth pair has no hardware" },
	{ "tun", "a TUN or TAP device has no hardware" },
	{ "dummy", "a dummy device has no hardware" },
	{ "virtio_net", "virtio has no TLS offload: the host's card cannot be reached from a guest" },
};

static bool is_bond(const struct nic_view *v)
{
	return v->bond_mode[0] || strcmp(v->driver, "bonding") == 0;
}

/* bond_sk_check() of the kernel: the port must follow from the connection alone. */
static bool bond_can(const struct nic_view *v)
{
	return (strcmp(v->bond_mode, "802.3ad") == 0 || strcmp(v->bond_mode, "balance-xor") == 0) &&
	       strcmp(v->bond_hash, "layer3+4") == 0;
}

static void why_bond(const struct nic_view *v, char why[NIC_WHY_MAX])
{
	if (!bond_can(v))
		snprintf(why, NIC_WHY_MAX, "a bond hands TLS to its ports only in the modes 802.3ad and balance-xor with the hash "
			 "layer3+4; this one is %s, %s", v->bond_mode[0] ? v->bond_mode : "of another mode",
			 v->bond_hash[0] ? v->bond_hash : "without a hash");
	else
		snprintf(why, NIC_WHY_MAX, "a bond does not encrypt: each connection follows the switch of its port");
}

static void why_fixed(const struct nic_view *v, char why[NIC_WHY_MAX])
{
	if (v->loopback) {
		snprintf(why, NIC_WHY_MAX, "the loopback device has no hardware");
		return;
	}
	for (size_t i = 0; i < sizeof(stacked) / sizeof(stacked[0]); i++)
		if (strcmp(v->driver, stacked[i].driver) == 0) {
			snprintf(why, NIC_WHY_MAX, "%s", stacked[i].why);
			return;
		}
	if (v->driver[0])
		snprintf(why, NIC_WHY_MAX, "the driver %s does not offer it for this device", v->driver);
	else
		snprintf(why, NIC_WHY_MAX, "the device's driver does not offer it");
}

static void why_not_active(const struct nic_view *v, enum nic_feature f, char why[NIC_WHY_MAX])
{
	if (f == NIC_TX && !v->nic.tx_checksum)
		snprintf(why, NIC_WHY_MAX, "requested on, still off: it needs transmit checksums: ethtool -K %s tx on", v->nic.name);
	else if (f == NIC_RX && !v->nic.rx_checksum)
		snprintf(why, NIC_WHY_MAX, "requested on, still off: it needs receive checksums: ethtool -K %s rx on", v->nic.name);
	else
		snprintf(why, NIC_WHY_MAX, "requested on, still off: the driver %s refused; the kernel's log (dmesg) may say why",
			 v->driver[0] ? v->driver : "of the device");
}

void nic_why(const struct nic_view *v, enum nic_feature f, char why[NIC_WHY_MAX])
{
	const struct nic_feature_state *s = &v->nic.feature[f];

	why[0] = '\0';
	if (!s->known && f == NIC_RECORD)
		snprintf(why, NIC_WHY_MAX, "this kernel has no %s: TLS offload of whole connections (TOE) was taken out of Linux 7",
			 nic_feature_name(f));
	else if (!s->known)
		snprintf(why, NIC_WHY_MAX, "this kernel has no %s (Linux 4.18 and later)", nic_feature_name(f));
	else if (is_bond(v) && !s->changeable && f != NIC_RECORD)
		why_bond(v, why);
	else if (!s->changeable && !s->active)
		why_fixed(v, why);
	else if (s->changeable && s->wanted && !s->active)
		why_not_active(v, f, why);
}
