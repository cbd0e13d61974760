/* SPDX-License-Identifier: MIT */
/* A file that is replaced as a whole: temporary file, fsync, rename. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out/atomic.h"

/* Renaming over a device or somebody's link would take away more than the contents. */
static int may_replace(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(st.st_mode) ? 0 : -EEXIST;
}

/* Nobody else can have prepared the name: O_EXCL follows no link and takes no file that is there. */
static int open_temp(struct out_atomic *a)
{
	for (int tries = 0; tries < 8; tries++) {
		uint64_t salt;
		int fd;

		if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
			return -errno;
		/* The suffix is last, so that folders whose readers go by "*.prom" do not show it. */
		snprintf(a->temp, sizeof(a->temp), ".%.200s.%016llx", a->name, (unsigned long long)salt);
		fd = openat(a->dir, a->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int out_atomic_open_at(struct out_atomic *a, int dir, const char *name, mode_t mode)
{
	int fd;

	*a = (struct out_atomic){ .dir = -1, .mode = mode };
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (strlen(name) >= sizeof(a->name))
		return -ENAMETOOLONG;
	strcpy(a->name, name);
	fd = may_replace(dir, name);
	if (fd)
		return fd;
	a->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (a->dir < 0)
		return -errno;
	fd = open_temp(a);
	if (fd >= 0) {
		a->to = fdopen(fd, "w");
		if (a->to)
			return 0;
		fd = -errno;
		unlinkat(a->dir, a->temp, 0);
	}
	close(a->dir);
	a->dir = -1;
	return fd;
}

int out_atomic_open(struct out_atomic *a, const char *path, mode_t mode)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char folder[4096] = ".";
	int dir, ret;

	*a = (struct out_atomic){ .dir = -1 };
	if (slash && (size_t)(name - path) >= sizeof(folder))
		return -ENAMETOOLONG;
	if (slash) {
		memcpy(folder, path, (size_t)(name - path));
		folder[name - path] = '\0';
	}
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	ret = out_atomic_open_at(a, dir, name, mode);
	close(dir);
	return ret;
}

static int finish(struct out_atomic *a)
{
	const int fd = fileno(a->to);

	if (fflush(a->to))
		return -errno;
	if (ferror(a->to))
		return -EIO;
	if (fchmod(fd, a->mode) || fsync(fd))
		return -errno;
	if (renameat(a->dir, a->temp, a->dir, a->name))
		return -errno;
	a->temp[0] = '\0';
	/* Some file systems cannot do this to a folder; the rename is done all the same. */
	(void)fsync(a->dir);
	return 0;
}

int out_atomic_commit(struct out_atomic *a)
{
	int ret = may_replace(a->dir, a->name);

	if (!ret)
		ret = finish(a);
	out_atomic_abandon(a);
	return ret;
}

void out_atomic_abandon(struct out_atomic *a)
{
	if (a->to)
		fclose(a->to);
	a->to = NULL;
	if (a->dir < 0)
		return;
	if (a->temp[0])
		unlinkat(a->dir, a->temp, 0);
	close(a->dir);
	a->dir = -1;
}
