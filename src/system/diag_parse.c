/* SPDX-License-Identifier: MIT */
/* What one message of sock_diag says about a socket: a function of its bytes alone. */
#include <endian.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "system/diag.h"
#include "system/tls_info.h"

static const struct nla_policy ulp_policy[] = {
	[ULP_INFO_NAME] = { .type = NLA_STRING, .maxlen = 16 },
	[ULP_INFO_TLS] = { .type = NLA_NESTED },
};

static const struct nla_policy tls_policy[TLS_INFO_MAX + 1] = {
	[TLS_INFO_VERSION] = { .type = NLA_U16, .maxlen = 2 },
	[TLS_INFO_CIPHER] = { .type = NLA_U16, .maxlen = 2 },
	[TLS_INFO_TXCONF] = { .type = NLA_U16, .maxlen = 2 },
	[TLS_INFO_RXCONF] = { .type = NLA_U16, .maxlen = 2 },
	[TLS_INFO_ZC_RO_TX] = { .type = NLA_FLAG },
	[TLS_INFO_RX_NO_PAD] = { .type = NLA_FLAG },
	[TLS_INFO_TX_MAX_PAYLOAD_LEN] = { .type = NLA_U16, .maxlen = 2 },
};

static int number_of(struct nlattr *attr)
{
	return attr ? nla_get_u16(attr) : -1;
}

static bool take_tls(struct nlattr *nest, struct diag_socket *s)
{
	struct nlattr *tb[TLS_INFO_MAX + 1];

	if (nla_parse_nested(tb, TLS_INFO_MAX, nest, tls_policy) < 0)
		return false;
	s->version = number_of(tb[TLS_INFO_VERSION]);
	s->cipher = number_of(tb[TLS_INFO_CIPHER]);
	s->tx = number_of(tb[TLS_INFO_TXCONF]);
	s->rx = number_of(tb[TLS_INFO_RXCONF]);
	s->zero_copy = tb[TLS_INFO_ZC_RO_TX] != NULL;
	s->no_pad = tb[TLS_INFO_RX_NO_PAD] != NULL;
	s->max_payload = number_of(tb[TLS_INFO_TX_MAX_PAYLOAD_LEN]);
	return true;
}

static enum diag_verdict take_ulp(struct nlattr *nest, struct diag_socket *s)
{
	struct nlattr *tb[ULP_INFO_TLS + 1];

	if (nla_parse_nested(tb, ULP_INFO_TLS, nest, ulp_policy) < 0)
		return DIAG_MALFORMED;
	if (!tb[ULP_INFO_NAME] || strcmp(nla_get_string(tb[ULP_INFO_NAME]), "tls") != 0)
		return DIAG_ULP;
	/* A socket that is about to lose its TLS has the name alone. */
	if (!tb[ULP_INFO_TLS])
		return DIAG_TLS;
	return take_tls(tb[ULP_INFO_TLS], s) ? DIAG_TLS : DIAG_MALFORMED;
}

static void take_head(const struct inet_diag_msg *msg, struct diag_socket *s)
{
	*s = (struct diag_socket){
		.family = msg->idiag_family,
		.state = msg->idiag_state,
		.local_port = be16toh(msg->id.idiag_sport),
		.peer_port = be16toh(msg->id.idiag_dport),
		.interface = msg->id.idiag_if,
		.uid = msg->idiag_uid,
		.inode = msg->idiag_inode,
		.cookie = (uint64_t)msg->id.idiag_cookie[1] << 32 | msg->id.idiag_cookie[0],
		.version = -1,
		.cipher = -1,
		.tx = -1,
		.rx = -1,
		.max_payload = -1,
	};
	memcpy(s->local, msg->id.idiag_src, sizeof(s->local));
	memcpy(s->peer, msg->id.idiag_dst, sizeof(s->peer));
}

/*
 * libnl's parsers pass over what does not fit behind the last attribute; a message that was cut is one that is not to be
 * believed, so it must end where its last attribute does.
 */
