/* SPDX-License-Identifier: MIT */
/* Who computes for libssl. */
#ifndef SESSION_PROVIDER_H
#define SESSION_PROVIDER_H

/*
 * The name of a provider that is loaded and not OpenSSL's own: it may open files, speak to a token or to a daemon in the handshake. NULL if
 * there is none. Asked after session_new(), when all are loaded.
 */
const char *session_foreign_provider(void);

#endif
