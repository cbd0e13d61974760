/* SPDX-License-Identifier: MIT */
/* Reading the system's files, or those of a recorded tree in their place. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "system/lines.h"
#include "system/sysroot.h"

int sysroot_open(struct sysroot *root, const char *dir)
{
	int fd = open(dir ? dir : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	root->fd = fd;
	root->dir = dir;
	return 0;
}

void sysroot_close(struct sysroot *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

bool sysroot_is_allowed(uid_t real, uid_t effective, gid_t real_group, gid_t effective_group)
{
	/* AT_SECURE also covers file capabilities, which leave the ids alike. */
	return real == effective && real_group == effective_group && !getauxval(AT_SECURE);
}

/* In a recorded tree absolute links and ".." must not lead out of it. */
int sysroot_open_file(const struct sysroot *root, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	long fd;

	if (!root->dir)
		fd = open(path, flags | O_CLOEXEC);
	else
		fd = syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* Files of /proc say nothing of their size, so read until the end. */
static int read_all(int fd, size_t max, char **data, size_t *len)
{
	size_t room = 0, used = 0;
	char *buf = NULL, *more;
	ssize_t n;

	for (;;) {
		if (used == room) {
			room = room ? 2 * room : 4096;
			more = realloc(buf, room + 1);
			if (!more) {
				free(buf);
				return -ENOMEM;
			}
			buf = more;
		}
		n = read(fd, buf + used, room - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
		if (used > max) {
			free(buf);
			return -EFBIG;
		}
	}
	if (n < 0) {
		int ret = -errno;

		free(buf);
		return ret;
	}
	buf[used] = '\0';
	*data = buf;
	*len = used;
	return 0;
}

int sysroot_read(const struct sysroot *root, const char *path, size_t max, char **data, size_t *len)
{
	int fd = sysroot_open_file(root, path, O_RDONLY | O_NONBLOCK), ret;

	if (fd < 0)
		return fd;
	ret = read_all(fd, max, data, len);
	close(fd);
	return ret;
}

int sysroot_has(const struct sysroot *root, const char *path)
{
	int fd = sysroot_open_file(root, path, O_PATH);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return fd;
	close(fd);
	return 1;
}

/* The first line of a file that has what a member of struct utsname has. */
static int recorded_name(const struct sysroot *root, const char *path, char name[SYSROOT_RELEASE_MAX])
{
	struct line line = { 0 };
	struct lines lines;
	char *text;
	size_t len;
	int ret = sysroot_read(root, path, SYSROOT_RELEASE_MAX, &text, &len);

	if (ret)
		return ret;
	lines = lines_of(text, len);
	if (!lines_next(&lines, &line) || !line.len || !line_copy(line, name, SYSROOT_RELEASE_MAX))
		ret = -EINVAL;
	free(text);
	return ret;
}

static int recorded_release(const struct sysroot *root, char release[SYSROOT_RELEASE_MAX])
{
	int ret = recorded_name(root, "/proc/sys/kernel/osrelease", release);

	/* It becomes part of paths. */
	return !ret && strchr(release, '/') ? -EINVAL : ret;
}

int sysroot_release(const struct sysroot *root, char release[SYSROOT_RELEASE_MAX])
{
	struct utsname uts;

	if (root->dir)
		return recorded_release(root, release);
	if (uname(&uts))
		return -errno;
	snprintf(release, SYSROOT_RELEASE_MAX, "%s", uts.release);
	return 0;
}

void sysroot_version(const struct sysroot *root, char version[SYSROOT_RELEASE_MAX])
{
	struct utsname uts;

	version[0] = '\0';
	if (root->dir)
		recorded_name(root, "/proc/sys/kernel/version", version);
	else if (!uname(&uts))
		snprintf(version, SYSROOT_RELEASE_MAX, "%s", uts.version);
}

DIR *sysroot_opendir(const struct sysroot *root, const char *path)
{
	int fd = sysroot_open_file(root, path, O_RDONLY | O_DIRECTORY);
	DIR *dir;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}
