/* SPDX-License-Identifier: MIT */
/* crypto_info as bytes: one function for every cipher, since only sizes differ. */
#ifndef KTLS_KERNEL_CRYPTO_INFO_H
#define KTLS_KERNEL_CRYPTO_INFO_H

#include <sys/types.h>

#include "tls/keys.h"

/* As large as the largest of struct tls12_crypto_info_*. Holds a key: wipe it. */
struct kernel_crypto_info {
	_Alignas(4) uint8_t bytes[64];
};

/* Bytes of *@info that setsockopt(TLS_TX, TLS_RX) takes, or -ENOTSUP when the kernel's table has no such cipher and version. */
ssize_t kernel_crypto_info_fill(struct kernel_crypto_info *info, const struct tls_keys *keys);

#endif
