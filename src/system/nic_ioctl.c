/* SPDX-License-Identifier: MIT */
/* What netlink does not have: drivers' names and counters. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/lines.h"
#include "system/nic.h"

enum {
	COUNTERS_MAX = 1 << 16,		/* no driver comes near */
};

static int ask(const char *name, void *command)
{
	struct ifreq req = { .ifr_data = command };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return -errno;
	memcpy(req.ifr_name, name, strnlen(name, sizeof(req.ifr_name) - 1));
	ret = ioctl(fd, SIOCETHTOOL, &req) ? -errno : 0;
	close(fd);
	return ret;
}

void nic_driver(const char *name, char driver[NIC_DRIVER_MAX])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	_Static_assert(sizeof(info.driver) == NIC_DRIVER_MAX, "size of a driver's name");
	if (ask(name, &info))
		info.driver[0] = '\0';
	info.driver[sizeof(info.driver) - 1] = '\0';
	memcpy(driver, info.driver, NIC_DRIVER_MAX);
}

size_t nic_pick_counters(const char *names, const uint64_t *values, size_t n, struct nic_counter *out)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		const char *s = names + i * ETH_GSTRING_LEN;
		struct line name = line_trim((struct line){ .s = s, .len = strnlen(s, ETH_GSTRING_LEN) });

		if (!memmem(name.s, name.len, "tls", 3) || !line_copy(name, out[found].name, sizeof(out[found].name)))
			continue;
		out[found++].value = values[i];
	}
	return found;
}

/* How many counters there are. */
static int count(const char *name, uint32_t *n)
{
	struct ethtool_sset_info *info = calloc(1, sizeof(*info) + sizeof(uint32_t));
	int ret;

	*n = 0;
	if (!info)
		return -ENOMEM;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = UINT64_C(1) << ETH_SS_STATS;
	ret = ask(name, info);
	/* The bit stays set if the driver has such a set. */
	if (!ret && info->sset_mask)
		*n = info->data[0];
	free(info);
	return ret ? ret : *n > COUNTERS_MAX ? -EOVERFLOW : 0;
}

static int fetch(const char *name, uint32_t n, struct ethtool_gstrings *strings, struct ethtool_stats *stats)
{
	int ret;

	*strings = (struct ethtool_gstrings){ .cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = n };
	*stats = (struct ethtool_stats){ .cmd = ETHTOOL_GSTATS, .n_stats = n };
	ret = ask(name, strings);
	if (!ret)
		ret = ask(name, stats);
	/* A device that was reconfigured in between counts something else. */
	return !ret && (strings->len != n || stats->n_stats != n) ? -EAGAIN : ret;
}

static int pick(struct ethtool_gstrings *strings, struct ethtool_stats *stats, uint32_t n, struct nic_counter **list, size_t *found)
{
	struct nic_counter *out = calloc(n, sizeof(*out));
	uint64_t *values = calloc(n, sizeof(*values));

	if (!out || !values) {
		free(out);
		free(values);
		return -ENOMEM;
	}
	memcpy(values, stats->data, n * sizeof(*values));
	*found = nic_pick_counters((const char *)strings->data, values, n, out);
	*list = out;
	free(values);
	return 0;
}

int nic_counters(const char *name, struct nic_counter **list, size_t *found)
{
	struct ethtool_gstrings *strings;
	struct ethtool_stats *stats;
	uint32_t n;
	int ret = count(name, &n);

	*list = NULL;
	*found = 0;
	/* Loopback and others have no counters at all. */
	if (ret || !n)
		return ret == -EOPNOTSUPP ? 0 : ret;
	/* The kernel writes as many as it has, whatever was asked: room for more than it said a moment ago. */
	strings = calloc(1, sizeof(*strings) + 2 * (size_t)n * ETH_GSTRING_LEN);
	stats = calloc(1, sizeof(*stats) + 2 * (size_t)n * sizeof(uint64_t));
	ret = strings && stats ? fetch(name, n, strings, stats) : -ENOMEM;
	if (!ret)
		ret = pick(strings, stats, n, list, found);
	free(strings);
	free(stats);
	return ret;
}
