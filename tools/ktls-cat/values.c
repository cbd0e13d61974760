/* SPDX-License-Identifier: MIT */
/* Values of options. */
#include <errno.h>

#include "cli/args.h"
#include "cli/units.h"
#include "ktls-cat/values.h"

uint64_t value_size(const char *option, const char *arg, uint64_t min, uint64_t max, const char *range)
{
	uint64_t n;
	const int ret = cli_parse_size(arg, &n);

	if (ret == -EINVAL)
		cli_usage_error("--%s: '%s' is no size (4096, 64k, 10M, 2G)", option, arg);
	if (ret || n < min || n > max)
		cli_usage_error("--%s: %s is not between %s", option, arg, range);
	return n;
}

int64_t value_time(const char *option, const char *arg)
{
	int64_t ms;
	const int ret = cli_parse_time(arg, &ms);

	if (ret == -EINVAL)
		cli_usage_error("--%s: '%s' is no time (500ms, 2s, 1m)", option, arg);
	if (ret)
		cli_usage_error("--%s: %s is not between 1ms and 24h", option, arg);
	return ms;
}
