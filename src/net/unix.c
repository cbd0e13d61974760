/* SPDX-License-Identifier: MIT */
/* Sockets with a path instead of an address: connections within this machine. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/mistake.h"
#include "net/unix.h"

enum {
	/* Between two looks whether a listener has room: poll() does not tell. */
	LOOK_MS = 20,
};

int net_parse_unix(struct net_unix *out, const char *path, char *why, size_t why_len)
{
	const struct net_why w = { why, why_len };
	const size_t len = strlen(path);

	if (!len || strcmp(path, "@") == 0)
		return net_mistake(&w, "the path of the socket is empty");
	if (len >= sizeof(out->sa.sun_path))
		return net_mistake(&w, "'%s': the path of a socket has at most %zu bytes", path, sizeof(out->sa.sun_path) - 1);
	*out = (struct net_unix){ .sa.sun_family = AF_UNIX };
	memcpy(out->sa.sun_path, path, len + 1);
	snprintf(out->text, sizeof(out->text), "%s", path);
	/* An abstract name begins with a zero and ends where the address does. */
	out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (path[0] != '@'));
	if (path[0] == '@')
		out->sa.sun_path[0] = '\0';
	return 0;
}

static int open_socket(void)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int try_connect(int fd, const struct net_unix *u)
{
	return connect(fd, (const struct sockaddr *)&u->sa, u->len) < 0 ? -errno : 0;
}

static const struct {
	int err;
	const char *text;
} explanations[] = {
	{ ECONNREFUSED, "nobody listens on this socket" },
	{ ENOENT, "there is no such socket" },
	{ EACCES, "this user may not connect to it" },
	{ EPROTOTYPE, "the socket is not one of streams" },
};

static int explain(struct cli_failure *f, const struct net_unix *u, const struct cli_wait *w, int err)
{
	if (err == -EINTR || err == -ETIMEDOUT)
		return cli_fail_wait(f, w, err, u->text, "connecting");
	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (err == -explanations[i].err)
			return cli_fail(f, CLI_IO, "%s: %s", u->text, explanations[i].text);
	return cli_fail(f, CLI_IO, "%s: cannot connect: %s", u->text, strerror(-err));
}

int net_dial_unix(const struct net_unix *u, struct cli_wait *w, int *fd, struct net_peer *peer, struct cli_failure *f)
{
	struct pollfd fds[1];
	int ret;

	*fd = open_socket();
	ret = *fd < 0 ? *fd : try_connect(*fd, u);
	/* Its queue is full. */
	while (ret == -EAGAIN) {
		ret = cli_wait_poll(w, fds, 1, LOOK_MS);
		if (ret >= 0)
			ret = try_connect(*fd, u);
	}
	if (!ret) {
		net_describe_unix(peer, u, *fd);
		return 0;
	}
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return explain(f, u, w, ret);
}

static bool is_abstract(const struct net_unix *u)
{
	return !u->sa.sun_path[0];
}

/* Whether a path is there that nobody listens on. The failure of @f says why it stays. */
static bool is_stale(const struct net_unix *u, struct cli_failure *f)
{
	const int fd = open_socket();
	struct stat st;
	int err;

	if (is_abstract(u) || lstat(u->sa.sun_path, &st) || !S_ISSOCK(st.st_mode)) {
		cli_fail(f, CLI_IO, "%s: cannot listen: %s", u->text, is_abstract(u) ? strerror(EADDRINUSE) : "a file is there that is no socket");
		if (fd >= 0)
			close(fd);
		return false;
	}
	err = fd < 0 ? fd : try_connect(fd, u);
	if (fd >= 0)
		close(fd);
	if (err == -ECONNREFUSED)
		return true;
	cli_fail(f, CLI_IO, "%s: cannot listen: a program listens there already", u->text);
	return false;
}

static int bind_path(int fd, const struct net_unix *u, struct cli_failure *f)
{
	int ret = bind(fd, (const struct sockaddr *)&u->sa, u->len);

	if (ret && errno == EADDRINUSE) {
		if (!is_stale(u, f))
			return f->code;
		unlink(u->sa.sun_path);
		ret = bind(fd, (const struct sockaddr *)&u->sa, u->len);
	}
	return ret ? cli_fail(f, CLI_IO, "%s: cannot listen: %s", u->text, strerror(errno)) : 0;
}

static void note_place(const struct net_unix *u, struct net_unix_place *place)
{
	struct stat st;

	*place = (struct net_unix_place){ .is_file = false };
	if (is_abstract(u) || lstat(u->sa.sun_path, &st))
		return;
	*place = (struct net_unix_place){ .dev = st.st_dev, .ino = st.st_ino, .is_file = true };
}

int net_listen_unix(const struct net_unix *u, int *fd, struct net_unix_place *place, struct cli_failure *f)
{
	*fd = open_socket();
	if (*fd < 0)
		return cli_fail(f, CLI_IO, "%s: cannot listen: %s", u->text, strerror(-*fd));
	if (bind_path(*fd, u, f) == 0) {
		note_place(u, place);
		if (listen(*fd, 1) == 0)
			return 0;
		cli_fail(f, CLI_IO, "%s: cannot listen: %s", u->text, strerror(errno));
		net_remove_unix(u, place);
	}
	close(*fd);
	*fd = -1;
	return f->code;
}

void net_remove_unix(const struct net_unix *u, const struct net_unix_place *place)
{
	struct stat st;

	if (place->is_file && lstat(u->sa.sun_path, &st) == 0 && st.st_dev == place->dev && st.st_ino == place->ino)
		unlink(u->sa.sun_path);
}

void net_describe_unix(struct net_peer *out, const struct net_unix *u, int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	*out = (struct net_peer){ .port = 0 };
	snprintf(out->address, sizeof(out->address), "%s", u->text);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.pid > 0)
		snprintf(out->text, sizeof(out->text), "%s (process %d)", u->text, (int)who.pid);
	else
		snprintf(out->text, sizeof(out->text), "%s", u->text);
}
