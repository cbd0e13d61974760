/* SPDX-License-Identifier: MIT */
/* Registrations with libcrypto. */
#include <stdbool.h>

#include <openssl/crypto.h>

#include "handshake/bio.h"
#include "handshake/registry.h"
#include "handshake/secrets.h"

/*
 * The library's only static state. libcrypto hands out BIO types and ex_data indexes for the life of the process and
 * never takes them back, so they are asked for once; nothing here changes afterwards.
 */
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static struct registry registry;
static bool registered;

/* A copy made by SSL_dup() is no connection of ours. */
static int forget_in_copy(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **from_d, int index, long argl,
			  void *argp)
{
	(void)to;
	(void)from;
	(void)index;
	(void)argl;
	(void)argp;
	*from_d = NULL;
	return 1;
}

static void register_all(void)
{
	registry.method = stream_bio_method_new();
	registry.ctx_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, keylog_chain_free);
	registry.ssl_index = SSL_get_ex_new_index(0, NULL, NULL, forget_in_copy, NULL);
	registered = registry.method && registry.ctx_index >= 0 && registry.ssl_index >= 0;
}

const struct registry *registry_get(void)
{
	return CRYPTO_THREAD_run_once(&once, register_all) && registered ? &registry : NULL;
}