static bool is_whole(const char *attrs, size_t len)
{
	int left = (int)len;

	for (const struct nlattr *a = (const struct nlattr *)attrs; left > 0; a = nla_next(a, &left))
		if (!nla_ok(a, left))
			return false;
	return true;
}

enum diag_verdict diag_parse(const void *data, size_t len, struct diag_socket *s)
{
	const char *attrs = (const char *)data + NLMSG_ALIGN(sizeof(struct inet_diag_msg));
	struct nlattr *tb[DIAG_ATTR_ULP_INFO + 1];
	enum diag_verdict verdict = DIAG_NO;
	struct inet_diag_msg msg;
	struct diag_socket found;

	if (len < NLMSG_ALIGN(sizeof(msg)) || len > INT32_MAX)
		return DIAG_MALFORMED;
	memcpy(&msg, data, sizeof(msg));
	len -= NLMSG_ALIGN(sizeof(msg));
	if ((msg.idiag_family != AF_INET && msg.idiag_family != AF_INET6) || !is_whole(attrs, len) ||
	    nla_parse(tb, DIAG_ATTR_ULP_INFO, (struct nlattr *)attrs, (int)len, NULL) < 0)
		return DIAG_MALFORMED;
	take_head(&msg, &found);
	diag_take_tcp(tb[DIAG_ATTR_INFO] ? nla_data(tb[DIAG_ATTR_INFO]) : NULL,
		      tb[DIAG_ATTR_INFO] ? (size_t)nla_len(tb[DIAG_ATTR_INFO]) : 0, &found);
	if (tb[DIAG_ATTR_ULP_INFO])
		verdict = take_ulp(tb[DIAG_ATTR_ULP_INFO], &found);
	if (verdict != DIAG_MALFORMED)
		*s = found;
	return verdict;
}

static int add(struct diag_list *list, const struct diag_socket *s)
{
	size_t room = list->room ? 2 * list->room : 64;
	struct diag_socket *sockets;

	if (list->n == list->room) {
		sockets = reallocarray(list->sockets, room, sizeof(*sockets));
		if (!sockets)
			return -ENOMEM;
		list->sockets = sockets;
		list->room = room;
	}
	list->sockets[list->n++] = *s;
	return 0;
}

static int take_socket(const struct nlmsghdr *head, struct diag_list *list)
{
	struct diag_socket s;
	enum diag_verdict verdict = diag_parse(NLMSG_DATA(head), head->nlmsg_len - NLMSG_HDRLEN, &s);

	list->sockets_seen++;
	list->malformed += verdict == DIAG_MALFORMED;
	list->ulp_seen |= verdict == DIAG_ULP || verdict == DIAG_TLS;
	return verdict == DIAG_TLS || (list->keep_all && verdict != DIAG_MALFORMED) ? add(list, &s) : 0;
}

/* NLMSG_ERROR and, for a dump that failed half-way, NLMSG_DONE begin with an errno. */
static int error_in(const struct nlmsghdr *head)
{
	int32_t err;

	if (head->nlmsg_len < NLMSG_HDRLEN + sizeof(err))
		return head->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&err, NLMSG_DATA(head), sizeof(err));
	return err < 0 && err >= -4095 ? err : 0;
}

bool diag_take(const void *buf, size_t len, struct diag_list *list, int *err)
{
	const char *at = buf;

	*err = 0;
	while (len >= NLMSG_HDRLEN) {
		const struct nlmsghdr *head = (const struct nlmsghdr *)at;
		size_t size = head->nlmsg_len;

		if (size < NLMSG_HDRLEN || size > len)
			break;
		list->interrupted |= (head->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR) {
			*err = error_in(head);
			return true;
		}
		if (head->nlmsg_type == SOCK_DIAG_BY_FAMILY)
			*err = take_socket(head, list);
		if (*err)
			return true;
		size = NLMSG_ALIGN(size) < len ? NLMSG_ALIGN(size) : len;
		at += size;
		len -= size;
	}
	list->malformed += len > 0;
	return false;
}
