/* SPDX-License-Identifier: MIT */
/* Reading ethtool's features out of a message. */
#include <errno.h>
#include <limits.h>
#include <linux/ethtool_netlink.h>
#include <netlink/attr.h>
#include <string.h>

#include "system/nic.h"

static const char *const names[] = {
	[NIC_TX] = "tls-hw-tx-offload",
	[NIC_RX] = "tls-hw-rx-offload",
	[NIC_RECORD] = "tls-hw-record",
};

const char *nic_feature_name(enum nic_feature f)
{
	return names[f];
}

const char *nic_feature_key(enum nic_feature f)
{
	static const char *const keys[] = { [NIC_TX] = "tx", [NIC_RX] = "rx", [NIC_RECORD] = "record" };

	return keys[f];
}

/* What is remembered of a bitset, besides the features themselves. */
struct bits {
	bool listed[NIC_FEATURES], set[NIC_FEATURES];
	bool tx_generic, tx_ipv4, tx_ipv6, rx;
};

static bool is_named(const struct nlattr *attr, const char *name)
{
	const size_t len = (size_t)nla_len(attr), want = strlen(name);

	/* The kernel sends the NUL, too; nothing says that it must. */
	return strnlen(nla_data(attr), len) == want && memcmp(nla_data(attr), name, want) == 0;
}

static void take_bit(const struct nlattr *name, bool set, struct bits *bits)
{
	const struct {
		const char *name;
		bool *flag;
	} others[] = {
		{ "tx-checksum-ip-generic", &bits->tx_generic },
		{ "tx-checksum-ipv4", &bits->tx_ipv4 },
		{ "tx-checksum-ipv6", &bits->tx_ipv6 },
		{ "rx-checksum", &bits->rx },
	};

	for (size_t f = 0; f < NIC_FEATURES; f++)
		if (is_named(name, names[f])) {
			bits->listed[f] = true;
			bits->set[f] = set;
		}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is_named(name, others[i].name))
			*others[i].flag = set;
}

/* libnl takes the attributes' lengths as int and checks them; it wants a type of its own for strings. */
static int parse_bit(struct nlattr *bit, bool nomask, struct bits *bits)
{
	struct nlattr *tb[ETHTOOL_A_BITSET_BIT_MAX + 1];

	if (nla_parse_nested(tb, ETHTOOL_A_BITSET_BIT_MAX, bit, NULL))
		return -EBADMSG;
	if (tb[ETHTOOL_A_BITSET_BIT_NAME])
		take_bit(tb[ETHTOOL_A_BITSET_BIT_NAME], nomask || tb[ETHTOOL_A_BITSET_BIT_VALUE], bits);
	return 0;
}

/* With NOMASK only bits that are set are listed; otherwise all, and a flag says which are set. */
static int parse_bitset(struct nlattr *set, struct bits *bits)
{
	struct nlattr *tb[ETHTOOL_A_BITSET_MAX + 1], *bit;
	int left, ret = 0;

	*bits = (struct bits){ 0 };
	if (!set)
		return 0;
	if (nla_parse_nested(tb, ETHTOOL_A_BITSET_MAX, set, NULL))
		return -EBADMSG;
	/* A compact one has numbers instead of names. */
	if (!tb[ETHTOOL_A_BITSET_BITS])
		return tb[ETHTOOL_A_BITSET_VALUE] ? -EBADMSG : 0;
	nla_for_each_nested(bit, tb[ETHTOOL_A_BITSET_BITS], left)
		if (!ret && nla_type(bit) == ETHTOOL_A_BITSET_BITS_BIT)
			ret = parse_bit(bit, tb[ETHTOOL_A_BITSET_NOMASK], bits);
	return ret;
}

static int parse_header(struct nlattr *header, struct nic *nic)
{
	struct nlattr *tb[ETHTOOL_A_HEADER_MAX + 1], *index, *name;
	size_t len;

	if (!header || nla_parse_nested(tb, ETHTOOL_A_HEADER_MAX, header, NULL))
		return -EBADMSG;
	index = tb[ETHTOOL_A_HEADER_DEV_INDEX];
	name = tb[ETHTOOL_A_HEADER_DEV_NAME];
	if (!index || nla_len(index) != (int)sizeof(uint32_t) || !name)
		return -EBADMSG;
	len = strnlen(nla_data(name), (size_t)nla_len(name));
	if (!len || len >= sizeof(nic->name))
		return -EBADMSG;
	memcpy(nic->name, nla_data(name), len);
	nic->ifindex = nla_get_u32(index);
	return 0;
}

static void settle(const struct bits *hw, const struct bits *wanted, const struct bits *active, const struct bits *nochange,
		   struct nic *nic)
{
	for (size_t f = 0; f < NIC_FEATURES; f++)
		nic->feature[f] = (struct nic_feature_state){
			.known = hw->listed[f],
			.changeable = hw->set[f] && !nochange->set[f],
			.wanted = wanted->set[f],
			.active = active->set[f],
		};
	/* As netdev_fix_features() of the kernel asks. */
	nic->tx_checksum = active->tx_generic || (active->tx_ipv4 && active->tx_ipv6);
	nic->rx_checksum = active->rx;
}

int nic_parse(const void *attrs, size_t len, struct nic *nic)
{
	struct nlattr *tb[ETHTOOL_A_FEATURES_MAX + 1];
	struct bits hw, wanted, active, nochange;

	*nic = (struct nic){ 0 };
	if (len > INT_MAX || nla_parse(tb, ETHTOOL_A_FEATURES_MAX, (struct nlattr *)attrs, (int)len, NULL))
		return -EBADMSG;
	if (parse_header(tb[ETHTOOL_A_FEATURES_HEADER], nic) || parse_bitset(tb[ETHTOOL_A_FEATURES_HW], &hw) ||
	    parse_bitset(tb[ETHTOOL_A_FEATURES_WANTED], &wanted) || parse_bitset(tb[ETHTOOL_A_FEATURES_ACTIVE], &active) ||
	    parse_bitset(tb[ETHTOOL_A_FEATURES_NOCHANGE], &nochange))
		return -EBADMSG;
	settle(&hw, &wanted, &active, &nochange, nic);
	return 0;
}
