/* SPDX-License-Identifier: MIT */
/* What is wrong with a word that names a place on the network, said to whoever parses it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "net/mistake.h"

int net_mistake(const struct net_why *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, why->len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}
