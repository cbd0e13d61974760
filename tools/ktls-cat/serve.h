/* SPDX-License-Identifier: MIT */
/* Many connections: a process each, and one that only accepts. */
#ifndef KTLS_CAT_SERVE_H
#define KTLS_CAT_SERVE_H

#include "ktls-cat/connection.h"
#include "out/document.h"

/*
 * Accepts with the session of @c, which is prepared but for its ends, until a signal comes or nothing can be accepted any more. Its
 * children are ended then. Each of them adds its report to @doc, if there is one. The exit code of c->f; in a child, that of its
 * connection.
 */
int serve_run(struct connection *c, struct out_document *doc);

#endif
