/* SPDX-License-Identifier: MIT */
/* The configuration that the running kernel was built with. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "system/kconfig.h"
#include "system/lines.h"

enum {
	/* A configuration has some 300 KiB, 70 of them packed. */
	PACKED_MAX = 1 << 20,
	TEXT_MAX = 8 << 20,
	GZIP_ONLY = 16,		/* added to the window size it makes zlib take gzip headers alone */
};

static int inflate_all(z_stream *z, char **out, size_t *out_len)
{
	size_t room = 0;
	char *buf = NULL, *more;
	int ret = Z_OK;

	while (ret == Z_OK && room < TEXT_MAX) {
		room = room ? 2 * room : 64 * 1024;
		more = realloc(buf, room + 1);
		if (!more) {
			free(buf);
			return -ENOMEM;
		}
		buf = more;
		z->next_out = (Bytef *)buf + z->total_out;
		z->avail_out = (uInt)(room - z->total_out);
		ret = inflate(z, Z_NO_FLUSH);
	}
	if (ret != Z_STREAM_END) {
		free(buf);
		return ret == Z_OK ? -EFBIG : -EBADMSG;
	}
	*out_len = z->total_out;
	buf[*out_len] = '\0';
	*out = buf;
	return 0;
}

int kconfig_gunzip(const void *in, size_t len, char **out, size_t *out_len)
{
	z_stream z = { .next_in = (Bytef *)in, .avail_in = (uInt)len };
	int ret;

	if (len > PACKED_MAX)
		return -EFBIG;
	if (inflateInit2(&z, MAX_WBITS + GZIP_ONLY) != Z_OK)
		return -ENOMEM;
	ret = inflate_all(&z, out, out_len);
	inflateEnd(&z);
	return ret;
}

static int load_packed(const struct sysroot *root, struct kconfig *config)
{
	char *packed;
	size_t len;
	int ret = sysroot_read(root, config->source, PACKED_MAX, &packed, &len);

	if (ret)
		return ret;
	ret = kconfig_gunzip(packed, len, &config->text, &config->len);
	free(packed);
	return ret;
}

static int load_text(const struct sysroot *root, struct kconfig *config)
{
	return sysroot_read(root, config->source, TEXT_MAX, &config->text, &config->len);
}

/* In the order of trust: the first comes out of the kernel itself. */
static const struct {
	const char *before, *after;	/* the release goes between them, unless @after is NULL */
	int (*load)(const struct sysroot *root, struct kconfig *config);
} places[] = {
	{ "/proc/config.gz", NULL, load_packed },
	{ "/boot/config-", "", load_text },
	{ "/lib/modules/", "/config", load_text },
	{ "/usr/lib/modules/", "/config", load_text },
};

int kconfig_load(const struct sysroot *root, const char *release, struct kconfig *config)
{
	char source[sizeof(config->source)] = "";
	int ret = -ENOENT, err;

	*config = (struct kconfig){ 0 };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(config->source, sizeof(config->source), "%s%s%s", places[i].before, places[i].after ? release : "",
			 places[i].after ? places[i].after : "");
		err = places[i].load(root, config);
		if (!err)
			return 0;
		if (err == -ENOENT || err == -ENOTDIR)
			continue;
		ret = err;
		memcpy(source, config->source, sizeof(source));
	}
	memcpy(config->source, source, sizeof(source));
	return ret;
}

void kconfig_free(struct kconfig *config)
{
	free(config->text);
	config->text = NULL;
}

/* "CONFIG_X=y" for symbol CONFIG_X: the part behind the sign. */
static bool takes_value(struct line line, const char *symbol, struct line *value)
{
	size_t len = strlen(symbol);

	if (!line_starts_with(line, symbol) || line.len <= len || line.s[len] != '=')
		return false;
	value->s = line.s + len + 1;
	value->len = line.len - len - 1;
	return true;
}

enum kconfig_value kconfig_get(const char *text, size_t len, const char *symbol)
{
	struct lines lines = lines_of(text, len);
	bool is_config = false;
	struct line line, value;

	while (lines_next(&lines, &line)) {
		line = line_trim(line);
		is_config = is_config || line_starts_with(line, "CONFIG_") || line_starts_with(line, "# CONFIG_");
		if (!takes_value(line, symbol, &value))
			continue;
		if (line_equals(value, "y"))
			return KCONFIG_YES;
		if (line_equals(value, "m"))
			return KCONFIG_MODULE;
		return line_equals(value, "n") ? KCONFIG_NO : KCONFIG_UNKNOWN;
	}
	/* "# CONFIG_X is not set", or no line at all. */
	return is_config ? KCONFIG_NO : KCONFIG_UNKNOWN;
}

const char *kconfig_value_name(enum kconfig_value value)
{
	static const char *const names[] = {
		[KCONFIG_NO] = "n",
		[KCONFIG_MODULE] = "m",
		[KCONFIG_YES] = "y",
	};

	return names[value];
}
