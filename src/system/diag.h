/* SPDX-License-Identifier: MIT */
/* The kernel's TLS sockets, by NETLINK_SOCK_DIAG. */
#ifndef SYSTEM_DIAG_H
#define SYSTEM_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/sysroot.h"

/* Numbers are -1 where the kernel did not say. */
struct diag_socket {
	int family;			/* AF_INET, AF_INET6 */
	int state;			/* as the kernel numbers them; see diag_state_name() */
	uint8_t local[16], peer[16];
	uint16_t local_port, peer_port;
	uint32_t interface;		/* of a link-local address, 0 if none */
	uint32_t uid;
	uint64_t inode;			/* 0: no file descriptor refers to it any more */
	uint64_t cookie;		/* the socket's number as long as the system runs */
	int version;			/* 0x0304; -1: no key yet */
	int cipher;			/* the kernel's number; -1: no key yet */
	int tx, rx;			/* mode; see diag_mode_name() */
	bool zero_copy, no_pad;
	int max_payload;
	int64_t bytes_sent, bytes_received, bytes_acked;	/* of TLS records, as TCP counts them */
	int64_t rate;			/* bytes per second: as delivered, else as paced */
	int64_t cwnd, rtt_us;
};

struct diag_list {
	struct diag_socket *sockets;
	size_t n, room;
	bool keep_all;		/* set before: takes sockets without TLS, too */
	size_t sockets_seen;	/* TCP sockets of any kind */
	bool ulp_seen;		/* any of them came with its upper layer protocol, so they are shown */
	size_t malformed;	/* messages that made no sense and were left out */
	bool interrupted;	/* the kernel says that sockets came or went meanwhile: some may be missing */
	int family_err;		/* why one of the two families could not be asked, 0 */
};

enum diag_verdict {
	DIAG_NO,		/* a socket without TLS */
	DIAG_ULP,		/* one with another upper layer protocol */
	DIAG_TLS,
	DIAG_MALFORMED,
};

/* What one message (of @len bytes behind its header, aligned to 4) says. *@s is set unless that is nonsense. */
enum diag_verdict diag_parse(const void *data, size_t len, struct diag_socket *s);

/*
 * Sets what struct tcp_info says. It grows at its end from release to release: what the kernel does not have yet (@len is too
 * short for it) is not known.
 */
void diag_take_tcp(const void *data, size_t len, struct diag_socket *s);

/*
 * Takes the messages of one buffer as they come from the kernel: true when the last one of the dump was among them. *@err is
 * a negative errno if the kernel refused.
 */
bool diag_take(const void *buf, size_t len, struct diag_list *list, int *err);

/* Sockets that do not match need not be shown; 0: any. */
struct diag_ports {
	uint16_t local, peer;
};

/* All of this network namespace, or of a recorded tree. 0 or negative errno. diag_free() in any case. */
int diag_dump(const struct sysroot *root, const struct diag_ports *ports, struct diag_list *list);
void diag_free(struct diag_list *list);

/*
 * Whether the kernel shows TLS sockets to this process: before Linux 6.15 it takes CAP_NET_ADMIN in the user namespace that
 * owns the network namespace. 1, 0, or negative errno.
 */
int diag_is_allowed(const char *release);

/* "established"; NULL for a number that is none. */
const char *diag_state_name(int state);

/* "none", "software", "device", "record"; NULL for a number that is none. */
const char *diag_mode_name(int mode);

/* Room for "[ffff:...%4294967295]:65535". */
enum {
	DIAG_ADDR_MAX = 80,
};

void diag_print_addr(const struct diag_socket *s, bool peer, char text[DIAG_ADDR_MAX]);

#endif
