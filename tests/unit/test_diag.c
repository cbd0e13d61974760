/* SPDX-License-Identifier: MIT */
/* What sock_diag's messages are taken for: good ones, cut ones, absurd ones. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "system/diag.h"
#include "system/procs.h"
#include "system/tls_info.h"

/* A message behind its header, as it grows. */
struct msg {
	uint8_t bytes[1024] __attribute__((aligned(8)));
	size_t len;
};

static void put(struct msg *m, const void *data, size_t len)
{
	assert_true(m->len + NLMSG_ALIGN(len) <= sizeof(m->bytes));
	memcpy(m->bytes + m->len, data, len);
	m->len += NLMSG_ALIGN(len);
}

static void put_attr(struct msg *m, uint16_t type, const void *data, uint16_t len)
{
	const struct nlattr attr = { .nla_len = (uint16_t)(sizeof(attr) + len), .nla_type = type };

	put(m, &attr, sizeof(attr));
	put(m, data, len);
}

static void put_u16(struct msg *m, uint16_t type, uint16_t value)
{
	put_attr(m, type, &value, sizeof(value));
}

static void begin(struct msg *m, uint8_t family)
{
	struct inet_diag_msg head = { .idiag_family = family, .idiag_state = 1, .idiag_inode = 77, .idiag_uid = 1000 };

	*m = (struct msg){ 0 };
	head.id.idiag_sport = htons(443);
	head.id.idiag_dport = htons(50000);
	head.id.idiag_src[0] = htonl(0x7f000001);
	head.id.idiag_dst[0] = htonl(0x0a000001);
	head.id.idiag_cookie[0] = 5;
	head.id.idiag_cookie[1] = 1;
	put(m, &head, sizeof(head));
}

/* The upper layer protocol @name with what @inner says about TLS. */
static void put_ulp(struct msg *m, const char *name, const struct msg *inner)
{
	struct msg nest = { 0 };

	put_attr(&nest, ULP_INFO_NAME, name, (uint16_t)(strlen(name) + 1));
	if (inner)
		put_attr(&nest, ULP_INFO_TLS, inner->bytes, (uint16_t)inner->len);
	put_attr(m, DIAG_ATTR_ULP_INFO, nest.bytes, (uint16_t)nest.len);
}

static struct msg usual_tls(void)
{
	struct msg tls = { 0 };

	put_u16(&tls, TLS_INFO_VERSION, 0x0304);
	put_u16(&tls, TLS_INFO_CIPHER, 52);
	put_u16(&tls, TLS_INFO_TXCONF, 3);
	put_u16(&tls, TLS_INFO_RXCONF, 2);
	put_attr(&tls, TLS_INFO_ZC_RO_TX, "", 0);
	put_attr(&tls, TLS_INFO_RX_NO_PAD, "", 0);
	put_u16(&tls, TLS_INFO_TX_MAX_PAYLOAD_LEN, 4096);
	return tls;
}

/* In memory of exactly its size, so that a sanitizer sees a read beyond it. */
static enum diag_verdict parse(const struct msg *m, size_t len, struct diag_socket *s)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum diag_verdict verdict;

	assert_non_null(copy);
	memcpy(copy, m->bytes, len);
	verdict = diag_parse(copy, len, s);
	free(copy);
	return verdict;
}

static void test_a_tls_socket(void **state)
{
	struct msg tls = usual_tls(), m;
	char text[DIAG_ADDR_MAX];
	struct diag_socket s;

	(void)state;
	begin(&m, AF_INET);
	put_ulp(&m, "tls", &tls);
	assert_int_equal(parse(&m, m.len, &s), DIAG_TLS);
	assert_int_equal(s.version, 0x0304);
	assert_int_equal(s.cipher, 52);
	assert_string_equal(diag_mode_name(s.tx), "device");
	assert_string_equal(diag_mode_name(s.rx), "software");
	assert_true(s.zero_copy && s.no_pad);
	assert_int_equal(s.max_payload, 4096);
	assert_int_equal(s.inode, 77);
	assert_int_equal(s.uid, 1000);
	assert_true(s.cookie == ((uint64_t)1 << 32 | 5));
	assert_string_equal(diag_state_name(s.state), "established");
	diag_print_addr(&s, false, text);
	assert_string_equal(text, "127.0.0.1:443");
	diag_print_addr(&s, true, text);
	assert_string_equal(text, "10.0.0.1:50000");
	/* Nothing of TCP was told. */
	assert_int_equal(s.bytes_sent, -1);
	assert_int_equal(s.rtt_us, -1);
}

