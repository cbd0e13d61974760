/* SPDX-License-Identifier: MIT */
/* What this machine's TLS libraries would do with kernel TLS, and the agent of the kernel's own users of it. */
#ifndef KTLSCTL_APPS_H
#define KTLSCTL_APPS_H

#include "system/agent.h"
#include "system/tls_switch.h"
#include "system/tlslib.h"

struct apps {
	char libssl_version[24];	/* "3.0.19"; "": a recorded tree, which has none */
	int libssl_built;		/* with kernel TLS: 1, 0, -1 not known */
	int libssl_receives_13;		/* 1, 0, -1 not known */
	struct tls_switch openssl, gnutls;
	struct handshake_agent agent;
};

void apps_gather(const struct sysroot *root, struct apps *apps);

#endif
