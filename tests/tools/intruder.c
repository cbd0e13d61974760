/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: what somebody does who has taken over a process that receives, as soon as it has received $KTLS_INTRUDER_AFTER bytes:
 * $KTLS_INTRUDER is a row of the table below. Says on standard error what came of it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static long start_program(void)
{
	char *const argv[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)"exit 0", NULL };

	return execv("/bin/sh", argv);
}

static long read_file(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static const struct {
	const char *name;
	long (*attempt)(void);
} attempts[] = {
	{ "exec", start_program },
	{ "open", read_file },
};

static void intrude(const char *name)
{
	char line[128];
	long ret;

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		if (strcmp(attempts[i].name, name) != 0)
			continue;
		ret = attempts[i].attempt();
		snprintf(line, sizeof(line), "intruder: %s: %s\n", name, ret < 0 ? strerror(errno) : "done");
		if (write(STDERR_FILENO, line, strlen(line)) < 0)
			_exit(1);
	}
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	static ssize_t (*real)(int, void *, size_t, int);
	static size_t seen;
	static const char *name, *after;
	ssize_t n;

	if (!real) {
		*(void **)&real = dlsym(RTLD_NEXT, "recv");
		name = getenv("KTLS_INTRUDER");
		after = getenv("KTLS_INTRUDER_AFTER");
	}
	n = real(fd, buf, len, flags);
	if (n <= 0 || !name)
		return n;
	seen += (size_t)n;
	if (seen > (after ? strtoul(after, NULL, 10) : 0)) {
		intrude(name);
		name = NULL;
	}
	return n;
}
