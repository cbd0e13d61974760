/* SPDX-License-Identifier: MIT */
/* Where counters are kept: a folder that is this user's alone. Others may write to /tmp, too, so nothing is believed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out/atomic.h"
#include "system/stat_state.h"

enum {
	FILE_MAX = 64 * 1024,
};

/* The user's folder of the system, if there is one that is the user's (sudo may leave somebody else's in place). */
static const char *base_folder(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (dir && dir[0] == '/' && stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid())
		return dir;
	return geteuid() == 0 && access("/run", W_OK) == 0 ? "/run" : "/tmp";
}

/* Belongs to this user, and nobody else can write to it. */
static int check_owner(int fd, mode_t type)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & 022) && (st.st_mode & S_IFMT) == type ? 0 : -EPERM;
}

static int open_checked(int dir, const char *path, int flags, mode_t type)
{
	int fd = openat(dir, path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), ret;

	if (fd < 0)
		return errno == ELOOP || errno == ENOTDIR ? -EPERM : -errno;
	ret = check_owner(fd, type);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

static int open_folder(char path[STAT_STATE_WHERE_MAX])
{
	snprintf(path, STAT_STATE_WHERE_MAX - 100, "%s/ktlsctl-%u", base_folder(), (unsigned)geteuid());
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	return open_checked(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, S_IFDIR);
}

/* A network namespace is named by the file that stands for it, a recorded tree by its folder. */
static int file_name(const struct sysroot *root, char name[80])
{
	struct stat st;

	if (root->dir ? fstat(root->fd, &st) : stat("/proc/self/ns/net", &st))
		return -errno;
	snprintf(name, 80, "stats-%s-%llu-%llu", root->dir ? "tree" : "net", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	return 0;
}

/* The folder, open, and the file in it; @where says so to people. A descriptor or negative errno. */
static int locate(const struct sysroot *root, char name[80], char where[STAT_STATE_WHERE_MAX])
{
	char own[STAT_STATE_WHERE_MAX];
	int dir, ret;

	where = where ? where : own;
	dir = open_folder(where);
	if (dir < 0)
		return dir;
	ret = file_name(root, name);
	if (ret) {
		close(dir);
		return ret;
	}
	strcat(strcat(where, "/"), name);
	return dir;
}

static int read_text(int fd, char **text, size_t *len)
{
	ssize_t n;

	*text = malloc(FILE_MAX);
	if (!*text)
		return -ENOMEM;
	for (*len = 0; *len < FILE_MAX; *len += (size_t)n) {
		n = read(fd, *text + *len, FILE_MAX - *len);
		if (n <= 0)
			return n < 0 ? -errno : 0;
	}
	return -EFBIG;
}

static int load(int dir, const char *name, struct stat_state *state)
{
	int fd = open_checked(dir, name, O_RDONLY, S_IFREG), ret;
	char *text = NULL;
	size_t len;

	if (fd < 0)
		return fd;
	ret = read_text(fd, &text, &len);
	close(fd);
	if (!ret)
		ret = stat_state_parse(text, len, state);
	free(text);
	return ret;
}

int stat_state_load(const struct sysroot *root, struct stat_state *state, char where[STAT_STATE_WHERE_MAX])
{
	struct stat_state now;
	char name[80];
	int dir = locate(root, name, where), ret;

	if (dir < 0)
		return dir;
	ret = load(dir, name, state);
	close(dir);
	if (!ret)
		ret = stat_state_now(root, &now);
	/* Of an earlier boot, or from the future: nothing to compare with. */
	if (!ret && (strcmp(state->boot, now.boot) != 0 || state->ms > now.ms))
		ret = -ENOENT;
	return ret;
}

int stat_state_save(const struct sysroot *root, const struct stat_state *state, char where[STAT_STATE_WHERE_MAX])
{
	struct out_atomic file;
	char name[80];
	int dir = locate(root, name, where), ret;

	if (dir < 0)
		return dir;
	ret = out_atomic_open_at(&file, dir, name, 0600);
	close(dir);
	if (ret)
		return ret == -EEXIST ? -EPERM : ret;
	stat_state_print(state, file.to);
	return out_atomic_commit(&file);
}
