/* SPDX-License-Identifier: MIT */
/* Exit codes in words, for --help. */
#include <stddef.h>

#include "cli/exit.h"

const struct cli_exit_row cli_exit_table[] = {
	{ "0", "both directions ended with close_notify" },
	{ "1", "network or I/O error" },
	{ "2", "bad usage" },
	{ "3", "the peer's certificate did not verify" },
	{ "4", "the TLS handshake failed" },
	{ "5", "fatal alert, or a record or message that TLS does not allow" },
	{ "6", "truncated: the peer closed without close_notify" },
	{ "7", "kernel TLS was demanded and refused" },
	{ "8", "timeout" },
	{ "126", "the command of --exec cannot be run" },
	{ "127", "the command of --exec is not there" },
	{ "128+n", "ended by signal n" },
	{ NULL, NULL },
};
