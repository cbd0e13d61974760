/* SPDX-License-Identifier: MIT */
/* Buffers for data in bulk. */
#include <errno.h>
#include <stdlib.h>

#include "base/bulk.h"
#include "base/secret.h"

int bulk_need(struct bulk *b, size_t len)
{
	if (b->cap >= len)
		return 0;
	bulk_free(b);
	b->data = malloc(len);
	if (!b->data)
		return -ENOMEM;
	b->cap = len;
	return 0;
}

void bulk_holds_plain(struct bulk *b, size_t len)
{
	if (len > b->plain)
		b->plain = len;
}

void bulk_free(struct bulk *b)
{
	secret_wipe(b->data, b->plain);
	free(b->data);
	*b = (struct bulk){ 0 };
}
