/* SPDX-License-Identifier: MIT */
/* Buffers for data in bulk: made when first needed, given back when idle. */
#ifndef KTLS_BASE_BULK_H
#define KTLS_BASE_BULK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Ordinary memory: what the peers tell each other is in the caller's buffers, too, and no key of ours. Zero-initialise. The user says
 * in @plain how many bytes from the front have ever held payload: they are wiped before the memory goes back.
 */
struct bulk {
	uint8_t *data;			/* NULL while there is none */
	size_t cap;
	size_t plain;
};

/* Makes @b hold @len bytes or more; what is in it is lost if it held fewer. 0 or -ENOMEM, and then it holds none. */
int bulk_need(struct bulk *b, size_t len);

/* Notes that the first @len bytes hold payload. */
void bulk_holds_plain(struct bulk *b, size_t len);

/* Wipes what has to be and gives the memory back; @b can be used again. */
void bulk_free(struct bulk *b);

#endif
