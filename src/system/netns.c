/* SPDX-License-Identifier: MIT */
/* Going into another network namespace. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "system/netns.h"

int netns_path(const char *name, char path[NETNS_PATH_MAX])
{
	int len;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (strchr(name, '/'))
		len = snprintf(path, NETNS_PATH_MAX, "%s", name);
	else if (name[strspn(name, "0123456789")])
		len = snprintf(path, NETNS_PATH_MAX, "/run/netns/%s", name);
	else
		len = snprintf(path, NETNS_PATH_MAX, "/proc/%s/ns/net", name);
	return len < NETNS_PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int fail(char why[NETNS_WHY_MAX], int err, const char *path, const char *text)
{
	snprintf(why, NETNS_WHY_MAX, "%.300s: %s", path, text);
	return -err;
}

static int fail_open(char why[NETNS_WHY_MAX], int err, const char *path)
{
	if (err == ENOENT)
		return fail(why, err, path, "there is no such network namespace; 'ip netns' lists those that have names");
	if (err == EACCES || err == EPERM)
		return fail(why, err, path, "looking into processes of others takes the capability CAP_SYS_PTRACE");
	return fail(why, err, path, strerror(err));
}

static int fail_setns(char why[NETNS_WHY_MAX], int err, const char *path)
{
	if (err == EINVAL)
		return fail(why, err, path, "is not a network namespace");
	if (err == EPERM)
		return fail(why, err, path, "going into a network namespace takes the capability CAP_SYS_ADMIN");
	return fail(why, err, path, strerror(err));
}

int netns_enter(const char *name, char why[NETNS_WHY_MAX])
{
	char path[NETNS_PATH_MAX];
	int ret = netns_path(name, path), fd;

	if (ret)
		return fail(why, -ret, name, "names no network namespace");
	/* Whatever it is, opening it must not wait. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail_open(why, errno, path);
	ret = setns(fd, CLONE_NEWNET) ? fail_setns(why, errno, path) : 0;
	close(fd);
	return ret;
}
