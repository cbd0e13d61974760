/* SPDX-License-Identifier: MIT */
/* The one human message of a handle. */
#include <stdarg.h>
#include <stdio.h>

#include "base/errmsg.h"

void errmsg_clear(struct errmsg *e)
{
	e->text[0] = '\0';
}

int errmsg_set(struct errmsg *e, int err, const char *fmt, ...)
{
	va_list ap;

	if (!e || e->text[0])
		return err;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return err;
}
