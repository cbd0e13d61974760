/* SPDX-License-Identifier: MIT */
/* ktls-bench --server: each client is served by a process of its own, so that none can take the server with it. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ktls/probe.h>

#include "cli/say.h"
#include "ktls-bench/door.h"
#include "ktls-bench/pairs.h"
#include "ktls-bench/server.h"
#include "ktls-bench/session.h"
#include "net/listen.h"
#include "system/caps.h"

enum {
	BACKLOG = 4096,		/* as loopback has it: connections may come faster than they are accepted */
};

struct server {
	const struct bench_options *o;
	struct cli_wait wait;
	struct net_peer bound;
	struct door door;
	char congestion[PAIRS_CONGESTION_MAX];	/* the system's own */
};

/* --- one client ------------------------------------------------------------------- */

/* IPv4 that came to a socket for both. */
static void describe_mapped(const struct sockaddr_in6 *sa, struct net_peer *peer)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = sa->sin6_port };

	memcpy(&v4.sin_addr, sa->sin6_addr.s6_addr + 12, sizeof(v4.sin_addr));
	net_describe(peer, (const struct sockaddr *)&v4, sizeof(v4));
}

static void describe_peer(int fd, struct net_peer *peer)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (getpeername(fd, (struct sockaddr *)&sa, &len))
		*peer = (struct net_peer){ .text = "a client" };
	else if (sa.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)&sa)->sin6_addr))
		describe_mapped((const struct sockaddr_in6 *)&sa, peer);
	else
		net_describe(peer, (const struct sockaddr *)&sa, len);
}

static void run_session(struct server *s, const struct arrival *a, pid_t parent)
{
	struct net_peer peer;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* The server waits for signals by other means. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(s->wait.signal_fd);
	describe_peer(a->fd, &peer);
	_exit(session_run(&s->door, a, peer.text));
}

/* Until it is gone, which shows by the end of @leash. 0 or -EINTR. */
static int wait_for_session(struct server *s, pid_t pid, int leash, int *status)
{
	int ret = cli_wait_fd(&s->wait, leash, POLLIN);

	if (ret < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	if (ret >= 0 && WIFSIGNALED(*status))
		cli_say("%s: the process that served a client was ended by signal %d", s->bound.text, WTERMSIG(*status));
	return ret < 0 ? ret : 0;
}

/* As it was: a client may have wanted it otherwise. */
static void restore_listener(const struct server *s)
{
	const int fd = s->door.listener;

	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, s->congestion, (socklen_t)strlen(s->congestion)))
		cli_say("%s: the listener cannot be made as it was: %s", s->bound.text, strerror(errno));
}

/* 0 or negative errno; *@status: of the client's process. */
static int serve_client(struct server *s, const struct arrival *a, int *status)
{
	const pid_t parent = getpid();
	int leash[2], ret;
	pid_t pid;

	if (pipe2(leash, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(leash[0]);
		run_session(s, a, parent);
	}
	ret = pid < 0 ? -errno : 0;
	close(leash[1]);
	/* From here on they are the client's process's. */
	close(a->fd);
	door_close(&s->door);
	if (!ret)
		ret = wait_for_session(s, pid, leash[0], status);
	close(leash[0]);
	restore_listener(s);
	return ret;
}

/* --- all of them ------------------------------------------------------------------ */

/* Somebody who begins a session, within the time that there is: 0 or -EINTR. */
static int wait_for_client(struct server *s, struct arrival *a)
{
	struct pollfd fds[1 + DOOR_FDS];

	for (;;) {
		const int64_t patience = door_poll(&s->door, fds + 1);
		const int ret = cli_wait_poll(&s->wait, fds, 1 + DOOR_FDS, patience);

		if (ret < 0)
			return ret;
		if (!door_step(&s->door, fds + 1, a))
			continue;
		if (a->opening.version == OPENING_VERSION && a->opening.kind == OPENING_CONTROL)
			return 0;
		if (a->opening.version != OPENING_VERSION)
			cli_say("a client speaks version %u of the protocol, and this server version %d", a->opening.version,
				OPENING_VERSION);
		door_refuse(a);
	}
}

static int serve_all(struct server *s, struct cli_failure *f)
{
	struct arrival a;
	int status = 0, ret;

	do {
		ret = wait_for_client(s, &a);
		if (!ret)
			ret = serve_client(s, &a, &status);
		if (ret == -EINTR)
			return cli_fail_wait(f, &s->wait, ret, s->bound.text, "serving");
		if (ret)
			cli_say("a client cannot be served: %s", strerror(-ret));
	} while (!s->o->one_off);
	/* What went wrong was said. */
	return ret || status ? CLI_IO : 0;
}

/*
 * All rights that it has are used before anybody speaks: the port, and, where the kernel's TLS is a module, having it loaded. Afterwards
 * nobody could.
 */
static int give_up_rights(struct cli_failure *f)
{
	struct ktls_probe_result ulp;
	int ret;

	ktls_probe_ulp(KTLS_PROBE_MAY_LOAD, &ulp);
	ret = caps_drop_all();
	return ret ? cli_fail(f, CLI_IO, "capabilities cannot be given up: %s", strerror(-ret)) : 0;
}

static int open_server(struct server *s, struct cli_failure *f)
{
	int fd;

	if (cli_wait_init(&s->wait, f) || net_listen(&s->o->addr, s->o->family, &s->wait, &fd, &s->bound, f))
		return f->code;
	door_open(&s->door, fd);
	pairs_get_congestion(fd, s->congestion);
	if (listen(fd, BACKLOG))
		return cli_fail(f, CLI_IO, "%s: cannot listen: %s", s->bound.text, strerror(errno));
	return give_up_rights(f);
}

int server_run(const struct bench_options *o, struct cli_failure *f)
{
	struct server s = { .o = o };
	int code;

	door_open(&s.door, -1);
	code = open_server(&s, f);
	if (!code) {
		cli_say("listening on %s", s.bound.text);
		code = serve_all(&s, f);
	}
	door_close(&s.door);
	if (s.door.listener >= 0)
		close(s.door.listener);
	return code;
}
