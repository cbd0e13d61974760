/* SPDX-License-Identifier: MIT */
/* --zero: what a handshake showed, on standard output. */
#ifndef KTLS_CAT_SCAN_H
#define KTLS_CAT_SCAN_H

#include "ktls-cat/report.h"

/* A line each: "name: value", the same names in the same order for every peer. 0, or the exit code of @f. */
int scan_show(const struct report *r, const char *where, struct cli_failure *f);

#endif
