/* SPDX-License-Identifier: MIT */
/* What this machine's TLS libraries would do with kernel TLS, and the agent of the kernel's own users of it. */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "apps.h"
#include "system/process.h"

/* The libssl that this program runs with is the machine's. Its file tells how it was built. */
static void gather_libssl(struct apps *apps)
{
	struct process_maps maps;
	struct tlslib lib = { 0 };

	snprintf(apps->libssl_version, sizeof(apps->libssl_version), "%s", OpenSSL_version(OPENSSL_VERSION_STRING));
	apps->libssl_receives_13 = tlslib_openssl_receives_13(apps->libssl_version);
	/* Only a reference keeps libssl among the libraries of a program that otherwise leaves TLS to libktls. */
	if (OPENSSL_init_ssl(0, NULL) != 1 || process_maps_read(-1, &maps) || !maps.file[PROCESS_LIBSSL][0] ||
	    tlslib_scan_file(maps.file[PROCESS_LIBSSL], &lib))
		return;
	apps->libssl_built = lib.openssl_refuses ? 0 : lib.has_sendfile ? 1 : -1;
}

void apps_gather(const struct sysroot *root, struct apps *apps)
{
	*apps = (struct apps){
		.libssl_built = -1,
		.libssl_receives_13 = -1,
		.agent = { .family = -ENOENT, .listening = -ENOENT },
	};
	tls_switch_openssl(root, NULL, &apps->openssl);
	tls_switch_gnutls(root, &apps->gnutls);
	if (root->dir)
		return;
	gather_libssl(apps);
	handshake_agent_look(&apps->agent);
}
