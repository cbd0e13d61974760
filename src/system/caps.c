/* SPDX-License-Identifier: MIT */
/* What this process may do, asked from libcap by the one capability that matters. */
#include <errno.h>
#include <stdlib.h>
#include <sys/capability.h>

#include "system/caps.h"
#include "system/lines.h"
#include "system/sysroot.h"

static int has(cap_value_t cap)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();
	int ret = 0;

	if (!caps)
		return -errno;
	if (cap_get_flag(caps, cap, CAP_EFFECTIVE, &value))
		ret = -errno;
	cap_free(caps);
	return ret ? ret : value == CAP_SET;
}

int caps_has_net_admin(void)
{
	return has(CAP_NET_ADMIN);
}

int caps_has_sys_module(void)
{
	return has(CAP_SYS_MODULE);
}

int caps_drop_net_admin(void)
{
	static const cap_value_t dropped[] = { CAP_NET_ADMIN, CAP_SYS_MODULE };
	static const cap_flag_t sets[] = { CAP_EFFECTIVE, CAP_PERMITTED, CAP_INHERITABLE };
	cap_t caps = cap_get_proc();
	int ret = caps ? 0 : -errno;

	for (size_t i = 0; !ret && i < sizeof(sets) / sizeof(sets[0]); i++)
		if (cap_set_flag(caps, sets[i], sizeof(dropped) / sizeof(dropped[0]), dropped, CAP_CLEAR))
			ret = -errno;
	if (!ret && cap_set_proc(caps))
		ret = -errno;
	if (caps)
		cap_free(caps);
	return ret;
}

int caps_drop_all(void)
{
	cap_t none = cap_init();
	int ret = none ? 0 : -errno;

	if (!ret && cap_set_proc(none))
		ret = -errno;
	if (none)
		cap_free(none);
	return ret;
}

bool caps_is_initial_map(const char *text, size_t len)
{
	static const char *const wanted[] = { "0", "0", "4294967295" };
	struct lines lines = lines_of(text, len);
	struct line line, more;

	if (!lines_next(&lines, &line))
		return false;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!line_equals(line_word(&line), wanted[i]))
			return false;
	return !line_trim(line).len && !lines_next(&lines, &more);
}

int caps_in_initial_userns(void)
{
	const struct sysroot system = { .fd = -1 };
	char *text;
	size_t len;
	int ret = sysroot_read(&system, "/proc/self/uid_map", 64 * 1024, &text, &len);

	/* Without CONFIG_USER_NS there is no map, and one namespace. */
	if (ret)
		return ret == -ENOENT ? 1 : ret;
	ret = caps_is_initial_map(text, len);
	free(text);
	return ret;
}
