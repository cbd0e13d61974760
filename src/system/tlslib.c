/* SPDX-License-Identifier: MIT */
/* Which TLS implementations a program or a library has inside, told from the strings in its file. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/tlslib.h"

enum {
	GO_VERSION_AT = 32,	/* of the version's length, from the magic, in what Go 1.18 and later write */
	GO_INLINE = 2,		/* flag: that is how it is written */
};

/* What is left of the file from a mark on. */
struct rest {
	const char *s;
	size_t len;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Finds @mark in @data and leaves what follows it. */
static bool find(struct rest data, const char *mark, struct rest *after)
{
	const char *at = memmem(data.s, data.len, mark, strlen(mark));

	if (!at)
		return false;
	after->s = at + strlen(mark);
	after->len = data.len - (size_t)(after->s - data.s);
	return true;
}

/* "3.0.19", "1.1.1w", "0.23.12-rc.1": up to what cannot be part of a version. 0 if it is none. */
static size_t version_len(struct rest r)
{
	size_t n = 0, points = 0;

	while (n < r.len && (is_digit(r.s[n]) || (n && strchr(".-+abcdefghijklmnopqrstuvwxyz", r.s[n]) && r.s[n])))
		points += r.s[n++] == '.';
	return points ? n : 0;
}

static void set_version(struct tlslib *t, enum tlslib_kind kind, const char *s, size_t len)
{
	if (t->version[kind][0] || !len || len >= sizeof(t->version[kind]))
		return;
	memcpy(t->version[kind], s, len);
	t->version[kind][len] = '\0';
}

/* Name, version and date in one: "OpenSSL 3.0.19 27 Jan 2026". Names alone stand in comments and messages, too. */
static void scan_dated(struct rest data, enum tlslib_kind kind, const char *mark, struct tlslib *t)
{
	struct rest at;
	size_t n;

	while (find(data, mark, &at)) {
		n = version_len(at);
		/* LibreSSL gives no date. */
		if (n && n < at.len && (kind == TLSLIB_LIBRESSL ? !at.s[n] : n + 1 < at.len && at.s[n] == ' ' && is_digit(at.s[n + 1]))) {
			t->has[kind] = true;
			set_version(t, kind, at.s, n);
			return;
		}
		data = at;
	}
}

static void scan_openssl(struct rest data, struct tlslib *t)
{
	struct rest at;

	scan_dated(data, TLSLIB_OPENSSL, "OpenSSL ", t);
	scan_dated(data, TLSLIB_LIBRESSL, "LibreSSL ", t);
	t->openssl_refuses = t->openssl_refuses || find(data, "ktls disabled", &at);
	t->has_sendfile = t->has_sendfile || find(data, "SSL_sendfile", &at);
}

/* Its sources assert with their file names. */
static void scan_boringssl(struct rest data, struct tlslib *t)
{
	struct rest at;

	if (find(data, "BoringSSL", &at))
		t->has[TLSLIB_BORINGSSL] = true;
}

/* Panics of crates say where they are: ".../rustls-0.23.12/src/conn.rs". */
static void scan_rustls(struct rest data, struct tlslib *t)
{
	struct rest at;
	size_t n;

	while (find(data, "/rustls-", &at)) {
		n = version_len(at);
		if (n && n < at.len && at.s[n] == '/') {
			t->has[TLSLIB_RUSTLS] = true;
			set_version(t, TLSLIB_RUSTLS, at.s, n);
			return;
		}
		data = at;
	}
}

/* The linker's note on how a Go program was built; crypto/tls is among its functions if it is used. */
static void scan_go(struct rest data, struct tlslib *t)
{
	static const char magic[] = "\xff Go buildinf:";
	struct rest at, package;
	size_t skip = GO_VERSION_AT - (sizeof(magic) - 1), len;

	if (!find(data, magic, &at) || !find(data, "crypto/tls.", &package))
		return;
	t->has[TLSLIB_GO] = true;
	if (at.len <= skip || !(at.s[1] & GO_INLINE))
		return;
	len = (uint8_t)at.s[skip];
	if (len < at.len - skip && len > 2 && memcmp(at.s + skip + 1, "go", 2) == 0)
		set_version(t, TLSLIB_GO, at.s + skip + 3, len - 2);
}

void tlslib_scan(const void *data, size_t len, struct tlslib *t)
{
	const struct rest all = { .s = data, .len = len };

	scan_openssl(all, t);
	scan_boringssl(all, t);
	scan_rustls(all, t);
	scan_go(all, t);
}

int tlslib_scan_file(const char *path, struct tlslib *t)
{
	struct stat st;
	void *data;
	int ret = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		ret = -errno;
	} else if (!S_ISREG(st.st_mode)) {
		ret = -EINVAL;
	} else if (st.st_size > 0) {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED) {
			ret = -errno;
		} else {
			tlslib_scan(data, (size_t)st.st_size, t);
			munmap(data, (size_t)st.st_size);
		}
	}
	close(fd);
	return ret;
}

const char *tlslib_name(enum tlslib_kind kind)
{
	static const char *const names[] = {
		[TLSLIB_OPENSSL] = "OpenSSL",
		[TLSLIB_LIBRESSL] = "LibreSSL",
		[TLSLIB_BORINGSSL] = "BoringSSL",
		[TLSLIB_RUSTLS] = "rustls",
		[TLSLIB_GO] = "Go's crypto/tls",
	};

	return names[kind];
}

int tlslib_openssl_receives_13(const char *version)
{
	unsigned major, minor;

	if (sscanf(version, "%u.%u", &major, &minor) != 2)
		return -1;
	return major > 3 || (major == 3 && minor >= 2);
}
