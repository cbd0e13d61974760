/* SPDX-License-Identifier: MIT */
/* Giving up capabilities, those that a program could be started with included. */
#ifndef SANDBOX_DROP_H
#define SANDBOX_DROP_H

/*
 * Of this thread and all that it starts: the effective, permitted, inheritable and ambient sets are empty afterwards, and the bounding set, where its
 * change is permitted. The user stays; root without capabilities still owns the files of root. 0 or negative errno.
 */
int sandbox_drop_capabilities(void);

#endif
