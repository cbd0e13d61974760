/* SPDX-License-Identifier: MIT */
/* What is wrong with a word that names a place on the network, said to whoever parses it. */
#ifndef NET_MISTAKE_H
#define NET_MISTAKE_H

#include <stddef.h>

/* The text of a mistake and where it goes. */
struct net_why {
	char *text;
	size_t len;
};

/* Writes it: -EINVAL. */
int net_mistake(const struct net_why *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
