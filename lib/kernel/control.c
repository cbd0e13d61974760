/* SPDX-License-Identifier: MIT */
/* Records with their content type: control messages of sendmsg() and recvmsg(). */
#include <errno.h>
#include <string.h>

#include "kernel/kernel.h"
#include "kernel/uapi.h"

/* Aligned for the one control message that goes either way. */
union control {
	struct cmsghdr head;
	uint8_t space[CMSG_SPACE(sizeof(uint8_t))];
};

ssize_t kernel_send_control(const struct sys_ops *sys, int fd, uint8_t type, const void *buf, size_t len, int flags)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = len };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control.space) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	cmsg->cmsg_level = SOL_TLS;
	cmsg->cmsg_type = TLS_SET_RECORD_TYPE;
	cmsg->cmsg_len = CMSG_LEN(sizeof(type));
	memcpy(CMSG_DATA(cmsg), &type, sizeof(type));
	n = sys->sendmsg(fd, &msg, flags | MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

int kernel_flush_open_record(const struct sys_ops *sys, int fd, int flags)
{
	return (int)kernel_send_control(sys, fd, TLS_CT_DATA, NULL, 0, flags);
}

/* The content type of what was read; -EIO for a control message that is cut, repeated or somebody else's. */
static int record_type(struct msghdr *msg, uint8_t *type)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);

	if (msg->msg_flags & MSG_CTRUNC)
		return -EIO;
	if (!cmsg) {
		*type = TLS_CT_DATA;
		return 0;
	}
	if (cmsg->cmsg_level != SOL_TLS || cmsg->cmsg_type != TLS_GET_RECORD_TYPE || cmsg->cmsg_len != CMSG_LEN(sizeof(*type)))
		return -EIO;
	memcpy(type, CMSG_DATA(cmsg), sizeof(*type));
	return 0;
}

/* FIN has no record type. With one, 0 bytes are a record without payload: data may be so, control records may not. */
static ssize_t nothing_read(struct msghdr *msg)
{
	uint8_t type;

	if (!CMSG_FIRSTHDR(msg))
		return 0;
	if (record_type(msg, &type))
		return -EIO;
	return type == TLS_CT_DATA ? -EAGAIN : -EPROTO;
}

ssize_t kernel_recv(const struct sys_ops *sys, int fd, void *buf, size_t len, int flags, uint8_t *type, bool *eor)
{
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control.space) };
	ssize_t n = sys->recvmsg(fd, &msg, flags);
	int ret;

	if (n < 0)
		return -errno;
	if (n == 0)
		return nothing_read(&msg);
	ret = record_type(&msg, type);
	if (ret)
		return ret;
	*eor = (msg.msg_flags & MSG_EOR) != 0;
	return n;
}
