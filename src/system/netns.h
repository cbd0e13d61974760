/* SPDX-License-Identifier: MIT */
/* Going into another network namespace. */
#ifndef SYSTEM_NETNS_H
#define SYSTEM_NETNS_H

enum {
	NETNS_PATH_MAX = 4096,
	NETNS_WHY_MAX = 512,
};

/*
 * The file that stands for @name: /run/netns/NAME as ip-netns(8) makes them, that of a process for a number, or @name itself
 * when it has a slash. 0, or -EINVAL, -ENAMETOOLONG.
 */
int netns_path(const char *name, char path[NETNS_PATH_MAX]);

/* Takes this thread there. 0, or negative errno with the reason in @why: -EPERM or -EACCES when a capability lacks. */
int netns_enter(const char *name, char why[NETNS_WHY_MAX]);

#endif
