/* SPDX-License-Identifier: MIT */
/* Giving up capabilities. */
#include <errno.h>
#include <sys/capability.h>

#include "sandbox/drop.h"

/* Only with CAP_SETPCAP; without it there is nothing that a program could be given, as no_new_privs is set. */
static void empty_bounding_set(void)
{
	for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++)
		if (cap_get_bound(cap) > 0 && cap_drop_bound(cap))
			return;
}

static int set_nothing(cap_t none)
{
	cap_t now;
	int ret;

	if (cap_set_proc(none))
		return -errno;
	/* Where something pretends, as an emulator may. */
	now = cap_get_proc();
	if (!now)
		return -errno;
	ret = cap_compare(now, none) ? -EPERM : 0;
	cap_free(now);
	return ret;
}

int sandbox_drop_capabilities(void)
{
	cap_t none = cap_init();
	int ret;

	if (!none)
		return -errno;
	empty_bounding_set();
	/* Those that a permitted capability has gone from are ambient no longer; this is for the reader. */
	cap_reset_ambient();
	ret = set_nothing(none);
	cap_free(none);
	return ret;
}
