/* SPDX-License-Identifier: MIT */
/* What the parts of a session that read files have in common: what is wrong with a file, and what libssl says. */
#ifndef SESSION_SOURCE_H
#define SESSION_SOURCE_H

#include <stdbool.h>

#include "cli/failure.h"

/* libssl's last reason, and its queue emptied. */
const char *session_reason(void);

/* A file that cannot be opened is told apart from one with the wrong contents. 0, or the exit code of @f. */
int session_check_file(const char *path, bool folder, struct cli_failure *f);

#endif
