/* SPDX-License-Identifier: MIT */
/* Attaching the ULP, and what the kernel can do with a socket that has it. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "kernel/kernel.h"
#include "kernel/uapi.h"

int kernel_ulp_attach(const struct sys_ops *sys, int fd)
{
	static const char name[] = "tls";

	if (sys->setsockopt(fd, IPPROTO_TCP, TCP_ULP, name, sizeof(name) - 1) == 0 || errno == EEXIST)
		return 0;
	return -errno;
}

static int read_can_rekey(void)
{
	char line[128];
	int found = 0;
	FILE *f = fopen("/proc/net/tls_stat", "re");

	if (!f)
		return -errno;
	while (!found && fgets(line, sizeof(line), f))
		found = strncmp(line, "TlsTxRekeyOk", 12) == 0;
	fclose(f);
	return found;
}

int kernel_can_rekey(void)
{
	/* Once known it is the same for as long as this kernel runs; a process that gives up opening files has asked before. */
	static atomic_int answer = -1;
	int found = atomic_load_explicit(&answer, memory_order_relaxed);

	if (found >= 0)
		return found;
	found = read_can_rekey();
	if (found >= 0)
		atomic_store_explicit(&answer, found, memory_order_relaxed);
	return found;
}

int kernel_max_payload_set(const struct sys_ops *sys, int fd, uint16_t len)
{
	/* The option is a __u16: an int gets EINVAL. */
	if (sys->setsockopt(fd, SOL_TLS, TLS_TX_MAX_PAYLOAD_LEN, &len, sizeof(len)) < 0)
		return -errno;
	return 0;
}

int kernel_max_payload_get(const struct sys_ops *sys, int fd, uint16_t *len)
{
	socklen_t size = sizeof(*len);

	if (sys->getsockopt(fd, SOL_TLS, TLS_TX_MAX_PAYLOAD_LEN, len, &size) < 0)
		return -errno;
	return size == sizeof(*len) ? 0 : -EIO;
}

static int set_flag(const struct sys_ops *sys, int fd, int option, bool on)
{
	const unsigned value = on;

	return sys->setsockopt(fd, SOL_TLS, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

int kernel_zero_copy_set(const struct sys_ops *sys, int fd, bool on)
{
	return set_flag(sys, fd, TLS_TX_ZEROCOPY_RO, on);
}

int kernel_no_pad_set(const struct sys_ops *sys, int fd, bool on)
{
	return set_flag(sys, fd, TLS_RX_EXPECT_NO_PAD, on);
}
