/* SPDX-License-Identifier: MIT */
/* ethtool's features from messages made here, as kernels make them and as none does; drivers' counters; the real kernel. */
#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nic.h"

/* --- messages -------------------------------------------------------------- */

static struct nl_msg *msg;

static int new_message(void **state)
{
	(void)state;
	msg = nlmsg_alloc_size(16384);
	if (!msg || !nlmsg_put(msg, 0, 0, 0, 0, 0))
		return -1;
	return 0;
}

static int free_message(void **state)
{
	(void)state;
	nlmsg_free(msg);
	return 0;
}

static void put_header(const char *name, uint32_t index)
{
	struct nlattr *header = nla_nest_start(msg, ETHTOOL_A_FEATURES_HEADER | NLA_F_NESTED);

	assert_int_equal(nla_put_u32(msg, ETHTOOL_A_HEADER_DEV_INDEX, index), 0);
	assert_int_equal(nla_put_string(msg, ETHTOOL_A_HEADER_DEV_NAME, name), 0);
	nla_nest_end(msg, header);
}

/* @bits: "name name=1 ...": all that are listed, those with "=1" have the flag. */
static void put_bitset(int type, bool nomask, const char *bits)
{
	struct nlattr *set = nla_nest_start(msg, type | NLA_F_NESTED), *list;
	char *copy = strdup(bits), *rest = copy, *word;
	uint32_t index = 0;

	if (nomask)
		assert_int_equal(nla_put_flag(msg, ETHTOOL_A_BITSET_NOMASK), 0);
	assert_int_equal(nla_put_u32(msg, ETHTOOL_A_BITSET_SIZE, 64), 0);
	list = nla_nest_start(msg, ETHTOOL_A_BITSET_BITS | NLA_F_NESTED);
	while ((word = strsep(&rest, " "))) {
		struct nlattr *bit = nla_nest_start(msg, ETHTOOL_A_BITSET_BITS_BIT | NLA_F_NESTED);
		char *flag = strstr(word, "=1");

		if (flag)
			*flag = '\0';
		assert_int_equal(nla_put_u32(msg, ETHTOOL_A_BITSET_BIT_INDEX, index++), 0);
		assert_int_equal(nla_put_string(msg, ETHTOOL_A_BITSET_BIT_NAME, word), 0);
		if (flag)
			assert_int_equal(nla_put_flag(msg, ETHTOOL_A_BITSET_BIT_VALUE), 0);
		nla_nest_end(msg, bit);
	}
	nla_nest_end(msg, list);
	nla_nest_end(msg, set);
	free(copy);
}

/* From memory of exactly the size, so that a sanitizer sees a read beyond it. */
static int parse_first(size_t len, struct nic *nic)
{
	void *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, nlmsg_data(nlmsg_hdr(msg)), len);
	ret = nic_parse(copy, len, nic);
	free(copy);
	return ret;
}

static size_t message_len(void)
{
	return (size_t)nlmsg_datalen(nlmsg_hdr(msg));
}

static int parse(struct nic *nic)
{
	return parse_first(message_len(), nic);
}

static void put_card(void)
{
	put_header("eth0", 7);
	put_bitset(ETHTOOL_A_FEATURES_HW, false, "tx-checksum-ipv4=1 rx-checksum=1 tls-hw-tx-offload=1 tls-hw-rx-offload=1 tls-hw-record");
	put_bitset(ETHTOOL_A_FEATURES_WANTED, true, "tx-checksum-ipv4 tls-hw-tx-offload tls-hw-rx-offload");
	put_bitset(ETHTOOL_A_FEATURES_ACTIVE, true, "tx-checksum-ipv4 rx-checksum tls-hw-rx-offload");
	put_bitset(ETHTOOL_A_FEATURES_NOCHANGE, true, "vlan-challenged");
}

static void test_parse_a_card(void **state)
{
	struct nic nic;

	(void)state;
	put_card();
	assert_int_equal(parse(&nic), 0);
	assert_string_equal(nic.name, "eth0");
	assert_int_equal(nic.ifindex, 7);
	assert_true(nic.feature[NIC_TX].known && nic.feature[NIC_TX].changeable && nic.feature[NIC_TX].wanted);
	assert_false(nic.feature[NIC_TX].active);
	assert_true(nic.feature[NIC_RX].active);
	assert_true(nic.feature[NIC_RECORD].known);
	assert_false(nic.feature[NIC_RECORD].changeable);
	assert_false(nic.tx_checksum);
	assert_true(nic.rx_checksum);
}

