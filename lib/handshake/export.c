/* SPDX-License-Identifier: MIT */
/* The hand-over: keys and counted sequence numbers out of a finished handshake. */
#include <errno.h>
#include <string.h>

#include <openssl/objects.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "handshake/handshake.h"
#include "handshake/state.h"

enum {
	MASTER_LEN = 48,
	RANDOM_LEN = 32,
};

/* TLS 1.2 has many suites for one record cipher. */
static const struct {
	int nid;
	const char *id;
} ciphers12[] = {
	{ NID_aes_128_gcm, "aes-128-gcm" },
	{ NID_aes_256_gcm, "aes-256-gcm" },
	{ NID_aes_128_ccm, "aes-128-ccm" },
	{ NID_chacha20_poly1305, "chacha20-poly1305" },
	{ NID_aria_128_gcm, "aria-128-gcm" },
	{ NID_aria_256_gcm, "aria-256-gcm" },
};

/* CCM_8 shares its NID with CCM, but its tag has 8 bytes (RFC 6655 section 4): libssl's names tell them apart. */
static bool has_short_tag(const SSL_CIPHER *suite)
{
	const char *name = SSL_CIPHER_get_name(suite);

	return strstr(name, "CCM8") || strstr(name, "CCM_8");
}

static const struct tls_cipher *cipher12(const SSL_CIPHER *suite)
{
	int nid = SSL_CIPHER_get_cipher_nid(suite);

	for (size_t i = 0; i < ARRAY_SIZE(ciphers12); i++)
		if (ciphers12[i].nid == nid && !has_short_tag(suite))
			return tls_cipher_by_id(ciphers12[i].id);
	return NULL;
}

static const struct tls_cipher *cipher13(const SSL_CIPHER *suite)
{
	const struct tls_cipher *c;

	for (size_t i = 0; (c = tls_cipher_at(i)); i++)
		if (c->tls13 && c->suite13 == SSL_CIPHER_get_protocol_id(suite))
			return c;
	return NULL;
}

/* TLS 1.2 suites of SHA-1 age use SHA-256 here, so these two are all; SM3 is neither. */
static bool find_hash(const SSL_CIPHER *suite, enum tls_hash *hash)
{
	const EVP_MD *md = SSL_CIPHER_get_handshake_digest(suite);

	switch (md ? EVP_MD_get_type(md) : NID_undef) {
	case NID_sha256:
		*hash = TLS_HASH_SHA256;
		return true;
	case NID_sha384:
		*hash = TLS_HASH_SHA384;
		return true;
	default:
		return false;
	}
}

/* RFC 6066 section 4: 1 stands for 2^9, 4 for 2^12; libssl has further values for "none". */
static uint16_t max_payload(const SSL_SESSION *session)
{
	uint8_t code = session ? SSL_SESSION_get_max_fragment_length(session) : 0;

	return code >= 1 && code <= 4 ? (uint16_t)(256 << code) : TLS_MAX_PLAINTEXT;
}

static int identify(struct ktls_handshake *hs, struct handover *ho, enum tls_hash *hash)
{
	const SSL_CIPHER *suite = SSL_get_current_cipher(hs->ssl);

	ho->version = (uint16_t)SSL_version(hs->ssl);
	if (ho->version != TLS_1_2 && ho->version != TLS_1_3)
		return errmsg_set(&hs->err, -EPROTONOSUPPORT, "%s was negotiated; TLS 1.2 and 1.3 can be handed over",
				  SSL_get_version(hs->ssl));
	ho->cipher = ho->version == TLS_1_3 ? cipher13(suite) : cipher12(suite);
	if (!ho->cipher || !find_hash(suite, hash))
		return errmsg_set(&hs->err, -EPROTONOSUPPORT, "the cipher suite %s cannot be handed over",
				  SSL_CIPHER_get_name(suite));
	ho->max_payload = max_payload(SSL_get_session(hs->ssl));
	return 0;
}

/*
 * A peer that closed at once makes the server's tickets fail, which libssl forgives in TLS 1.3. Nothing more can be
 * sent there, so what is left half sent matters no more, while what the peer sent can still be read.
 */
static bool tx_is_whole(const struct stream *s)
{
	return scanner_at_boundary(&s->tx.scanner) || s->tx_err;
}

