/* SPDX-License-Identifier: MIT */
/* Changing the system's files so that they are the old or the new ones, and never something between. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/files.h"

/* The folder of @path into @dir. 0 or -EINVAL, -ENAMETOOLONG. */
static int folder_of(const char *path, char dir[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (path[0] != '/' || !slash || !slash[1])
		return -EINVAL;
	len = (size_t)(slash - path);
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	if (!len)
		strcpy(dir, "/");
	return 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The name in the folder is on disk only when the folder is; a file system that cannot say so is not an error. */
static void sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static int fill_and_rename(int fd, const char *temporary, const char *path, const char *text, size_t len, mode_t mode)
{
	int ret = write_all(fd, text, len);

	/* umask does not matter: others have to read it, or must not. */
	if (!ret && (fchmod(fd, mode) || fsync(fd)))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(temporary, path))
		ret = -errno;
	if (ret)
		(void)unlink(temporary);
	return ret;
}

int file_replace(const char *path, const char *text, size_t len, mode_t mode)
{
	char dir[PATH_MAX], temporary[PATH_MAX];
	int ret = folder_of(path, dir), fd;

	if (ret)
		return ret;
	if (mkdir(dir, mode & 0077 ? 0755 : 0700) && errno != EEXIST)
		return -errno;
	/* A dot in front and no ".conf" behind: whoever reads the folder passes it over. */
	if (snprintf(temporary, sizeof(temporary), "%s/.ktls.%ld.tmp", dir, (long)getpid()) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST && !unlink(temporary))
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ret = fill_and_rename(fd, temporary, path, text, len, mode);
	if (!ret)
		sync_folder(dir);
	return ret;
}

int file_remove(const char *path)
{
	char dir[PATH_MAX];
	int ret = folder_of(path, dir);

	if (ret)
		return ret;
	if (unlink(path))
		return errno == ENOENT ? 0 : -errno;
	sync_folder(dir);
	return 0;
}

int file_may_change(const char *path)
{
	char dir[PATH_MAX], parent[PATH_MAX];
	int ret = folder_of(path, dir);

	if (ret)
		return ret;
	if (!faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS))
		return 0;
	if (errno != ENOENT)
		return -errno;
	ret = folder_of(dir, parent);
	if (ret)
		return ret;
	return faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) ? -errno : 0;
}
