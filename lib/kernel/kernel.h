/* SPDX-License-Identifier: MIT */
/* The kernel seam: ULP, crypto_info, record-type control messages. The only code that knows linux/tls.h. */
#ifndef KTLS_KERNEL_KERNEL_H
#define KTLS_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/sys.h"
#include "tls/keys.h"

enum kernel_dir {
	KERNEL_TX,
	KERNEL_RX,
};

/*
 * Attaches the ULP "tls". Already attached is success. Errors of the kernel: -ENOENT (no such ULP: not built, not
 * loaded, or not allowed to load), -ENOTCONN (socket not ESTABLISHED), -EOPNOTSUPP and -ENOPROTOOPT (not TCP) ….
 */
int kernel_ulp_attach(const struct sys_ops *sys, int fd);

/*
 * TLS_TX or TLS_RX. The crypto_info lives on the stack and is wiped. -ENOTSUP when the cipher has no kernel number for
 * the version, else the kernel's errno: -EBUSY (a key is set and cannot be replaced), -EINVAL, -ENOENT (the kernel has no
 * such AEAD) ….
 */
int kernel_keys_set(const struct sys_ops *sys, int fd, enum kernel_dir dir, const struct tls_keys *keys);

/* rec_seq of TLS_TX or TLS_RX as the kernel counts it now. The key that getsockopt brings along is wiped. */
int kernel_seq_get(const struct sys_ops *sys, int fd, enum kernel_dir dir, const struct tls_keys *keys, uint64_t *seq);

/*
 * Whether this kernel can replace a TLS 1.3 key (Linux 6.14): /proc/net/tls_stat counts rekeys where it can, which
 * tells backports right where a version number would not. 1, 0, or negative errno if the file cannot be read.
 */
int kernel_can_rekey(void);

/*
 * What an errno (either sign) of the calls here means for a person. @what: "ulp", "keys", "max payload", "zero copy" or
 * "no pad". Static, never NULL.
 */
const char *kernel_explain(const char *what, int err);

/* sendmsg() with TLS_SET_RECORD_TYPE: one record of @type. @flags as for sendmsg. Count or negative errno. */
ssize_t kernel_send_control(const struct sys_ops *sys, int fd, uint8_t type, const void *buf, size_t len, int flags);

/*
 * Pushes an open record (left by MSG_MORE, SPLICE_F_MORE, sendfile) without making a record: zero payload bytes with a
 * record-type control message. Without it shutdown() and close() drop the open record silently.
 */
int kernel_flush_open_record(const struct sys_ops *sys, int fd, int flags);

/*
 * recvmsg() with room for TLS_GET_RECORD_TYPE. *@type is the content type of what was read (23 when the kernel gave
 * none and there was data), *@eor whether the last byte returned ends a record. 0 at TCP FIN, else count or negative
 * errno; -EIO if the control message was cut or not the one expected.
 */
ssize_t kernel_recv(const struct sys_ops *sys, int fd, void *buf, size_t len, int flags, uint8_t *type, bool *eor);

/* TLS_TX_MAX_PAYLOAD_LEN (a __u16, kernel 6.19): 64 … 16384 for TLS 1.2, 63 … 16384 for 1.3. -ENOPROTOOPT before. */
int kernel_max_payload_set(const struct sys_ops *sys, int fd, uint16_t len);
int kernel_max_payload_get(const struct sys_ops *sys, int fd, uint16_t *len);

/*
 * TLS_TX_ZEROCOPY_RO (kernel 5.19): sendfile() without a copy, where a network card encrypts; elsewhere the kernel takes the
 * option, and it has no effect. The file must not change until the peer has it. -ENOPROTOOPT before.
 */
int kernel_zero_copy_set(const struct sys_ops *sys, int fd, bool on);

/*
 * TLS_RX_EXPECT_NO_PAD (kernel 6.0): TLS 1.3 records are opened straight into the reader's memory. For peers that are trusted
 * not to pad; see the defect CVE-2026-74611. -EINVAL without a TLS 1.3 key for receiving, -ENOPROTOOPT before.
 */
int kernel_no_pad_set(const struct sys_ops *sys, int fd, bool on);

/*
 * Whether splice() from a kTLS socket is safe on a kernel: before a fix of 2026 (7.2, 6.12.113, 6.1.190) data could vanish when
 * the pipe was full, and no trial would show it in time. @release and @version as uname() gives them. Series that are
 * not known to be sound are not.
 */
bool kernel_rx_splice_is_safe(const char *release, const char *version);

#endif