static int check_boundaries(struct ktls_handshake *hs)
{
	const struct stream *s = &hs->stream;

	if (!hs->done || SSL_in_init(hs->ssl))
		return errmsg_set(&hs->err, -EAGAIN, "the handshake is not complete");
	if (SSL_want_write(hs->ssl))
		return errmsg_set(&hs->err, -EAGAIN, "libssl still has bytes to send");
	if (s->foreign)
		return errmsg_set(&hs->err, -EPROTO, "the handshake began with something that is no TLS record");
	if (SSL_pending(hs->ssl) || SSL_has_pending(hs->ssl))
		return errmsg_set(&hs->err, -EPROTO, "libssl has read application data that would be lost");
	if (!scanner_at_boundary(&s->rx.scanner))
		return errmsg_set(&hs->err, -EPROTO, "libssl has read a part of a record that would be lost");
	if (!tx_is_whole(s))
		return errmsg_set(&hs->err, -EPROTO, "libssl has sent a part of a record");
	return 0;
}

static int export_secret(struct ktls_handshake *hs, const struct stream_dir *dir, enum tls_hash hash,
			 const struct tls_cipher *cipher, struct tls_secret *secret, struct tls_keys *keys)
{
	int ret;

	if (!dir->secret.len || dir->secret.hash != hash)
		return errmsg_set(&hs->err, -ENOKEY,
				  "libssl's key log showed no traffic secret: another callback has taken its place");
	ret = tls13_keys_from_secret(&dir->secret, cipher, keys);
	if (ret)
		return errmsg_set(&hs->err, ret, "deriving the traffic keys failed: %s", strerror(-ret));
	keys->seq = dir->scanner.records;
	*secret = dir->secret;
	return 0;
}

static int export13(struct ktls_handshake *hs, enum tls_hash hash, struct handover *ho)
{
	int ret = export_secret(hs, &hs->stream.tx, hash, ho->cipher, &ho->tx_secret, &ho->tx);

	return ret ? ret : export_secret(hs, &hs->stream.rx, hash, ho->cipher, &ho->rx_secret, &ho->rx);
}

static int derive12(struct ktls_handshake *hs, enum tls_hash hash, struct handover *ho)
{
	uint8_t master[MASTER_LEN], client[RANDOM_LEN], server[RANDOM_LEN];
	const SSL_SESSION *session = SSL_get_session(hs->ssl);
	struct tls_keys *client_write = ho->is_server ? &ho->rx : &ho->tx;
	struct tls_keys *server_write = ho->is_server ? &ho->tx : &ho->rx;
	int ret = -ENOKEY;

	if (session && SSL_SESSION_get_master_key(session, master, sizeof(master)) == sizeof(master) &&
	    SSL_get_client_random(hs->ssl, client, sizeof(client)) == sizeof(client) &&
	    SSL_get_server_random(hs->ssl, server, sizeof(server)) == sizeof(server))
		ret = tls12_keys_from_master(hash, ho->cipher, master, client, server, client_write, server_write);
	secret_wipe(master, sizeof(master));
	return ret;
}

/*
 * The explicit nonce goes on from our last record, which is Finished: libssl starts at a random value with GCM and at
 * the sequence number with CCM, and counts up from there, so none comes twice under this key.
 */
static int export12(struct ktls_handshake *hs, enum tls_hash hash, struct handover *ho)
{
	const struct stream *s = &hs->stream;
	int ret;

	/* Each side's Finished is protected, so a direction without a record has lost its count. */
	if (!s->rx.scanner.records || !s->tx.scanner.records)
		return errmsg_set(&hs->err, -EPROTO, "no Finished message was seen after change_cipher_spec");
	ret = derive12(hs, hash, ho);
	if (ret)
		return errmsg_set(&hs->err, ret, "deriving the record keys failed: %s", strerror(-ret));
	ho->tx.seq = s->tx.scanner.records;
	ho->rx.seq = s->rx.scanner.records;
	if (ho->cipher->explicit_len_12)
		store_be64(ho->tx.explicit_nonce, load_be64(scanner_explicit_nonce(&s->tx.scanner)) + 1);
	return 0;
}

int handshake_export(struct ktls_handshake *hs, struct handover *out)
{
	struct handover ho = { .fd = hs->stream.fd, .is_server = SSL_is_server(hs->ssl) };
	enum tls_hash hash = TLS_HASH_SHA256;
	int ret;

	if (hs->dead)
		return hs->dead;
	errmsg_clear(&hs->err);
	ret = check_boundaries(hs);
	if (!ret)
		ret = identify(hs, &ho, &hash);
	if (!ret)
		ret = ho.version == TLS_1_3 ? export13(hs, hash, &ho) : export12(hs, hash, &ho);
	if (!ret)
		*out = ho;
	secret_wipe(&ho, sizeof(ho));
	return ret;
}
