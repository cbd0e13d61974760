/* SPDX-License-Identifier: MIT */
/* ethtool's features by generic netlink. */
#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>

#include "system/nic.h"

struct nic_netlink {
	struct nl_sock *sock;
	int family;
};

/* What comes back for one request. */
struct answer {
	struct nic *list;
	size_t n, room;
	int err;
	bool done;
};

int nic_netlink_open(struct nic_netlink **nl)
{
	struct nic_netlink *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return -ENOMEM;
	new->sock = nl_socket_alloc();
	/* Each device has some sixty features with their names: more than libnl expects of a message. */
	if (new->sock)
		nl_socket_enable_msg_peek(new->sock);
	err = new->sock ? genl_connect(new->sock) : -NLE_NOMEM;
	if (err) {
		nic_netlink_close(new);
		return err == -NLE_NOMEM ? -ENOMEM : -EAFNOSUPPORT;
	}
	new->family = genl_ctrl_resolve(new->sock, ETHTOOL_GENL_NAME);
	if (new->family < 0) {
		nic_netlink_close(new);
		return -EOPNOTSUPP;
	}
	*nl = new;
	return 0;
}

void nic_netlink_close(struct nic_netlink *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sock);
	free(nl);
}

static int make_room(struct answer *a)
{
	const size_t room = a->room ? 2 * a->room : 16;
	struct nic *list;

	if (a->n < a->room)
		return 0;
	list = reallocarray(a->list, room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	a->list = list;
	a->room = room;
	return 0;
}

static int take_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct answer *a = arg;
	struct genlmsghdr *genl;

	if (!genlmsg_valid_hdr(header, 0)) {
		a->err = -EBADMSG;
		return NL_SKIP;
	}
	genl = genlmsg_hdr(header);
	/* The reply to a change is another one; a change by somebody else may come between. */
	if (genl->cmd != ETHTOOL_MSG_FEATURES_GET_REPLY || a->err)
		return NL_SKIP;
	a->err = make_room(a);
	if (!a->err)
		a->err = nic_parse(genlmsg_attrdata(genl, 0), (size_t)genlmsg_attrlen(genl, 0), &a->list[a->n]);
	if (!a->err)
		a->n++;
	return NL_SKIP;
}

static int take_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct answer *a = arg;

	(void)from;
	a->err = err->error;
	a->done = true;
	return NL_STOP;
}

static int take_end(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	(void)msg;
	a->done = true;
	return NL_STOP;
}

/* Sends and receives until the end, an acknowledgement or an error. */
static int talk(struct nic_netlink *nl, struct nl_msg *msg, struct answer *a)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, take_message, a);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, take_end, a);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, take_end, a);
	nl_cb_err(cb, NL_CB_CUSTOM, take_error, a);
	ret = nl_send_auto(nl->sock, msg);
	while (ret >= 0 && !a->done)
		ret = nl_recvmsgs(nl->sock, cb);
	nl_cb_put(cb);
	if (a->err)
		return a->err;
	return a->done ? 0 : -EIO;
}

static struct nl_msg *request(const struct nic_netlink *nl, int flags, uint8_t command, const char *name)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *header;

	if (!msg)
		return NULL;
	if (genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, flags, command, ETHTOOL_GENL_VERSION)) {
		/* Features have one number for their header in requests for reading and for changing. */
		header = nla_nest_start(msg, ETHTOOL_A_FEATURES_HEADER | NLA_F_NESTED);
		if (header && (!name || !nla_put_string(msg, ETHTOOL_A_HEADER_DEV_NAME, name))) {
			/* An empty header is a header, too: it asks for all devices, and Linux 6.1 does not do without. */
			nla_nest_end_keep_empty(msg, header);
			return msg;
		}
	}
	nlmsg_free(msg);
	return NULL;
}

int nic_read(struct nic_netlink *nl, const char *name, struct nic **list, size_t *n)
{
	struct nl_msg *msg = request(nl, name ? NLM_F_ACK : NLM_F_DUMP, ETHTOOL_MSG_FEATURES_GET, name);
	struct answer a = { 0 };
	int ret = -ENOMEM;

	if (msg)
		ret = talk(nl, msg, &a);
	nlmsg_free(msg);
	if (!ret && name && !a.n)
		ret = -EBADMSG;
	if (ret) {
		free(a.list);
		return ret;
	}
	*list = a.list;
	*n = a.n;
	return 0;
}

/* A bit by its name; without the flag it is to be off. */
static int put_bit(struct nl_msg *msg, enum nic_feature f, bool on)
{
	struct nlattr *bit = nla_nest_start(msg, ETHTOOL_A_BITSET_BITS_BIT | NLA_F_NESTED);

	if (!bit || nla_put_string(msg, ETHTOOL_A_BITSET_BIT_NAME, nic_feature_name(f)) ||
	    (on && nla_put_flag(msg, ETHTOOL_A_BITSET_BIT_VALUE)))
		return -ENOMEM;
	nla_nest_end(msg, bit);
	return 0;
}

static int put_wanted(struct nl_msg *msg, unsigned mask, unsigned on)
{
	struct nlattr *wanted = nla_nest_start(msg, ETHTOOL_A_FEATURES_WANTED | NLA_F_NESTED);
	struct nlattr *bits = wanted ? nla_nest_start(msg, ETHTOOL_A_BITSET_BITS | NLA_F_NESTED) : NULL;

	if (!bits)
		return -ENOMEM;
	for (unsigned f = 0; f < NIC_FEATURES; f++)
		if (mask >> f & 1 && put_bit(msg, (enum nic_feature)f, on >> f & 1))
			return -ENOMEM;
	nla_nest_end(msg, bits);
	nla_nest_end(msg, wanted);
	return 0;
}

int nic_set(struct nic_netlink *nl, const char *name, unsigned mask, unsigned on)
{
	struct nl_msg *msg = request(nl, NLM_F_ACK, ETHTOOL_MSG_FEATURES_SET, name);
	struct answer a = { 0 };
	int ret = -ENOMEM;

	if (msg && !put_wanted(msg, mask, on))
		ret = talk(nl, msg, &a);
	nlmsg_free(msg);
	free(a.list);
	return ret;
}
