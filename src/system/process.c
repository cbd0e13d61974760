/* SPDX-License-Identifier: MIT */
/* A running process, as far as its use of TLS goes: /proc/PID. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "system/lines.h"
#include "system/process.h"
#include "system/sysroot.h"

enum {
	FILE_MAX = 64 << 20,
};

static const char *const lib_names[] = {
	[PROCESS_LIBSSL] = "libssl.so",
	[PROCESS_LIBCRYPTO] = "libcrypto.so",
	[PROCESS_LIBGNUTLS] = "libgnutls.so",
	[PROCESS_LIBNSS] = "libssl3.so",
};

static int read_of(pid_t pid, const char *file, char **text, size_t *len)
{
	const struct sysroot system = { .fd = -1 };
	char path[64];

	if (pid < 0)
		snprintf(path, sizeof(path), "/proc/self/%s", file);
	else
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return sysroot_read(&system, path, FILE_MAX, text, len);
}

/* --- libraries -------------------------------------------------------------- */

/* Takes " (deleted)" off a path. */
static bool cut_deleted(struct line *path)
{
	static const char mark[] = " (deleted)";
	const size_t len = sizeof(mark) - 1;

	if (path->len <= len || memcmp(path->s + path->len - len, mark, len) != 0)
		return false;
	path->len -= len;
	return true;
}

static void take_mapping(struct line path, struct process_maps *maps)
{
	const bool deleted = cut_deleted(&path);
	const char *slash = memrchr(path.s, '/', path.len);
	const struct line name = slash ?
		(struct line){ .s = slash + 1, .len = path.len - (size_t)(slash + 1 - path.s) } : path;

	for (size_t i = 0; i < PROCESS_LIBS; i++) {
		if (maps->file[i][0] || !line_starts_with(name, lib_names[i]))
			continue;
		if (line_copy(path, maps->file[i], sizeof(maps->file[i])))
			maps->deleted[i] = deleted;
	}
}

/* "7f0000000000-7f0000001000 r-xp 00000000 08:01 1234    /usr/lib/libssl.so.3": five words, then the path with its blanks. */
void process_maps_parse(const char *text, size_t len, struct process_maps *maps)
{
	struct lines lines = lines_of(text, len);
	struct line line;

	*maps = (struct process_maps){ 0 };
	while (lines_next(&lines, &line)) {
		for (int word = 0; word < 5; word++)
			line_word(&line);
		line = line_trim(line);
		if (line.len && line.s[0] == '/')
			take_mapping(line, maps);
	}
}

int process_maps_read(pid_t pid, struct process_maps *maps)
{
	char *text;
	size_t len;
	int ret = read_of(pid, "maps", &text, &len);

	*maps = (struct process_maps){ 0 };
	if (ret)
		return ret;
	process_maps_parse(text, len, maps);
	free(text);
	return 0;
}

void process_path(pid_t pid, const char *file, char *path, size_t size)
{
	snprintf(path, size, "/proc/%d/root%s", (int)pid, file);
}

/* --- environment and rights ----------------------------------------------- */

bool process_environ_get(const char *text, size_t len, const char *name, char *value, size_t size)
{
	const size_t name_len = strlen(name);

	for (const char *s = text, *end = text + len; s < end;) {
		const size_t n = strnlen(s, (size_t)(end - s));

		if (n > name_len && memcmp(s, name, name_len) == 0 && s[name_len] == '=') {
			const struct line word = { .s = s + name_len + 1, .len = n - name_len - 1 };

			return line_copy(word, value, size);
		}
		s += n + 1;
	}
	return false;
}

int process_status_net_admin(const char *text, size_t len)
{
	struct lines lines = lines_of(text, len);
	unsigned long long caps;
	struct line line;
	char word[32], *end;

	while (lines_next(&lines, &line)) {
		if (!line_equals(line_word(&line), "CapEff:"))
			continue;
		if (!line_copy(line_trim(line), word, sizeof(word)) || !word[0])
			return -1;
		caps = strtoull(word, &end, 16);
		return *end ? -1 : (int)(caps >> CAP_NET_ADMIN & 1);
	}
	return -1;
}

static void look_at_environ(struct process *p)
{
	char *text;
	size_t len;

	p->conf_err = read_of(p->pid, "environ", &text, &len);
	if (p->conf_err)
		return;
	process_environ_get(text, len, "OPENSSL_CONF", p->openssl_conf, sizeof(p->openssl_conf));
	free(text);
}

static int look_at_status(struct process *p)
{
	char *text;
	size_t len;
	int ret = read_of(p->pid, "comm", &text, &len);

	if (ret)
		return ret == -ENOENT ? -ESRCH : ret;
	snprintf(p->name, sizeof(p->name), "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	p->net_admin = -1;
	if (read_of(p->pid, "status", &text, &len))
		return 0;
	p->net_admin = process_status_net_admin(text, len);
	free(text);
	return 0;
}

static int is_same_netns(pid_t pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat("/proc/self/ns/net", &own) || stat(path, &other))
		return -1;
	return own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

int process_look(pid_t pid, struct process *p)
{
	int ret;

	*p = (struct process){ .pid = pid };
	ret = look_at_status(p);
	if (ret)
		return ret;
	p->maps_err = process_maps_read(pid, &p->maps);
	look_at_environ(p);
	p->same_netns = is_same_netns(pid);
	return 0;
}