static void test_what_is_not_told_is_unknown(void **state)
{
	struct msg tls = { 0 }, m;
	struct diag_socket s;

	(void)state;
	begin(&m, AF_INET6);
	put_u16(&tls, TLS_INFO_TXCONF, 1);
	put_ulp(&m, "tls", &tls);
	assert_int_equal(parse(&m, m.len, &s), DIAG_TLS);
	assert_int_equal(s.version, -1);
	assert_int_equal(s.cipher, -1);
	assert_int_equal(s.tx, 1);
	assert_int_equal(s.rx, -1);
	assert_int_equal(s.max_payload, -1);
	assert_false(s.zero_copy || s.no_pad);
	begin(&m, AF_INET);
	put_ulp(&m, "tls", NULL);
	assert_int_equal(parse(&m, m.len, &s), DIAG_TLS);
	assert_int_equal(s.tx, -1);
}

static void test_numbers_and_attributes_of_tomorrow_pass(void **state)
{
	struct msg tls = usual_tls(), m;
	struct diag_socket s;

	(void)state;
	put_u16(&tls, TLS_INFO_CIPHER, 999);
	put_u16(&tls, TLS_INFO_TXCONF, 9);
	put_attr(&tls, TLS_INFO_MAX + 5, "12345678", 8);
	begin(&m, AF_INET);
	put_attr(&m, 200, "x", 1);
	put_ulp(&m, "tls", &tls);
	assert_int_equal(parse(&m, m.len, &s), DIAG_TLS);
	assert_int_equal(s.cipher, 999);
	assert_int_equal(s.tx, 9);
	assert_null(diag_mode_name(9));
	assert_null(diag_mode_name(0));
	assert_null(diag_mode_name(-1));
	assert_null(diag_state_name(99));
}

static void test_other_sockets(void **state)
{
	struct diag_socket s;
	struct msg m;

	(void)state;
	begin(&m, AF_INET);
	assert_int_equal(parse(&m, m.len, &s), DIAG_NO);
	put_ulp(&m, "mptcp", NULL);
	assert_int_equal(parse(&m, m.len, &s), DIAG_ULP);
	begin(&m, AF_UNIX);
	assert_int_equal(parse(&m, m.len, &s), DIAG_MALFORMED);
}

static void test_cut_messages_are_never_tls(void **state)
{
	struct msg tls = usual_tls(), m;
	struct diag_socket s;

	(void)state;
	begin(&m, AF_INET);
	put_ulp(&m, "tls", &tls);
	for (size_t len = 0; len < m.len; len++) {
		enum diag_verdict verdict = parse(&m, len, &s);

		/* Cut before the attribute it is a socket without one. */
		assert_int_equal(verdict, len == NLMSG_ALIGN(sizeof(struct inet_diag_msg)) ? DIAG_NO : DIAG_MALFORMED);
	}
}

static void test_attributes_of_the_wrong_size(void **state)
{
	static const struct {
		uint16_t type, len;
	} bad[] = { { TLS_INFO_VERSION, 1 }, { TLS_INFO_VERSION, 4 }, { TLS_INFO_CIPHER, 0 }, { TLS_INFO_TXCONF, 1 },
		    { TLS_INFO_RXCONF, 8 }, { TLS_INFO_TX_MAX_PAYLOAD_LEN, 1 } };
	struct diag_socket s;
	struct msg m;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct msg tls = { 0 };

		put_attr(&tls, bad[i].type, "\1\2\3\4\5\6\7", bad[i].len);
		begin(&m, AF_INET);
		put_ulp(&m, "tls", &tls);
		assert_int_equal(parse(&m, m.len, &s), DIAG_MALFORMED);
	}
	/* A name without an end. */
	begin(&m, AF_INET);
	put_attr(&m, DIAG_ATTR_ULP_INFO, "\7\0\1\0tls\0", 8);
	assert_int_equal(parse(&m, m.len, &s), DIAG_MALFORMED);
}

static void test_tcp_info_of_other_kernels(void **state)
{
	uint8_t info[600];
	struct diag_socket s;

	(void)state;
	memset(info, 0xff, sizeof(info));
	diag_take_tcp(info, 0, &s);
	assert_int_equal(s.cwnd, -1);
	/* Linux 3.x: rtt and cwnd, and none of the 64-bit numbers. */
	diag_take_tcp(info, 104, &s);
	assert_true(s.rtt_us == UINT32_MAX && s.cwnd == UINT32_MAX);
	assert_true(s.bytes_acked == -1 && s.bytes_sent == -1 && s.rate == -1);
	/* Absurd numbers, and more of them than this program knows. */
	diag_take_tcp(info, sizeof(info), &s);
	assert_true(s.bytes_acked == -1 && s.bytes_sent == -1 && s.rate == -1);
	memset(info, 0, sizeof(info));
	diag_take_tcp(info, sizeof(info), &s);
	assert_true(s.bytes_acked == 0 && s.bytes_sent == 0 && s.rate == -1);
}

