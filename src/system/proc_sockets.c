/* SPDX-License-Identifier: MIT */
/* The TCP sockets of a process, and whether kernel TLS carries them; and which processes have a port. */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/lines.h"
#include "system/proc_sockets.h"
#include "system/sysroot.h"

#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* As linux/tls.h numbers them. */
enum {
	KEY_TX = 1,
	KEY_RX = 2,
};

enum {
	FILE_MAX = 64 << 20,
	INODES_MAX = 4096,
};

/* Inode of the socket behind an entry of /proc/PID/fd; 0 if it is none. */
static uint64_t socket_inode(int dir, const char *entry)
{
	char target[64], *end;
	ssize_t n = readlinkat(dir, entry, target, sizeof(target) - 1);
	uint64_t inode;

	if (n < 0)
		return 0;
	target[n] = '\0';
	if (strncmp(target, "socket:[", 8) != 0)
		return 0;
	inode = strtoull(target + 8, &end, 10);
	return *end == ']' ? inode : 0;
}

static DIR *open_fds(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return opendir(path);
}

/* --- the sockets of a process -------------------------------------------------- */

static bool has_tls(int fd)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	return getsockopt(fd, IPPROTO_TCP, TCP_ULP, name, &len) == 0 && strncmp(name, "tls", sizeof(name)) == 0;
}

/* Asked for no more than its head, the kernel tells version and cipher of the key and keeps the key to itself. */
static bool has_key(int fd, int direction)
{
	uint16_t head[2];
	socklen_t len = sizeof(head);

	return getsockopt(fd, SOL_TLS, direction, head, &len) == 0;
}

static void count_socket(int fd, struct proc_sockets *s)
{
	struct tcp_info info = { 0 };
	int protocol = 0;
	socklen_t len = sizeof(protocol);

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) || protocol != IPPROTO_TCP)
		return;
	len = sizeof(info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return;
	s->listening += info.tcpi_state == TCP_LISTEN;
	s->established += info.tcpi_state == TCP_ESTABLISHED;
	if (info.tcpi_state != TCP_ESTABLISHED || !has_tls(fd))
		return;
	s->ktls++;
	s->tx += has_key(fd, KEY_TX);
	s->rx += has_key(fd, KEY_RX);
}

/* A descriptor that is closed meanwhile is none; a refusal concerns them all. */
static int take_fd(int pidfd, const char *entry, struct proc_sockets *s)
{
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, atoi(entry), 0);

	if (fd < 0)
		return errno == EBADF ? 0 : -errno;
	count_socket(fd, s);
	close(fd);
	return 0;
}

int proc_sockets_look(pid_t pid, struct proc_sockets *s)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), ret = 0;
	struct dirent *entry;
	DIR *dir;

	*s = (struct proc_sockets){ 0 };
	if (pidfd < 0)
		return -errno;
	dir = open_fds(pid);
	if (!dir)
		ret = errno == EACCES ? -EPERM : -errno;
	while (!ret && (entry = readdir(dir)))
		if (socket_inode(dirfd(dir), entry->d_name))
			ret = take_fd(pidfd, entry->d_name, s);
	if (dir)
		closedir(dir);
	close(pidfd);
	return ret;
}

/* --- who has a port -------------------------------------------------------------- */

/* "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 ..." */
static bool parse_line(struct line line, uint16_t *port, uint64_t *inode)
{
	struct line word;
	char local[48], number[24], *colon, *end;

	line = line_trim(line);
	line_word(&line);
	if (!line_copy(line_word(&line), local, sizeof(local)))
		return false;
	for (int i = 2; i < 9; i++)
		line_word(&line);
	word = line_word(&line);
	colon = strrchr(local, ':');
	if (!colon || !word.len || !line_copy(word, number, sizeof(number)))
		return false;
	*port = (uint16_t)strtoul(colon + 1, &end, 16);
	if (*end || end == colon + 1)
		return false;
	*inode = strtoull(number, &end, 10);
	return !*end && *inode;
}

size_t proc_inodes_of_port(const char *text, size_t len, uint16_t port, uint64_t *inodes, size_t max)
{
	struct lines lines = lines_of(text, len);
	struct line line;
	uint16_t its_port;
	size_t n = 0;

	while (n < max && lines_next(&lines, &line))
		n += parse_line(line, &its_port, &inodes[n]) && its_port == port;
	return n;
}

static int read_inodes(uint16_t port, uint64_t *inodes, size_t *n)
{
	static const char *const files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	const struct sysroot system = { .fd = -1 };
	char *text;
	size_t len;

	*n = 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int ret = sysroot_read(&system, files[i], FILE_MAX, &text, &len);

		/* Without IPv6 there is one file. */
		if (ret == -ENOENT)
			continue;
		if (ret)
			return ret;
		*n += proc_inodes_of_port(text, len, port, inodes + *n, INODES_MAX - *n);
		free(text);
	}
	return 0;
}

static bool has_any(pid_t pid, const uint64_t *inodes, size_t n)
{
	DIR *dir = open_fds(pid);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		const uint64_t inode = socket_inode(dirfd(dir), entry->d_name);

		for (size_t i = 0; inode && i < n; i++)
			found = found || inodes[i] == inode;
	}
	if (dir)
		closedir(dir);
	return found;
}

static int search_processes(const uint64_t *inodes, size_t n, pid_t pids[PROC_PIDS_MAX])
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	if (!proc)
		return -errno;
	while (found < PROC_PIDS_MAX && (entry = readdir(proc))) {
		const pid_t pid = atoi(entry->d_name);

		if (pid > 0 && has_any(pid, inodes, n))
			pids[found++] = pid;
	}
	closedir(proc);
	return found ? found : -EPERM;
}

int proc_pids_of_port(uint16_t port, pid_t pids[PROC_PIDS_MAX])
{
	uint64_t *inodes = calloc(INODES_MAX, sizeof(*inodes));
	size_t n = 0;
	int ret;

	if (!inodes)
		return -ENOMEM;
	ret = read_inodes(port, inodes, &n);
	if (!ret && n)
		ret = search_processes(inodes, n, pids);
	free(inodes);
	return ret;
}
