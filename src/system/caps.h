/* SPDX-License-Identifier: MIT */
/* What this process may do, asked from libcap by the one capability that matters. */
#ifndef SYSTEM_CAPS_H
#define SYSTEM_CAPS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the capability is in effect: 1, 0, or negative errno. */
int caps_has_net_admin(void);
int caps_has_sys_module(void);

/* Gives up CAP_NET_ADMIN for good, and CAP_SYS_MODULE with it: what is asked afterwards is answered as to anybody. 0 or negative errno. */
int caps_drop_net_admin(void);

/* Gives up all capabilities for good. 0 or negative errno. */
int caps_drop_all(void);

/*
 * Whether a map as in /proc/self/uid_map is that of the initial user namespace: every id stands for itself. In other
 * namespaces capabilities do not count when the kernel decides whether to load a module.
 */
bool caps_is_initial_map(const char *text, size_t len);

/* Whether this process lives in the initial user namespace: 1, 0, or negative errno. */
int caps_in_initial_userns(void);

#endif
