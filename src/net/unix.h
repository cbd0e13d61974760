/* SPDX-License-Identifier: MIT */
/* Sockets with a path instead of an address: connections within this machine. */
#ifndef NET_UNIX_H
#define NET_UNIX_H

#include <sys/un.h>

#include "cli/wait.h"
#include "net/addr.h"

/* A path that can be connected to or listened on; one that begins with '@' is a name of the abstract namespace. */
struct net_unix {
	struct sockaddr_un sa;
	socklen_t len;
	char text[NET_ADDRESS_LEN];	/* as given, for messages */
};

/* 0 and *@out, or -EINVAL and one line in @why. */
int net_parse_unix(struct net_unix *out, const char *path, char *why, size_t why_len);

/* Connects within the deadline of @w; a listener that is busy is waited for. 0, *@fd (non-blocking) and *@peer, or the exit code of @f. */
int net_dial_unix(const struct net_unix *u, struct cli_wait *w, int *fd, struct net_peer *peer, struct cli_failure *f);

/* What is needed to remove a path again. */
struct net_unix_place {
	dev_t dev;
	ino_t ino;
	bool is_file;
};

/*
 * Listens; a socket that a listener left behind is replaced, one that has a listener, or another kind of file, is not. 0, *@fd and *@place,
 * or the exit code of @f.
 */
int net_listen_unix(const struct net_unix *u, int *fd, struct net_unix_place *place, struct cli_failure *f);

/* Removes the path, if it is still the one that net_listen_unix() made. */
void net_remove_unix(const struct net_unix *u, const struct net_unix_place *place);

/* Who is at the other end of @fd, of those who listen on @u or dial it: a process has no address. */
void net_describe_unix(struct net_peer *out, const struct net_unix *u, int fd);

#endif
