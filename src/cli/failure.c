/* SPDX-License-Identifier: MIT */
/* How a run failed: an exit code and one line for people. */
#include <stdarg.h>
#include <stdio.h>

#include "cli/failure.h"

int cli_fail(struct cli_failure *f, int code, const char *fmt, ...)
{
	va_list ap;

	if (f->code)
		return f->code;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	f->code = code;
	return code;
}
