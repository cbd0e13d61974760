/* SPDX-License-Identifier: MIT */
/* openssl.cnf and GnuTLS's configuration, and the rules on modules: whatever they say, there is an answer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "system/module_rules.h"
#include "system/tls_switch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	int line = -1;

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	/* libcrypto would go and open files. */
	if (!memmem(text, len, "include", 7) && tls_switch_parse_openssl(text, len, &line) == TLS_SWITCH_ABSENT)
		abort();
	if (tls_switch_parse_gnutls(text, &line) == TLS_SWITCH_ABSENT || line < 0)
		abort();
	module_list_has(text, len, "tls");
	module_install_forbids(text);
	free(text);
	return 0;
}
