/* SPDX-License-Identifier: MIT */
/* One record at a time, straight from the RFCs over libcrypto's EVP: a second opinion on exported keys. */
#ifndef KTLS_TESTS_PLAIN_RECORD_H
#define KTLS_TESTS_PLAIN_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "tls/keys.h"

enum {
	PLAIN_RECORD_MAX = TLS_HEADER_LEN + TLS_MAX_CIPHERTEXT_12,
};

/* Seals one record with the keys' present state, and moves that on. @wire has room for PLAIN_RECORD_MAX. Its length. */
size_t plain_record_seal(struct tls_keys *keys, uint8_t type, const void *data, size_t len, uint8_t *wire);

/*
 * Opens the whole record @wire and moves the state on. Returns the length of what it wrote to @data, -1 if the tag is
 * wrong; *@type is the content type, in TLS 1.3 the inner one.
 */
int plain_record_open(struct tls_keys *keys, const uint8_t *wire, size_t wire_len, uint8_t *type, uint8_t *data);

/* The same from and to a socket, waiting as long as it takes a peer in this process. */
void plain_record_send(int fd, struct tls_keys *keys, uint8_t type, const void *data, size_t len);
int plain_record_recv(int fd, struct tls_keys *keys, uint8_t *type, uint8_t *data);

#endif
