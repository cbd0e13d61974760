/* SPDX-License-Identifier: MIT */
/* Application protocols (ALPN, RFC 7301): what a client offers, and what a server chooses. */
#include <stdint.h>
#include <string.h>

#include "session/alpn.h"

enum {
	NAME_MAX_LEN = 255,	/* a length is one byte */
	WIRE_MAX_LEN = 4096,	/* of a list; nobody has so many protocols */
};

/* The list as it is sent, each name behind its length. NULL when the list is empty, has an empty name or is too long. */
static const uint8_t *to_wire(const char *list, uint8_t wire[WIRE_MAX_LEN], unsigned *len)
{
	*len = 0;
	for (;;) {
		const size_t n = strcspn(list, ",");

		if (n == 0 || n > NAME_MAX_LEN || *len + 1 + n > WIRE_MAX_LEN)
			return NULL;
		wire[*len] = (uint8_t)n;
		memcpy(wire + *len + 1, list, n);
		*len += 1 + (unsigned)n;
		if (!list[n])
			return wire;
		list += n + 1;
	}
}

/* RFC 7301 section 3.2: no_application_protocol when nothing is common. */
static int choose(SSL *ssl, const uint8_t **out, uint8_t *out_len, const uint8_t *in, unsigned in_len, void *arg)
{
	uint8_t wire[WIRE_MAX_LEN], *chosen;
	unsigned len;

	(void)ssl;
	to_wire(arg, wire, &len);
	if (SSL_select_next_proto(&chosen, out_len, wire, len, in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	/* What is chosen must outlive this call: the client's own copy of the name does. */
	for (unsigned i = 0; i < in_len; i += 1U + in[i])
		if (in[i] == *out_len && memcmp(in + i + 1, chosen, *out_len) == 0)
			*out = in + i + 1;
	return SSL_TLSEXT_ERR_OK;
}

int session_set_alpn(SSL_CTX *ctx, const char *list, bool is_server, struct cli_failure *f)
{
	uint8_t wire[WIRE_MAX_LEN];
	unsigned len;

	if (!to_wire(list, wire, &len))
		return cli_fail(f, CLI_USAGE, "--alpn: '%s' is no list of names of 1 to %d bytes with commas between", list,
				NAME_MAX_LEN);
	if (is_server)
		SSL_CTX_set_alpn_select_cb(ctx, choose, (void *)(uintptr_t)list);
	else if (SSL_CTX_set_alpn_protos(ctx, wire, len) != 0)
		return cli_fail(f, CLI_IO, "out of memory");
	return 0;
}
