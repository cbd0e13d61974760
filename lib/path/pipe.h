/* SPDX-License-Identifier: MIT */
/* What a pipe holds, asked without waiting. */
#ifndef KTLS_PATH_PIPE_H
#define KTLS_PATH_PIPE_H

#include <sys/types.h>

#include "base/sys.h"

/* Bytes that can be read now; 0 at the pipe's end (empty and no writer left); -EAGAIN while it is empty. */
ssize_t pipe_readable(const struct sys_ops *sys, int fd);

#endif
