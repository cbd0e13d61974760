/* SPDX-License-Identifier: MIT */
/* The key log: secrets of a connection in a file, for Wireshark and its like. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/uio.h>
#include <unistd.h>

#include "session/keylog.h"

int session_keylog_open(struct session_keylog *log, const char *path, struct cli_failure *f)
{
	*log = (struct session_keylog){ .path = path, .fd = -1 };
	if (getauxval(AT_SECURE))
		return cli_fail(f, CLI_USAGE, "%s: no secrets are logged by a program that runs with rights of its own", path);
	log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	return log->fd >= 0 ? 0 : cli_fail(f, CLI_IO, "%s: cannot log secrets: %s", path, strerror(errno));
}

/* In one piece, so that programs that share the file do not mix their lines. */
static void write_line(const SSL *ssl, const char *line)
{
	struct session_keylog *log = SSL_get_app_data(ssl);
	const size_t len = strlen(line);
	const struct iovec parts[] = {
		{ (void *)(uintptr_t)line, len },
		{ (void *)(uintptr_t)"\n", 1 },
	};
	ssize_t n;

	if (!log || log->fd < 0 || log->err)
		return;
	do
		n = writev(log->fd, parts, 2);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)len + 1)
		log->err = n < 0 ? errno : ENOSPC;
}

void session_keylog_listen(SSL_CTX *ctx)
{
	SSL_CTX_set_keylog_callback(ctx, write_line);
}

void session_keylog_attach(SSL *ssl, struct session_keylog *log)
{
	SSL_set_app_data(ssl, log);
}

int session_keylog_check(const struct session_keylog *log, struct cli_failure *f)
{
	return log->err ? cli_fail(f, CLI_IO, "%s: cannot log secrets: %s", log->path, strerror(log->err)) : 0;
}

void session_keylog_close(struct session_keylog *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}