static void test_parse_checksums_as_the_kernel_asks(void **state)
{
	struct nic nic;

	(void)state;
	put_header("a", 1);
	put_bitset(ETHTOOL_A_FEATURES_ACTIVE, true, "tx-checksum-ipv4 tx-checksum-ipv6");
	assert_int_equal(parse(&nic), 0);
	assert_true(nic.tx_checksum);
	assert_false(nic.rx_checksum);
	assert_false(nic.feature[NIC_TX].known);
}

static void test_parse_nochange_wins(void **state)
{
	struct nic nic;

	(void)state;
	put_header("a", 1);
	put_bitset(ETHTOOL_A_FEATURES_HW, false, "tls-hw-tx-offload=1");
	put_bitset(ETHTOOL_A_FEATURES_NOCHANGE, true, "tls-hw-tx-offload");
	assert_int_equal(parse(&nic), 0);
	assert_false(nic.feature[NIC_TX].changeable);
}

static void test_parse_names_are_whole(void **state)
{
	struct nic nic;

	(void)state;
	put_header("a", 1);
	put_bitset(ETHTOOL_A_FEATURES_HW, false, "tls-hw-tx-offloa=1 tls-hw-tx-offload2=1 xtls-hw-tx-offload=1");
	assert_int_equal(parse(&nic), 0);
	assert_false(nic.feature[NIC_TX].known);
}

static void test_parse_every_truncation(void **state)
{
	const size_t whole = (put_card(), message_len());
	struct nic nic;

	(void)state;
	for (size_t len = 0; len < whole; len++) {
		int ret = parse_first(len, &nic);

		/* What is cut between attributes is a shorter message, but never one without a device. */
		assert_true(ret == -EBADMSG || (ret == 0 && nic.ifindex == 7));
	}
}

static void test_parse_absurd_headers(void **state)
{
	struct nic nic;

	(void)state;
	put_header("a-name-that-no-device-can-have", 1);
	assert_int_equal(parse(&nic), -EBADMSG);
	free_message(NULL);
	new_message(NULL);
	put_header("", 1);
	assert_int_equal(parse(&nic), -EBADMSG);
	free_message(NULL);
	new_message(NULL);
	put_bitset(ETHTOOL_A_FEATURES_HW, false, "tls-hw-tx-offload=1");
	assert_int_equal(parse(&nic), -EBADMSG);
}

static void test_parse_refuses_compact_sets(void **state)
{
	struct nlattr *set;
	struct nic nic;

	(void)state;
	put_header("a", 1);
	set = nla_nest_start(msg, ETHTOOL_A_FEATURES_HW | NLA_F_NESTED);
	assert_int_equal(nla_put_u32(msg, ETHTOOL_A_BITSET_SIZE, 64), 0);
	assert_int_equal(nla_put_u32(msg, ETHTOOL_A_BITSET_VALUE, 0xffffffff), 0);
	nla_nest_end(msg, set);
	assert_int_equal(parse(&nic), -EBADMSG);
}

/* --- reasons --------------------------------------------------------------- */

static const struct nic_feature_state refused = { .known = true, .changeable = true, .wanted = true };
static const struct nic_feature_state fixed = { .known = true };

static void assert_why(const struct nic_view *v, enum nic_feature f, const char *part)
{
	char why[NIC_WHY_MAX];

	nic_why(v, f, why);
	if (!part)
		assert_string_equal(why, "");
	else if (!strstr(why, part))
		fail_msg("no '%s' in '%s'", part, why);
}

static void test_why(void **state)
{
	struct nic_view v = { .nic = { .name = "eth0" }, .driver = "mlx5_core" };

	(void)state;
	v.nic.feature[NIC_TX] = v.nic.feature[NIC_RX] = refused;
	assert_why(&v, NIC_TX, "ethtool -K eth0 tx on");
	assert_why(&v, NIC_RX, "ethtool -K eth0 rx on");
	v.nic.tx_checksum = v.nic.rx_checksum = true;
	assert_why(&v, NIC_TX, "requested on, still off: the driver mlx5_core refused");
	v.nic.feature[NIC_TX].active = true;
	assert_why(&v, NIC_TX, NULL);
	v.nic.feature[NIC_TX] = (struct nic_feature_state){ .known = true, .changeable = true };
	assert_why(&v, NIC_TX, NULL);
	assert_why(&v, NIC_RECORD, "this kernel has no tls-hw-record");
	v.nic.feature[NIC_TX] = fixed;
	assert_why(&v, NIC_TX, "the driver mlx5_core does not offer it");
	snprintf(v.driver, sizeof(v.driver), "802.1Q VLAN Support");
	assert_why(&v, NIC_TX, "VLAN");
	v.loopback = true;
	assert_why(&v, NIC_TX, "loopback");
}

