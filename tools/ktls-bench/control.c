/* SPDX-License-Identifier: MIT */
/* The control connection: frames. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/wait.h"
#include "ktls-bench/control.h"

enum {
	KEEP_IDLE_S = 10,
	KEEP_INTERVAL_S = 5,
	KEEP_COUNT = 4,
	UNHEARD_MS = 30000,
};

void control_tune(int fd)
{
	const int on = 1, idle = KEEP_IDLE_S, interval = KEEP_INTERVAL_S, count = KEEP_COUNT;
	const unsigned unheard = UNHEARD_MS;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	/* Also for what was sent and is not acknowledged. */
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard, sizeof(unheard));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

json_t *control_parse(const char *bytes, size_t len)
{
	json_t *message = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(message))
		return message;
	json_decref(message);
	return NULL;
}

/* --- sending --------------------------------------------------------------------- */

static int send_all(int fd, struct cli_wait *w, const char *bytes, size_t len)
{
	while (len) {
		const int ready = cli_wait_fd(w, fd, POLLOUT);
		ssize_t n;

		if (ready < 0)
			return ready;
		n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno == EPIPE ? -ECONNRESET : -errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int control_send(int fd, struct cli_wait *w, json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	const size_t len = text ? strlen(text) : 0;
	const uint32_t head = htonl((uint32_t)len);
	char *frame = text ? malloc(sizeof(head) + len) : NULL;
	int ret = frame ? 0 : -ENOMEM;

	if (len > CONTROL_MAX)
		ret = -EMSGSIZE;
	if (!ret) {
		memcpy(frame, &head, sizeof(head));
		memcpy(frame + sizeof(head), text, len);
		cli_wait_limit(w, CONTROL_PATIENCE_MS);
		ret = send_all(fd, w, frame, sizeof(head) + len);
		cli_wait_limit(w, -1);
	}
	free(frame);
	free(text);
	json_decref(message);
	return ret;
}

/* --- receiving ------------------------------------------------------------------- */

static int receive_all(int fd, struct cli_wait *w, void *buf, size_t len)
{
	char *p = buf;

	while (len) {
		const int ready = cli_wait_fd(w, fd, POLLIN);
		ssize_t n;

		if (ready < 0)
			return ready;
		n = recv(fd, p, len, MSG_DONTWAIT);
		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int receive_body(int fd, struct cli_wait *w, size_t len, json_t **message)
{
	char *bytes = malloc(len);
	int ret = bytes ? receive_all(fd, w, bytes, len) : -ENOMEM;

	if (!ret) {
		*message = control_parse(bytes, len);
		ret = *message ? 0 : -EPROTO;
	}
	free(bytes);
	return ret;
}

static int receive_frame(int fd, struct cli_wait *w, int64_t ms, json_t **message)
{
	uint32_t head;
	int ret;

	cli_wait_limit(w, ms);
	ret = cli_wait_fd(w, fd, POLLIN);
	if (ret < 0)
		return ret;
	/* All of it, however slowly it comes. */
	cli_wait_limit(w, CONTROL_PATIENCE_MS);
	ret = receive_all(fd, w, &head, sizeof(head));
	if (ret)
		return ret;
	head = ntohl(head);
	return head < 2 || head > CONTROL_MAX ? -EPROTO : receive_body(fd, w, head, message);
}

int control_receive(int fd, struct cli_wait *w, int64_t ms, json_t **message)
{
	const int ret = receive_frame(fd, w, ms, message);

	cli_wait_limit(w, -1);
	return ret;
}

static const struct {
	int err;
	const char *text;
} reasons[] = {
	{ ECONNRESET, "has gone" },
	{ EPIPE, "has gone" },
	{ ETIMEDOUT, "has been silent for too long" },
	{ EHOSTUNREACH, "cannot be reached any more" },
	{ ENETUNREACH, "cannot be reached any more" },
	{ EPROTO, "says what is not understood" },
};

const char *control_reason(int err)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (err == -reasons[i].err)
			return reasons[i].text;
	return strerror(-err);
}
