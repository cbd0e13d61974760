/* SPDX-License-Identifier: MIT */
/* What the kernel's errnos mean for a person. */
#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "kernel/kernel.h"

/* what NULL: any. The first row that fits is taken. */
static const struct {
	const char *what;
	int err;
	const char *words;
} rows[] = {
	{ "ulp", ENOENT, "kernel has no ULP \"tls\" (CONFIG_TLS is not set, or the module tls is not loaded and may not be loaded by this user)" },
	{ "ulp", ENOTCONN, "the socket is not ESTABLISHED: the peer has closed its side already" },
	{ "ulp", ENOPROTOOPT, "this is not a TCP socket: kernel TLS is for TCP alone" },
	{ "ulp", EOPNOTSUPP, "this is not a TCP socket: kernel TLS is for TCP alone" },
	{ "ulp", EINVAL, "the socket is in use by something that excludes kernel TLS (BPF sockmap, PSP)" },
	{ "keys", EINVAL, "this kernel's TLS does not know the cipher or the version" },
	{ "max payload", ENOPROTOOPT, "this kernel has no TLS_TX_MAX_PAYLOAD_LEN (Linux 6.19 has)" },
	{ "max payload", EINVAL, "the kernel's least is 64 bytes (TLS 1.3: 63)" },
	{ "zero copy", ENOPROTOOPT, "this kernel has no TLS_TX_ZEROCOPY_RO (Linux 5.19 has)" },
	{ "no pad", ENOPROTOOPT, "this kernel has no TLS_RX_EXPECT_NO_PAD (Linux 6.0 has)" },
	{ NULL, EPERM, "the system forbids it (seccomp, security module or BPF)" },
	{ NULL, EACCES, "the system forbids it (seccomp, security module or BPF)" },
	{ NULL, ENOTSUP, "the kernel's TLS has no such cipher for this version" },
	{ NULL, ENOENT, "the kernel's crypto has no such cipher (module not built or not loaded)" },
	{ NULL, EBUSY, "the kernel holds a key already and cannot replace it (Linux 6.14 can, TLS 1.3 only)" },
	{ NULL, ENOPROTOOPT, "the socket has no ULP \"tls\", or this kernel lacks the option" },
	{ NULL, ENOMEM, "the kernel is out of memory" },
};

const char *kernel_explain(const char *what, int err)
{
	int e = err < 0 ? -err : err;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].err == e && (!rows[i].what || strcmp(rows[i].what, what) == 0))
			return rows[i].words;
	return "the kernel refused for a reason this library has no words for";
}