static void test_why_of_bonds(void **state)
{
	struct nic_view v = { .nic = { .name = "bond0" }, .driver = "bonding", .bond_mode = "balance-rr", .bond_hash = "layer2" };

	(void)state;
	v.nic.feature[NIC_TX] = v.nic.feature[NIC_RECORD] = fixed;
	assert_why(&v, NIC_TX, "this one is balance-rr, layer2");
	assert_why(&v, NIC_RECORD, "bonding does not offer it");
	snprintf(v.bond_mode, sizeof(v.bond_mode), "802.3ad");
	assert_why(&v, NIC_TX, "this one is 802.3ad, layer2");
	snprintf(v.bond_hash, sizeof(v.bond_hash), "layer3+4");
	v.nic.feature[NIC_TX].active = true;
	assert_why(&v, NIC_TX, "each connection follows the switch of its port");
}

/* --- counters -------------------------------------------------------------- */

static void test_pick_counters(void **state)
{
	static const char names[5][32] = { "rx_packets", "tx_tls_ctx         ", "  rx_tls_err",
					   { 't', 'l', 's', '_', 'a', 'n', 'a', 'm', 'e', '_', 'o', 'f', '_', 't', 'h', 'i',
					     'r', 't', 'y', '_', 't', 'w', 'o', '_', 'b', 'y', 't', 'e', 's', '_', '3', '2' },
					   "" };
	static const uint64_t values[5] = { 1, 2, UINT64_MAX, 4, 5 };
	struct nic_counter out[5];

	(void)state;
	assert_int_equal(nic_pick_counters(names[0], values, 5, out), 3);
	assert_string_equal(out[0].name, "tx_tls_ctx");
	assert_int_equal(out[0].value, 2);
	assert_string_equal(out[1].name, "rx_tls_err");
	assert_true(out[1].value == UINT64_MAX);
	assert_string_equal(out[2].name, "tls_aname_of_thirty_two_bytes_32");
	assert_int_equal(nic_pick_counters(names[0], values, 0, out), 0);
}

/* --- this kernel ----------------------------------------------------------- */

static void test_loopback_of_this_kernel(void **state)
{
	struct nic_counter *counters;
	struct nic_netlink *nl;
	struct nic *list;
	size_t n;

	(void)state;
	if (nic_netlink_open(&nl))
		skip();
	assert_int_equal(nic_read(nl, "no-such-device", &list, &n), -ENODEV);
	assert_int_equal(nic_read(nl, "lo", &list, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].name, "lo");
	assert_true(list[0].feature[NIC_TX].known);
	assert_false(list[0].feature[NIC_TX].changeable);
	free(list);
	assert_int_equal(nic_read(nl, NULL, &list, &n), 0);
	assert_true(n >= 1);
	free(list);
	assert_int_equal(nic_counters("lo", &counters, &n), 0);
	assert_int_equal(n, 0);
	free(counters);
	nic_netlink_close(nl);
}

/* The kernel takes the request, which proves its form, and does not follow: so reading again is what counts. */
static void test_a_change_that_is_taken_and_not_followed(void **state)
{
	struct nic_netlink *nl;
	struct nic *list;
	size_t n;
	int ret;

	(void)state;
	if (nic_netlink_open(&nl))
		skip();
	ret = nic_set(nl, "lo", 1U << NIC_TX | 1U << NIC_RX, 1U << NIC_TX);
	assert_int_equal(ret, geteuid() ? -EPERM : 0);
	assert_int_equal(nic_set(nl, "no-such-device", 1U << NIC_TX, 0), geteuid() ? -EPERM : -ENODEV);
	assert_int_equal(nic_read(nl, "lo", &list, &n), 0);
	assert_false(list[0].feature[NIC_TX].active);
	free(list);
	nic_netlink_close(nl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parse_a_card, new_message, free_message),
		cmocka_unit_test_setup_teardown(test_parse_checksums_as_the_kernel_asks, new_message, free_message),
		cmocka_unit_test_setup_teardown(test_parse_nochange_wins, new_message, free_message),
		cmocka_unit_test_setup_teardown(test_parse_names_are_whole, new_message, free_message),
		cmocka_unit_test_setup_teardown(test_parse_every_truncation, new_message, free_message),
		cmocka_unit_test_setup_teardown(test_parse_absurd_headers, new_message, free_message),
		cmocka_unit_test_setup_teardown(test_parse_refuses_compact_sets, new_message, free_message),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_why_of_bonds),
		cmocka_unit_test(test_pick_counters),
		cmocka_unit_test(test_loopback_of_this_kernel),
		cmocka_unit_test(test_a_change_that_is_taken_and_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
