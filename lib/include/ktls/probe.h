/* SPDX-License-Identifier: MIT */
/**
 * What this kernel and this CPU can do, found by doing it on a TCP connection over 127.0.0.1.
 */
#ifndef KTLS_PROBE_H
#define KTLS_PROBE_H

#include <stdbool.h>

#include <ktls/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** The answer to one question. */
enum ktls_answer {
	KTLS_NO = 0,
	KTLS_YES = 1,
	KTLS_UNKNOWN = 2,	/**< could not be found out; see why */
};

struct ktls_probe_result {
	enum ktls_answer answer;
	int err;		/**< the errno (positive) behind no or unknown; 0 if there is none */
	char why[160];		/**< one line for people; "" for a plain yes */
};

enum {
	KTLS_PROBE_MAY_LOAD = 1,	/**< the kernel may load modules for the trial (it does so by itself when asked) */
};

/** A cipher as the kernel and TLS name it. Strings are static. */
struct ktls_cipher_info {
	const char *name;		/**< "AES-128-GCM" */
	const char *id;			/**< "aes-128-gcm" */
	const char *kernel_aead;	/**< "gcm(aes)" */
	const char *engine_leaf;	/**< what would carry it in user space here: a leaf of ktls/aead.h, "aesni-pclmul", "evp" */
	uint16_t kernel_type;		/**< TLS_CIPHER_* of linux/tls.h */
	uint16_t suite13;		/**< TLS 1.3 cipher suite, 0 if none */
	size_t key_bits;
	bool tls12, tls13;		/**< versions it exists for */
	const char *kernel_since;	/**< "4.13" */
	uint8_t kernel_salt_len;	/**< the nonce as crypto_info splits it, in bytes: salt, then iv */
	uint8_t kernel_iv_len;
	uint8_t tag_len;		/**< of each record, in bytes */
	uint8_t explicit_len12;		/**< bytes of nonce that each TLS 1.2 record carries */
};

/** Row @i of the cipher table; 0 and *@info, or -ENOENT past the end. Since 0.1. */
int ktls_cipher_at(size_t i, struct ktls_cipher_info *info);

/**
 * Whether the ULP "tls" can be had. Loads nothing unless @flags has KTLS_PROBE_MAY_LOAD: when the module is not there
 * (no /proc/net/tls_stat) the answer is unknown. After a yes, connections of this process open no file. 0, or negative errno if even that
 * could not be asked. Since 0.1.
 */
int ktls_probe_ulp(unsigned flags, struct ktls_probe_result *res);

/**
 * Whether records of @version (0x0303, 0x0304) and cipher row @cipher (as ktls_cipher_at()) can be carried by the kernel
 * in direction @dir: installs a throw-away key, passes one record and checks it with the other end in user space. Unless
 * @flags has KTLS_PROBE_MAY_LOAD, a cipher that /proc/crypto does not list yet is unknown, because asking would load
 * modules. 0, or negative errno if no loopback connection could be made. Since 0.1.
 */
int ktls_probe_cipher(uint16_t version, size_t cipher, enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res);

/** Whether a TLS 1.3 key can be replaced (kernel 6.14): installs a second one. As above. Since 0.1. */
int ktls_probe_rekey(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res);

/** Whether the record size sent can be limited (TLS_TX_MAX_PAYLOAD_LEN, kernel 6.19). As above. Since 0.1. */
int ktls_probe_max_payload(unsigned flags, struct ktls_probe_result *res);

/**
 * Whether sendfile() may be asked not to copy (TLS_TX_ZEROCOPY_RO, kernel 5.19), which has an effect only where a network
 * card encrypts: sets the option and passes a record from a file. As above. Since 0.1.
 */
int ktls_probe_zero_copy(unsigned flags, struct ktls_probe_result *res);

/**
 * Whether TLS 1.3 records can be opened straight into the reader's memory (TLS_RX_EXPECT_NO_PAD, kernel 6.0): sets the option
 * and passes a record. As above. Since 0.1.
 */
int ktls_probe_no_pad(unsigned flags, struct ktls_probe_result *res);

/** Whether splice() moves records between a pipe and a socket: moves one. As above. Since 0.1. */
int ktls_probe_splice(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
