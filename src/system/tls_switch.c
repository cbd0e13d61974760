/* SPDX-License-Identifier: MIT */
/* The switches with which TLS libraries are told to use kernel TLS: openssl.cnf and GnuTLS's configuration. */
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "system/lines.h"
#include "system/tls_switch.h"

enum {
	FILE_MAX = 1 << 20,
};

const char *tls_switch_name(enum tls_switch_state state)
{
	static const char *const names[] = {
		[TLS_SWITCH_ABSENT] = "absent",
		[TLS_SWITCH_UNSET] = "unset",
		[TLS_SWITCH_OFF] = "off",
		[TLS_SWITCH_ON] = "on",
	};

	return names[state];
}

/* --- openssl.cnf ------------------------------------------------------------ */

/* "ServerPreference,-KTLS": the last word on it counts. */
static enum tls_switch_state option_of(const char *list, enum tls_switch_state before)
{
	for (const char *s = list; *s; s += *s == ',') {
		struct line word = line_trim((struct line){ .s = s, .len = strcspn(s, ",") });
		const bool off = word.len && word.s[0] == '-';

		s += strcspn(s, ",");
		if (word.len && (off || word.s[0] == '+')) {
			word.s++;
			word.len--;
		}
		if (word.len == 4 && strncasecmp(word.s, "KTLS", 4) == 0)
			before = off ? TLS_SWITCH_OFF : TLS_SWITCH_ON;
	}
	return before;
}

/* Sections lead to sections: openssl_conf names one, its ssl_conf another, and that one's system_default the last. */
static enum tls_switch_state search(const CONF *conf)
{
	static const char *const path[] = { "ssl_conf", "system_default" };
	/* NULL: the lines before the first section. */
	const char *section = NCONF_get_string(conf, NULL, "openssl_conf");
	enum tls_switch_state state = TLS_SWITCH_UNSET;
	STACK_OF(CONF_VALUE) *values;

	for (size_t i = 0; section && i < sizeof(path) / sizeof(path[0]); i++)
		section = NCONF_get_string(conf, section, path[i]);
	values = section ? NCONF_get_section(conf, section) : NULL;
	for (int i = 0; values && i < sk_CONF_VALUE_num(values); i++) {
		const CONF_VALUE *v = sk_CONF_VALUE_value(values, i);
		/* "1.Options": what stands before the point only makes names differ. */
		const char *point = strrchr(v->name, '.');

		if (strcasecmp(point ? point + 1 : v->name, "Options") == 0 && v->value)
			state = option_of(v->value, state);
	}
	return state;
}

enum tls_switch_state tls_switch_parse_openssl(const char *text, size_t len, int *line)
{
	enum tls_switch_state state = TLS_SWITCH_UNKNOWN;
	BIO *bio = len <= INT_MAX ? BIO_new_mem_buf(text, (int)len) : NULL;
	CONF *conf = NCONF_new(NULL);
	long at = 0;

	/* Reading and searching leave what went wrong, or was not there, in the queue of errors. */
	ERR_set_mark();
	if (bio && conf && NCONF_load_bio(conf, bio, &at) > 0)
		state = search(conf);
	ERR_pop_to_mark();
	*line = at > 0 && at <= INT_MAX ? (int)at : 0;
	NCONF_free(conf);
	BIO_free(bio);
	return state;
}

/* The file that the libraries of this system read; false if the recorded tree has none. */
static void find_openssl_file(const struct sysroot *root, struct tls_switch *s)
{
	static const char *const places[] = { "/usr/lib/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf" };
	const char *chosen = secure_getenv("OPENSSL_CONF"), *dir = OPENSSL_info(OPENSSL_INFO_CONFIG_DIR);

	if (!root->dir && chosen && *chosen) {
		snprintf(s->file, sizeof(s->file), "%s", chosen);
		return;
	}
	snprintf(s->file, sizeof(s->file), "%s/openssl.cnf", dir ? dir : "/etc/ssl");
	for (size_t i = 0; root->dir && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(s->file, sizeof(s->file), "%s", places[i]);
		if (sysroot_has(root, places[i]) == 1)
			return;
	}
}

/* What cannot be read, by what a library makes of it. */
static void take_read_error(int err, struct tls_switch *s)
{
	s->err = err;
	s->state = err == -ENOENT || err == -ENOTDIR ? TLS_SWITCH_ABSENT : TLS_SWITCH_UNKNOWN;
}

void tls_switch_openssl(const struct sysroot *root, const char *file, struct tls_switch *s)
{
	char *text;
	size_t len;
	int ret;

	*s = (struct tls_switch){ 0 };
	if (file)
		snprintf(s->file, sizeof(s->file), "%s", file);
	else
		find_openssl_file(root, s);
	ret = sysroot_read(root, s->file, FILE_MAX, &text, &len);
	if (ret) {
		take_read_error(ret, s);
		return;
	}
	s->state = tls_switch_parse_openssl(text, len, &s->line);
	if (s->state == TLS_SWITCH_UNKNOWN)
		s->err = -EINVAL;
	free(text);
}

/* --- GnuTLS ----------------------------------------------------------------- */

static int take_gnutls(void *user, const char *section, const char *name, const char *value)
{
	enum tls_switch_state *state = user;

	if (strcasecmp(section, "global") == 0 && strcasecmp(name, "ktls") == 0)
		*state = strcasecmp(value, "true") == 0 ? TLS_SWITCH_ON : TLS_SWITCH_OFF;
	return 1;
}

enum tls_switch_state tls_switch_parse_gnutls(const char *text, int *line)
{
	enum tls_switch_state state = TLS_SWITCH_UNSET;
	int ret = ini_parse_string(text, take_gnutls, &state);

	*line = ret > 0 ? ret : 0;
	return ret ? TLS_SWITCH_UNKNOWN : state;
}

void tls_switch_gnutls(const struct sysroot *root, struct tls_switch *s)
{
	char *text;
	size_t len;
	int ret;

	*s = (struct tls_switch){ .file = "/etc/gnutls/config" };
	ret = sysroot_read(root, s->file, FILE_MAX, &text, &len);
	if (ret) {
		take_read_error(ret, s);
		return;
	}
	s->state = tls_switch_parse_gnutls(text, &s->line);
	if (s->state == TLS_SWITCH_UNKNOWN)
		s->err = -EINVAL;
	free(text);
}
