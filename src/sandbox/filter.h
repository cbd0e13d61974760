/* SPDX-License-Identifier: MIT */
/* The system call filter, from the table of rules. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include "sandbox/sandbox.h"

/* Puts the filter of @stage on all threads of the process, on top of those that are there. 0 or negative errno. */
int sandbox_filter(enum sandbox_stage stage, const struct sandbox_needs *needs);

#endif
