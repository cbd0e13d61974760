/* SPDX-License-Identifier: MIT */
/* What the parts of a session that read files have in common: what is wrong with a file, and what libssl says. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "session/source.h"

const char *session_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text ? text : "unknown reason";
}

int session_check_file(const char *path, bool folder, struct cli_failure *f)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && folder != S_ISDIR(st.st_mode))
		cli_fail(f, CLI_IO, "%s: %s", path, strerror(folder ? ENOTDIR : EISDIR));
	close(fd);
	return f->code;
}
