/* SPDX-License-Identifier: MIT */
/* Folders of CA certificates, read before there is a peer. */
#ifndef SESSION_TRUST_H
#define SESSION_TRUST_H

#include <openssl/x509_vfy.h>

/*
 * Trusts the CA certificates of folder @path, whose files are named by hash (openssl-rehash(1)). libssl would open them in mid-handshake,
 * when the process may not open files any more; here they are read at once, and parsed when one is asked for. What cannot be read is
 * left out, as libssl does. 0, -ENOENT if there is no such folder, or another negative errno.
 */
int session_trust_folder(X509_STORE *store, const char *path);

/* The same for the folders that libssl has by itself, or that $SSL_CERT_DIR names. 0 or negative errno. */
int session_trust_default_folders(X509_STORE *store);

#endif
