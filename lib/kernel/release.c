/* SPDX-License-Identifier: MIT */
/* What only a kernel's version can tell: defects that no trial shows in time. */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "kernel/kernel.h"

/* First sound patch level of a series; every series from 7.2 on is sound. */
static const struct {
	unsigned major, minor, patch;
} sound[] = {
	{ 6, 1, 190 },
	{ 6, 12, 113 },
};

bool kernel_rx_splice_is_safe(const char *release, const char *version)
{
	unsigned major = 0, minor = 0, patch = 0;
	const char *debian = strstr(version, "Debian ");

	/* Debian 12 calls every 6.1 stable release 6.1.0-N; the true number is in uname's version. */
	if (debian && sscanf(debian, "Debian %u.%u.%u", &major, &minor, &patch) < 2)
		return false;
	if (!debian && sscanf(release, "%u.%u.%u", &major, &minor, &patch) < 2)
		return false;
	if (major > 7 || (major == 7 && minor >= 2))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(sound); i++)
		if (sound[i].major == major && sound[i].minor == minor)
			return patch >= sound[i].patch;
	return false;
}
