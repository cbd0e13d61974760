/* SPDX-License-Identifier: MIT */
/* The kernel's drivers for an AEAD, from /proc/crypto. */
#include <string.h>

#include "system/crypto.h"
#include "system/lines.h"

enum {
	FILE_MAX = 1 << 20,
};

/* One entry of the file. */
struct stanza {
	struct line name, driver, module, priority, selftest, internal, type, async;
};

static const struct {
	const char *key;
	size_t offset;
} fields[] = {
	{ "name", offsetof(struct stanza, name) },
	{ "driver", offsetof(struct stanza, driver) },
	{ "module", offsetof(struct stanza, module) },
	{ "priority", offsetof(struct stanza, priority) },
	{ "selftest", offsetof(struct stanza, selftest) },
	{ "internal", offsetof(struct stanza, internal) },
	{ "type", offsetof(struct stanza, type) },
	{ "async", offsetof(struct stanza, async) },
};

/* "key   : value" */
static void take_field(struct stanza *st, struct line line)
{
	const char *colon = memchr(line.s, ':', line.len);
	struct line key, value;

	if (!colon)
		return;
	key = line_trim((struct line){ .s = line.s, .len = (size_t)(colon - line.s) });
	value = line_trim((struct line){ .s = colon + 1, .len = line.len - (size_t)(colon - line.s) - 1 });
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (line_equals(key, fields[i].key))
			*(struct line *)((char *)st + fields[i].offset) = value;
}

/* Entries are parted by empty lines. */
static bool next_stanza(struct lines *lines, struct stanza *st)
{
	struct line line;
	bool any = false;

	*st = (struct stanza){ 0 };
	while (lines_next(lines, &line)) {
		if (line_trim(line).len) {
			take_field(st, line);
			any = true;
		} else if (any) {
			break;
		}
	}
	return any;
}

static bool number(struct line word, int32_t *value)
{
	bool negative = word.len && word.s[0] == '-';
	int32_t n = 0;

	if (word.len == negative)
		return false;
	for (size_t i = negative; i < word.len; i++)
		if (word.s[i] < '0' || word.s[i] > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, word.s[i] - '0', &n))
			return false;
	return negative ? (*value = n, true) : !__builtin_sub_overflow(0, n, value);
}

/* Whether a connection can get it: "internal" ones are parts of others, and untested ones are not handed out. */
static bool is_usable(const struct stanza *st, const char *name)
{
	return line_equals(st->name, name) && line_equals(st->type, "aead") && !line_equals(st->internal, "yes") &&
	       (!st->selftest.len || line_equals(st->selftest, "passed"));
}

int crypto_best(const char *text, size_t len, const char *name, struct crypto_driver *best)
{
	struct lines lines = lines_of(text, len);
	struct crypto_driver d = { 0 };
	struct stanza st;
	int found = 0;

	while (next_stanza(&lines, &st)) {
		if (!is_usable(&st, name) || !number(st.priority, &d.priority) || !st.driver.len ||
		    !line_copy(st.driver, d.driver, sizeof(d.driver)) || !line_copy(st.module, d.module, sizeof(d.module)))
			continue;
		d.async = line_equals(st.async, "yes");
		/* Of equals the kernel takes the one it lists first. */
		if (!found || d.priority > best->priority)
			*best = d;
		found = 1;
	}
	return found;
}

int crypto_read(const struct sysroot *root, char **text, size_t *len)
{
	return sysroot_read(root, "/proc/crypto", FILE_MAX, text, len);
}

/* Parts of names that tell C code (at the end of a part's name) from code for one kind of CPU (anywhere in it). */
static const char *const plain_ends[] = { "-generic", "-fixed-time" };
static const char *const fast_words[] = {
	"aesni", "vaes", "avx",	"ssse3", "sse2", "simd",  "clmul",  "x86_64",	"neon",	"-ce", "arm64",
	"s390",	 "p8_",	 "p10", "ppc",	 "vsx",	 "riscv", "zvk",    "sparc64", "padlock",
};

static bool ends_with(struct line part, const char *end)
{
	size_t len = strlen(end);

	return part.len >= len && memcmp(part.s + part.len - len, end, len) == 0;
}

static enum crypto_speed speed_of_part(struct line part)
{
	for (size_t i = 0; i < sizeof(plain_ends) / sizeof(plain_ends[0]); i++)
		if (ends_with(part, plain_ends[i]))
			return CRYPTO_PLAIN;
	for (size_t i = 0; i < sizeof(fast_words) / sizeof(fast_words[0]); i++)
		if (memmem(part.s, part.len, fast_words[i], strlen(fast_words[i])))
			return CRYPTO_ACCELERATED;
	return CRYPTO_SPEED_UNKNOWN;
}

/* "gcm_base(ctr(aes-generic),ghash-clmulni)" is as slow as its slowest part; frames such as ctr() say nothing. */
enum crypto_speed crypto_speed_of(const char *driver)
{
	enum crypto_speed speed = CRYPTO_SPEED_UNKNOWN;

	for (const char *s = driver; *s;) {
		struct line part = { .s = s, .len = strcspn(s, "(),") };
		enum crypto_speed one = speed_of_part(part);

		if (one == CRYPTO_PLAIN)
			return CRYPTO_PLAIN;
		if (one == CRYPTO_ACCELERATED)
			speed = one;
		s += part.len + (s[part.len] != '\0');
	}
	return speed;
}
