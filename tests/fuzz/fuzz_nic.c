/* SPDX-License-Identifier: MIT */
/* ethtool's feature messages (bytes as they lie behind the generic header), and the string sets of drivers. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "system/nic.h"

enum {
	NAME_LEN = 32,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void parse_message(const uint8_t *data, size_t len)
{
	struct nic nic;

	if (nic_parse(data, len, &nic))
		return;
	if (!nic.name[0] || strnlen(nic.name, sizeof(nic.name)) == sizeof(nic.name))
		abort();
	for (size_t f = 0; f < NIC_FEATURES; f++)
		if (nic.feature[f].changeable && !nic.feature[f].known)
			abort();
}

static void pick(const uint8_t *data, size_t n)
{
	struct nic_counter *out = calloc(n ? n : 1, sizeof(*out));
	uint64_t *values = calloc(n ? n : 1, sizeof(*values));
	size_t found;

	if (!out || !values)
		abort();
	found = nic_pick_counters((const char *)data, values, n, out);
	if (found > n)
		abort();
	for (size_t i = 0; i < found; i++)
		if (!strstr(out[i].name, "tls") || strnlen(out[i].name, sizeof(out[i].name)) > NAME_LEN)
			abort();
	free(values);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	parse_message(data, len);
	pick(data, len / NAME_LEN);
	return 0;
}
