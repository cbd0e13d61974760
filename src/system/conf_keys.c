/* SPDX-License-Identifier: MIT */
/* The keys of the configuration and what their values look like. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "system/conf_keys.h"
#include "system/lines.h"

static const char *one_of(const char *text, const char *yes, const char *no, const char *complaint, char *value)
{
	if (strcmp(text, yes) != 0 && strcmp(text, no) != 0)
		return complaint;
	snprintf(value, CONF_VALUE_MAX, "%s", text);
	return NULL;
}

static const char *check_yes_no(const struct conf_key *key, const char *text, char value[CONF_VALUE_MAX])
{
	(void)key;
	return one_of(text, "yes", "no", "yes or no", value);
}

static const char *check_on_off(const struct conf_key *key, const char *text, char value[CONF_VALUE_MAX])
{
	(void)key;
	return one_of(text, "on", "off", "on or off", value);
}

/* systemd's environment files and ours have one line for it, in quotes. */
static const char *check_path(const struct conf_key *key, const char *text, char value[CONF_VALUE_MAX])
{
	(void)key;
	if (!*text) {
		value[0] = '\0';
		return NULL;
	}
	if (*text != '/' || text[strlen(text) - 1] == '/' || strlen(text) >= CONF_VALUE_MAX)
		return "the absolute path of a file, up to 159 bytes, or nothing";
	for (const char *s = text; *s; s++)
		if ((unsigned char)*s <= ' ' || strchr("\"'\\$`%", *s) || *s == 0x7f)
			return "a path without blanks, quotes and the characters \\ $ ` %";
	snprintf(value, CONF_VALUE_MAX, "%s", text);
	return NULL;
}

/* Names of congestion control algorithms. */
static const char *check_word(const struct conf_key *key, const char *text, char value[CONF_VALUE_MAX])
{
	(void)key;
	if (!*text || strlen(text) > 15 || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(text))
		return "a name of up to 15 letters, digits, _ and -";
	snprintf(value, CONF_VALUE_MAX, "%s", text);
	return NULL;
}

static bool number(struct line word, const struct conf_key *key, uint64_t *n)
{
	*n = 0;
	for (size_t i = 0; i < word.len; i++)
		if (word.s[i] < '0' || word.s[i] > '9' || __builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, (uint64_t)(word.s[i] - '0'), n))
			return false;
	return word.len && *n >= key->min && *n <= key->max;
}

static bool numbers(const struct conf_key *key, const char *text, unsigned want, bool ascending, char value[CONF_VALUE_MAX])
{
	struct line rest = { .s = text, .len = strlen(text) };
	uint64_t n, last = 0;
	size_t used = 0;

	for (unsigned i = 0; i < want; i++) {
		if (!number(line_word(&rest), key, &n) || (ascending && n < last))
			return false;
		used += (size_t)snprintf(value + used, CONF_VALUE_MAX - used, "%s%llu", i ? " " : "", (unsigned long long)n);
		last = n;
	}
	return !line_word(&rest).len;
}

static const char *check_number(const struct conf_key *key, const char *text, char value[CONF_VALUE_MAX])
{
	return numbers(key, text, 1, false, value) ? NULL : "a number in the range that ktls.conf(5) gives";
}

static const char *check_three(const struct conf_key *key, const char *text, char value[CONF_VALUE_MAX])
{
	return numbers(key, text, 3, true, value) ? NULL : "three numbers of bytes, none smaller than the one before: least, default, most";
}

#define INT_MOST 0x7fffffff
#define UINT_MOST 0xffffffff

/* [sysctl] has what decides how much of a record is in flight, buffered, or split; nothing else of the machine. */
static const struct conf_key keys[] = {
	{ CONF_MODULE, "load", check_yes_no, 0, 0 },
	{ CONF_NIC, "tx", check_on_off, 0, 0 },
	{ CONF_NIC, "rx", check_on_off, 0, 0 },
	{ CONF_NIC, "record", check_on_off, 0, 0 },
	{ CONF_EXPORTER, "textfile", check_path, 0, 0 },
	{ CONF_SYSCTL, "net.core.optmem_max", check_number, 0, INT_MOST },
	{ CONF_SYSCTL, "net.core.rmem_default", check_number, 256, INT_MOST },
	{ CONF_SYSCTL, "net.core.rmem_max", check_number, 256, INT_MOST },
	{ CONF_SYSCTL, "net.core.wmem_default", check_number, 256, INT_MOST },
	{ CONF_SYSCTL, "net.core.wmem_max", check_number, 256, INT_MOST },
	{ CONF_SYSCTL, "net.ipv4.tcp_autocorking", check_number, 0, 1 },
	{ CONF_SYSCTL, "net.ipv4.tcp_congestion_control", check_word, 0, 0 },
	{ CONF_SYSCTL, "net.ipv4.tcp_limit_output_bytes", check_number, 0, INT_MOST },
	{ CONF_SYSCTL, "net.ipv4.tcp_moderate_rcvbuf", check_number, 0, 1 },
	{ CONF_SYSCTL, "net.ipv4.tcp_notsent_lowat", check_number, 0, UINT_MOST },
	{ CONF_SYSCTL, "net.ipv4.tcp_rmem", check_three, 1, INT_MOST },
	{ CONF_SYSCTL, "net.ipv4.tcp_slow_start_after_idle", check_number, 0, 1 },
	{ CONF_SYSCTL, "net.ipv4.tcp_wmem", check_three, 1, INT_MOST },
};

const struct conf_key *conf_key_find(enum conf_section section, const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].section == section && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

int conf_sysctl_value(const char *name, const char *text, char value[CONF_VALUE_MAX])
{
	const struct conf_key *key = conf_key_find(CONF_SYSCTL, name);

	return key && !key->check(key, text, value) ? 0 : -EINVAL;
}

void conf_sysctl_path(const char *key, char *path, size_t size)
{
	snprintf(path, size, "/proc/sys/%s", key);
	for (char *s = path + strlen("/proc/sys/"); *s; s++)
		if (*s == '.')
			*s = '/';
}
