/* SPDX-License-Identifier: MIT */
/* A password, from where openssl's tools take one: openssl-passphrase-options(1). */
#ifndef SESSION_PASSWORD_H
#define SESSION_PASSWORD_H

#include <stddef.h>

#include "cli/failure.h"

/*
 * @source is "env:NAME", "file:PATH" (its first line), "fd:NUMBER" (likewise) or "pass:TEXT". Fills @out, which the caller
 * wipes. 0, or the exit code of @f, whose text has nothing of the password.
 */
int session_read_password(const char *source, char *out, size_t len, struct cli_failure *f);

/*
 * A copy of @source, a word of the command line, where a "pass:TEXT" is overwritten: ps would show it for as long as the
 * program runs. Never freed. @source itself when out of memory.
 */
const char *session_hide_password(char *source);

#endif
