/* SPDX-License-Identifier: MIT */
/* A password, from where openssl's tools take one. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cli/first_line.h"
#include "session/password.h"

static int copy(const char *text, char *out, size_t len, struct cli_failure *f)
{
	const size_t n = strlen(text);

	if (n >= len)
		return cli_fail(f, CLI_USAGE, "--pass: the password is longer than %zu bytes", len - 1);
	memcpy(out, text, n + 1);
	return 0;
}

static int from_text(const char *text, char *out, size_t len, struct cli_failure *f)
{
	return copy(text, out, len, f);
}

static int from_env(const char *name, char *out, size_t len, struct cli_failure *f)
{
	const char *value = getenv(name);

	return value ? copy(value, out, len, f) : cli_fail(f, CLI_USAGE, "--pass: there is no environment variable '%s'", name);
}

static int from_file(const char *path, char *out, size_t len, struct cli_failure *f)
{
	return cli_first_line_of_file("--pass", path, out, len, f);
}

static int from_fd(const char *number, char *out, size_t len, struct cli_failure *f)
{
	char *end;
	const long fd = strtol(number, &end, 10);

	/* 0 to 2 carry the data and the messages. */
	if (*end || end == number || fd <= STDERR_FILENO || fd > INT_MAX)
		return cli_fail(f, CLI_USAGE, "--pass: '%s' is no descriptor above 2", number);
	return cli_first_line_of_fd("--pass", (int)fd, number, out, len, f);
}

static const struct {
	const char *prefix;
	int (*read)(const char *rest, char *out, size_t len, struct cli_failure *f);
} kinds[] = {
	{ "pass:", from_text },
	{ "env:", from_env },
	{ "file:", from_file },
	{ "fd:", from_fd },
};

int session_read_password(const char *source, char *out, size_t len, struct cli_failure *f)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(source, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return kinds[i].read(source + strlen(kinds[i].prefix), out, len, f);
	/* Whoever forgot the prefix typed the password itself. */
	return cli_fail(f, CLI_USAGE, "--pass takes env:NAME, file:FILE, fd:NUMBER or pass:TEXT");
}

const char *session_hide_password(char *source)
{
	char *copy;

	if (strncmp(source, "pass:", strlen("pass:")) != 0)
		return source;
	copy = strdup(source);
	if (!copy)
		return source;
	source += strlen("pass:");
	OPENSSL_cleanse(source, strlen(source));
	return copy;
}
