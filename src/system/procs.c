/* SPDX-License-Identifier: MIT */
/* Which processes have which sockets open. Processes come and go meanwhile, and those of others are closed to us. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/procs.h"

struct search {
	const struct sysroot *root;
	const uint64_t *inodes;
	size_t n;
	struct proc_list *list;
};

uint64_t proc_inode_of(const char *link)
{
	static const char start[] = "socket:[";
	unsigned long long inode;
	char *end;

	if (strncmp(link, start, sizeof(start) - 1) != 0 || link[8] < '0' || link[8] > '9')
		return 0;
	errno = 0;
	inode = strtoull(link + 8, &end, 10);
	return errno || strcmp(end, "]") != 0 ? 0 : inode;
}

static int compare_inodes(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int compare_rows(const void *a, const void *b)
{
	const struct proc_socket *x = a, *y = b;

	return x->inode != y->inode ? compare_inodes(&x->inode, &y->inode) : (x->pid > y->pid) - (x->pid < y->pid);
}

/* A process has a socket once, however many descriptors refer to it; they come in any order. */
static int add(struct proc_list *list, uint64_t inode, pid_t pid)
{
	size_t room = list->room ? 2 * list->room : 64;
	struct proc_socket *rows;

	if (list->n == list->room) {
		rows = reallocarray(list->rows, room, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		list->rows = rows;
		list->room = room;
	}
	list->rows[list->n++] = (struct proc_socket){ .inode = inode, .pid = pid };
	return 0;
}

static void name_rows(const struct search *s, size_t first, pid_t pid)
{
	char path[64], *comm;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	if (first == s->list->n || sysroot_read(s->root, path, 256, &comm, &len))
		return;
	comm[strcspn(comm, "\n")] = '\0';
	for (size_t i = first; i < s->list->n; i++)
		snprintf(s->list->rows[i].comm, sizeof(s->list->rows[i].comm), "%s", comm);
	free(comm);
}

static int look_at(const struct search *s, DIR *fds, pid_t pid)
{
	const struct dirent *entry;
	char link[64];
	int ret = 0;

	while (!ret && (entry = readdir(fds))) {
		ssize_t len = readlinkat(dirfd(fds), entry->d_name, link, sizeof(link) - 1);
		uint64_t inode;

		if (len <= 0)
			continue;
		link[len] = '\0';
		inode = proc_inode_of(link);
		if (inode && bsearch(&inode, s->inodes, s->n, sizeof(inode), compare_inodes))
			ret = add(s->list, inode, pid);
	}
	return ret;
}

static DIR *open_folder(const struct sysroot *root, const char *path)
{
	int fd = sysroot_open_file(root, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

static int look_at_process(const struct search *s, const char *name)
{
	const size_t first = s->list->n;
	char path[64], *end;
	pid_t pid = (pid_t)strtol(name, &end, 10);
	DIR *fds;
	int ret;

	if (*end || pid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	fds = open_folder(s->root, path);
	if (!fds)
		return 0;
	ret = look_at(s, fds, pid);
	closedir(fds);
	name_rows(s, first, pid);
	return ret;
}

static void drop_repeated(struct proc_list *list)
{
	size_t kept = 0;

	if (list->n)
		qsort(list->rows, list->n, sizeof(*list->rows), compare_rows);
	for (size_t i = 0; i < list->n; i++)
		if (!kept || compare_rows(&list->rows[kept - 1], &list->rows[i]) != 0)
			list->rows[kept++] = list->rows[i];
	list->n = kept;
}

int proc_find(const struct sysroot *root, const uint64_t *inodes, size_t n, struct proc_list *list)
{
	const struct search s = { root, inodes, n, list };
	const struct dirent *entry;
	int ret = 0;
	DIR *proc;

	*list = (struct proc_list){ 0 };
	if (!n)
		return 0;
	proc = open_folder(root, "/proc");
	if (!proc)
		return -errno;
	while (!ret && (entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			ret = look_at_process(&s, entry->d_name);
	closedir(proc);
	drop_repeated(list);
	return ret;
}

void proc_free(struct proc_list *list)
{
	free(list->rows);
	*list = (struct proc_list){ 0 };
}

const struct proc_socket *proc_of(const struct proc_list *list, uint64_t inode)
{
	size_t from = 0, to = list->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (list->rows[middle].inode < inode)
			from = middle + 1;
		else
			to = middle;
	}
	return from < list->n && list->rows[from].inode == inode ? &list->rows[from] : NULL;
}
