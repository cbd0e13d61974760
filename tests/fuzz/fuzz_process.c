/* SPDX-License-Identifier: MIT */
/* What /proc says of processes and sockets, and the strings of programs: what comes out is text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "system/agent.h"
#include "system/process.h"
#include "system/tlslib.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_text(const char *text, size_t size)
{
	if (!memchr(text, '\0', size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct process_maps maps;
	struct tlslib lib = { 0 };
	char value[64] = "";

	process_maps_parse(text, len, &maps);
	for (size_t i = 0; i < PROCESS_LIBS; i++)
		check_text(maps.file[i], sizeof(maps.file[i]));
	process_environ_get(text, len, "OPENSSL_CONF", value, sizeof(value));
	check_text(value, sizeof(value));
	if (process_status_net_admin(text, len) < -1 || netlink_count(text, len, 5) < 0)
		abort();
	tlslib_scan(data, len, &lib);
	for (size_t i = 0; i < TLSLIB_KINDS; i++)
		check_text(lib.version[i], sizeof(lib.version[i]));
	return 0;
}
