/* SPDX-License-Identifier: MIT */
/* ktlsctl sockets: the kernel's TLS sockets, whose they are, and those of them that were asked for. */
#ifndef KTLSCTL_SOCKETS_H
#define KTLSCTL_SOCKETS_H

#include <jansson.h>

#include "ctl.h"
#include "out/out.h"
#include "system/diag.h"
#include "system/procs.h"

/* What is asked for; 0 or -1 ("unset" below): anything. */
struct sockets_filter {
	struct diag_ports ports;	/* 0 */
	uint16_t port;			/* of either end; 0 */
	int family;			/* of ->addr; 0 */
	uint8_t addr[16];		/* of either end */
	pid_t pid;			/* 0 */
	int mode;			/* of either direction; -1 */
	int cipher;			/* -1 */
};

/* Bytes per second of a socket, from two views; -1: not known yet. */
struct sockets_speed {
	int64_t sent, received;
};

struct sockets_view {
	struct diag_list list;		/* what passed the filter, by local and peer address */
	struct proc_list procs;
	struct sockets_speed *speeds;	/* one for each, or NULL */
	int code;			/* enum ctl_exit */
	char why[320];			/* one line behind any code but 0 */
};

/*
 * 0, or negative errno when nothing could be asked. A view whose ->code is not 0 may hold sockets all the same.
 * sockets_view_free() in any case.
 */
int sockets_gather(const struct sysroot *root, const struct sockets_filter *filter, struct sockets_view *v);
void sockets_view_free(struct sockets_view *v);

/* Finds the speeds since @before, @seconds ago, and puts the fastest first. 0 or -ENOMEM. */
int sockets_compare(const struct sockets_view *before, double seconds, struct sockets_view *v);

/* Whether @s passes the filter, except for the process. */
bool sockets_match(const struct sockets_filter *filter, const struct diag_socket *s);

/* "aes-128-gcm" of the kernel's number; NULL if it is newer than libktls. And back: a name or a number; -1. */
const char *sockets_cipher_name(int cipher);
int sockets_cipher_number(const char *text);

/* A mode's name or number; -1. */
int sockets_mode_number(const char *text);

/* Sockets of one cipher, version and pair of modes. */
struct sockets_group {
	int version, cipher, tx, rx;
	size_t count;
};

/* *@groups, the largest first, is the caller's to free. Their number or -ENOMEM. */
ssize_t sockets_group(const struct sockets_view *v, struct sockets_group **groups);

/* For people: 0 or -ENOMEM. For programs: NULL when out of memory. */
int sockets_print_text(const struct sockets_view *v, bool wide, struct out *o);
int sockets_print_summary(const struct sockets_view *v, struct out *o);
json_t *sockets_json_object(const struct sockets_view *v, size_t i);
json_t *sockets_json(const struct sockets_view *v, bool summary);

/* "1.3"; "-" for no version. "software"; a number for one that is unknown. */
void sockets_version_text(int version, char text[16]);
void sockets_mode_text(int mode, char text[16]);
void sockets_cipher_text(int cipher, char text[32]);

#endif