/* --- streams of messages --------------------------------------------------- */

static void put_message(struct msg *to, uint16_t type, uint16_t flags, const void *data, size_t len)
{
	const struct nlmsghdr head = { .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + len), .nlmsg_type = type, .nlmsg_flags = flags };

	put(to, &head, sizeof(head));
	put(to, data, len);
}

static void test_a_dump(void **state)
{
	struct msg tls = usual_tls(), m, other, all = { 0 };
	struct diag_list list = { 0 };
	int err;

	(void)state;
	begin(&m, AF_INET);
	put_ulp(&m, "tls", &tls);
	begin(&other, AF_INET);
	put_message(&all, SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, m.bytes, m.len);
	put_message(&all, SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, other.bytes, other.len);
	put_message(&all, SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, "cut", 3);
	assert_false(diag_take(all.bytes, all.len, &list, &err));
	assert_int_equal(err, 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.sockets_seen, 3);
	assert_int_equal(list.malformed, 1);
	assert_true(list.ulp_seen);
	assert_false(list.interrupted);
	all.len = 0;
	put_message(&all, NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR, "\0\0\0\0", 4);
	assert_true(diag_take(all.bytes, all.len, &list, &err));
	assert_int_equal(err, 0);
	assert_true(list.interrupted);
	diag_free(&list);
}

static void test_a_dump_that_is_refused(void **state)
{
	const int32_t eperm = -EPERM, absurd = INT32_MIN;
	struct diag_list list = { 0 };
	struct msg all = { 0 };
	int err;

	(void)state;
	put_message(&all, NLMSG_ERROR, 0, &eperm, sizeof(eperm));
	assert_true(diag_take(all.bytes, all.len, &list, &err));
	assert_int_equal(err, -EPERM);
	all.len = 0;
	put_message(&all, NLMSG_ERROR, 0, &absurd, sizeof(absurd));
	assert_true(diag_take(all.bytes, all.len, &list, &err));
	assert_true(err <= 0 && err >= -4095);
	all.len = 0;
	put_message(&all, NLMSG_ERROR, 0, "", 0);
	assert_true(diag_take(all.bytes, all.len, &list, &err));
	assert_int_equal(err, -EBADMSG);
}

static void test_sizes_that_lie(void **state)
{
	static const uint32_t sizes[] = { 0, 1, NLMSG_HDRLEN - 1, 1000, UINT32_MAX };
	int err;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct diag_list list = { 0 };
		struct msg all = { 0 };

		put_message(&all, SOCK_DIAG_BY_FAMILY, 0, "1234", 4);
		memcpy(all.bytes, &sizes[i], sizeof(sizes[i]));
		assert_false(diag_take(all.bytes, all.len, &list, &err));
		assert_int_equal(list.malformed, 1);
		assert_int_equal(list.n, 0);
	}
}

static void test_links_to_sockets(void **state)
{
	(void)state;
	assert_int_equal(proc_inode_of("socket:[123]"), 123);
	assert_int_equal(proc_inode_of("socket:[]"), 0);
	assert_int_equal(proc_inode_of("socket:[12"), 0);
	assert_int_equal(proc_inode_of("socket:[-1]"), 0);
	assert_int_equal(proc_inode_of("socket:[1]x"), 0);
	assert_int_equal(proc_inode_of("socket:[99999999999999999999]"), 0);
	assert_int_equal(proc_inode_of("pipe:[123]"), 0);
	assert_int_equal(proc_inode_of(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tls_socket),
		cmocka_unit_test(test_what_is_not_told_is_unknown),
		cmocka_unit_test(test_numbers_and_attributes_of_tomorrow_pass),
		cmocka_unit_test(test_other_sockets),
		cmocka_unit_test(test_cut_messages_are_never_tls),
		cmocka_unit_test(test_attributes_of_the_wrong_size),
		cmocka_unit_test(test_tcp_info_of_other_kernels),
		cmocka_unit_test(test_a_dump),
		cmocka_unit_test(test_a_dump_that_is_refused),
		cmocka_unit_test(test_sizes_that_lie),
		cmocka_unit_test(test_links_to_sockets),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
