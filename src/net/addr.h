/* SPDX-License-Identifier: MIT */
/* Where to connect or listen, in every spelling people use. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	NET_HOST_LEN = 256,	/* RFC 1035: names have at most 255 bytes */
	NET_TEXT_LEN = NET_HOST_LEN + 8,
	NET_ADDRESS_LEN = 112,	/* of a Unix socket's path, too, which is the longest */
};

struct net_addr {
	char host[NET_HOST_LEN];	/* without brackets; "" (listening only): every address of this machine */
	uint16_t port;
	char text[NET_TEXT_LEN];	/* "host:port" or "[v6]:port", for messages */
};

/*
 * Takes "host:port", "[v6]:port", or with @port_word "host" and "port"; with @listening also "port", ":port" and port 0. Ports are
 * numbers or names of services. Returns 0 and *@out, or -EINVAL and one line in @why.
 */
int net_parse_addr(struct net_addr *out, const char *word, const char *port_word, bool listening, char *why,
		   size_t why_len);

/* Whether @host is an IP address, not a name. An IPv6 address may have a zone. */
bool net_is_ip(const char *host);

/* A socket address in numbers. */
struct net_peer {
	char address[NET_ADDRESS_LEN];	/* "127.0.0.1", "::1", "fe80::1%eth0", "/run/socket" */
	uint16_t port;			/* 0: a Unix socket has none */
	char text[NET_ADDRESS_LEN + 24];	/* "127.0.0.1:443", "[::1]:443" */
};

void net_describe(struct net_peer *out, const struct sockaddr *sa, socklen_t len);

#endif
