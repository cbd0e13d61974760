/* SPDX-License-Identifier: MIT */
/* The kernel's word, at once, that a TCP socket is gone (sock_diag's destroy groups). */
#ifndef SYSTEM_DIAG_WATCH_H
#define SYSTEM_DIAG_WATCH_H

#include "system/diag.h"

struct nl_sock;

struct diag_watch {
	struct nl_sock *nl;
	int fd;		/* readable when there is something; -1: not watching */
};

/* 0, or negative errno: then ->fd is -1, and the other functions are harmless. */
int diag_watch_open(struct diag_watch *w);

/* Takes what is there into @list, which has TCP sockets of every kind then. 0 or negative errno. */
int diag_watch_read(struct diag_watch *w, struct diag_list *list);

void diag_watch_close(struct diag_watch *w);

#endif
