/* SPDX-License-Identifier: MIT */
/* Exit codes of the tools that make TLS connections: the table of their man pages. */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

enum cli_exit {
	CLI_OK = 0,		/* both directions ended with close_notify */
	CLI_IO = 1,		/* network or I/O error: a file, standard output closed or full */
	CLI_USAGE = 2,		/* bad usage */
	CLI_CERT = 3,		/* the peer's certificate did not verify */
	CLI_HANDSHAKE = 4,	/* the TLS handshake failed */
	CLI_PROTOCOL = 5,	/* fatal alert, record that does not verify, keys that cannot change */
	CLI_TRUNCATED = 6,	/* FIN without close_notify */
	CLI_NO_KERNEL = 7,	/* kernel TLS was demanded and refused */
	CLI_TIMEOUT = 8,	/* time is up */
	CLI_NOT_RUN = 126,	/* a command of the user's cannot be run */
	CLI_NO_COMMAND = 127,	/* there is no such command */
	CLI_SIGNAL = 128,	/* plus the number of the signal that ended the run */
};

/* One line of a table for people. */
struct cli_exit_row {
	const char *code;	/* "0", "128+n" */
	const char *meaning;
};

/* Ends with a row whose code is NULL. */
extern const struct cli_exit_row cli_exit_table[];

#endif
