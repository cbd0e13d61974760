/* SPDX-License-Identifier: MIT */
/* Our own certificate, its chain and its key, from whatever libssl's stores can read. */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "session/identity.h"
#include "session/password.h"
#include "session/source.h"

enum {
	PASSWORD_LEN = 1024,
};

/* What the two sources have given so far. */
struct identity {
	const char *pass;		/* the source of the password, NULL if there is none */
	STACK_OF(X509) *certs;		/* as they came */
	EVP_PKEY *key;
	bool asked;			/* a password was needed */
	bool has_password;		/* it was read already: a descriptor gives it once */
	char password[PASSWORD_LEN];
	struct cli_failure *f;
};

/* libssl would ask on the terminal, or read the password from the data on standard input. */
static int give_password(char *buf, int size, int for_writing, void *arg)
{
	struct identity *id = arg;

	(void)for_writing;
	id->asked = true;
	if (!id->pass)
		return -1;
	if (!id->has_password && session_read_password(id->pass, id->password, sizeof(id->password), id->f))
		return -1;
	id->has_password = true;
	if (strlen(id->password) > (size_t)size)
		return -1;
	memcpy(buf, id->password, strlen(id->password));
	return (int)strlen(id->password);
}

/* "pkcs11:token=x" is for a provider, unless there is such a file. */
static bool is_uri(const char *where)
{
	const char *p = where;

	while (isalnum((unsigned char)*p) || *p == '+' || *p == '-' || *p == '.')
		p++;
	return p != where && *p == ':' && access(where, F_OK) != 0;
}

static bool keep(struct identity *id, OSSL_STORE_INFO *info, bool want_certs, bool want_key)
{
	X509 *cert;

	switch (OSSL_STORE_INFO_get_type(info)) {
	case OSSL_STORE_INFO_CERT:
		if (!want_certs)
			return true;
		cert = OSSL_STORE_INFO_get1_CERT(info);
		if (cert && sk_X509_push(id->certs, cert) > 0)
			return true;
		X509_free(cert);
		return false;
	case OSSL_STORE_INFO_PKEY:
		if (want_key && !id->key)
			id->key = OSSL_STORE_INFO_get1_PKEY(info);
		return true;
	default:
		return true;
	}
}

static bool read_all(struct identity *id, OSSL_STORE_CTX *store, bool want_certs, bool want_key)
{
	bool ok = true;

	/* A key that nobody wants must not be asked a password for. */
	if (want_certs != want_key)
		OSSL_STORE_expect(store, want_key ? OSSL_STORE_INFO_PKEY : OSSL_STORE_INFO_CERT);
	while (ok && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		ok = info ? keep(id, info, want_certs, want_key) : !OSSL_STORE_error(store);
		OSSL_STORE_INFO_free(info);
	}
	return ok;
}

/* Whatever is missing afterwards is the caller's to tell: the queue of libssl has the reason. */
static int load(struct identity *id, const char *where, bool want_certs, bool want_key)
{
	UI_METHOD *ui;
	OSSL_STORE_CTX *store;

	if (!is_uri(where) && session_check_file(where, false, id->f))
		return id->f->code;
	ui = UI_UTIL_wrap_read_pem_callback(give_password, 0);
	if (!ui)
		return cli_fail(id->f, CLI_IO, "out of memory");
	store = OSSL_STORE_open(where, ui, id, NULL, NULL);
	if (!store)
		cli_fail(id->f, CLI_IO, "%s: cannot be opened: %s", where, session_reason());
	else
		read_all(id, store, want_certs, want_key);
	OSSL_STORE_close(store);
	UI_destroy_method(ui);
	return id->f->code;
}

static int check_found(struct identity *id, const char *cert, const char *key)
{
	const bool lacks_cert = sk_X509_num(id->certs) == 0;

	if (!lacks_cert && id->key)
		return 0;
	if (id->asked && !id->pass)
		return cli_fail(id->f, CLI_IO, "%s: the private key is encrypted: give its password with --pass",
				id->key ? cert : key);
	if (id->asked)
		return cli_fail(id->f, CLI_IO, "%s: cannot be decrypted: is the password of --pass right?", id->key ? cert : key);
	if (lacks_cert)
		return cli_fail(id->f, CLI_IO, "%s: no certificate found in it: %s", cert, session_reason());
	return cli_fail(id->f, CLI_IO, "%s: no private key found in it: %s", key, session_reason());
}

/* PKCS#12 and tokens have no order: ours is the one that the key belongs to, and the others are its chain. */
static X509 *take_own(struct identity *id)
{
	for (int i = 0; i < sk_X509_num(id->certs); i++)
		if (X509_check_private_key(sk_X509_value(id->certs, i), id->key) == 1)
			return sk_X509_delete(id->certs, i);
	ERR_clear_error();
	return NULL;
}

static int use(SSL_CTX *ctx, struct identity *id, const char *cert, const char *key)
{
	X509 *own = take_own(id);
	int ok;

	if (!own)
		return cli_fail(id->f, CLI_IO, "%s: this private key does not belong to the certificate", key);
	ok = SSL_CTX_use_cert_and_key(ctx, own, id->key, id->certs, 1);
	X509_free(own);
	return ok == 1 ? 0 : cli_fail(id->f, CLI_IO, "%s: libssl will not use it: %s", cert, session_reason());
}

static int load_and_use(SSL_CTX *ctx, struct identity *id, const char *cert, const char *key)
{
	if (load(id, cert, true, !key))
		return id->f->code;
	if (key && load(id, key, false, true))
		return id->f->code;
	if (!key)
		key = cert;
	if (check_found(id, cert, key))
		return id->f->code;
	ERR_clear_error();
	return use(ctx, id, cert, key);
}

int session_set_identity(SSL_CTX *ctx, const struct session_opts *opts, struct cli_failure *f)
{
	struct identity id = { .pass = opts->pass, .certs = sk_X509_new_null(), .f = f };
	int ret = id.certs ? load_and_use(ctx, &id, opts->cert, opts->key) : cli_fail(f, CLI_IO, "out of memory");

	OPENSSL_cleanse(id.password, sizeof(id.password));
	sk_X509_pop_free(id.certs, X509_free);
	EVP_PKEY_free(id.key);
	return ret;
}
