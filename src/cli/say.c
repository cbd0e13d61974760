/* SPDX-License-Identifier: MIT */
/* Lines for people on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"

void cli_set_name(char **argv, char *name)
{
	argv[0] = name;
	program_invocation_name = name;
	program_invocation_short_name = name;
}

void cli_make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

/* Standard error may be a pipe that somebody made non-blocking; a line that does not fit there is lost, not waited for. */
static void write_all(const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, data, len);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
}

void cli_say(const char *fmt, ...)
{
	char line[1200];
	size_t used;
	va_list ap;

	snprintf(line, sizeof(line), "%s: ", program_invocation_short_name);
	used = strlen(line);
	va_start(ap, fmt);
	vsnprintf(line + used, sizeof(line) - used - 1, fmt, ap);
	va_end(ap);
	cli_make_printable(line);
	used = strlen(line);
	line[used++] = '\n';
	write_all(line, used);
}
