/* SPDX-License-Identifier: MIT */
/* ktlsctl probe: what is gathered, and the two ways to show it. */
#ifndef KTLSCTL_PROBE_H
#define KTLSCTL_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ktls/probe.h>

#include "kernel.h"

enum {
	PROBE_CIPHERS_MAX = 32,
	PROBE_VERSIONS = 2,
	PROBE_DIRS = 2,
};

/* A version of TLS that the kernel can carry. */
struct probe_version {
	uint16_t number;	/* on the wire */
	const char *name;	/* "1.3" */
	const char *key;	/* "tls13" */
};

extern const struct probe_version probe_versions[PROBE_VERSIONS];

struct probe_cipher {
	struct ktls_cipher_info info;
	struct ktls_probe_result result[PROBE_VERSIONS][PROBE_DIRS];
};

struct probe_report {
	char release[SYSROOT_RELEASE_MAX];
	struct verdict verdict;
	struct ktls_probe_result ulp;
	bool asked;			/* whether the rest was: without the ULP its answer is all answers */
	struct probe_cipher ciphers[PROBE_CIPHERS_MAX];
	size_t n;
	struct ktls_probe_result rekey[PROBE_DIRS], max_payload;
	bool full;			/* whether the rest was asked for */
	struct ktls_probe_result zero_copy, no_pad, splice[PROBE_DIRS];
};

/* The questions, as libktls answers them; unit tests give answers of their own. */
struct probe_ops {
	int (*cipher_at)(size_t i, struct ktls_cipher_info *info);
	int (*ulp)(unsigned flags, struct ktls_probe_result *res);
	int (*cipher)(uint16_t version, size_t cipher, enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res);
	int (*rekey)(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res);
	int (*max_payload)(unsigned flags, struct ktls_probe_result *res);
	int (*zero_copy)(unsigned flags, struct ktls_probe_result *res);
	int (*no_pad)(unsigned flags, struct ktls_probe_result *res);
	int (*splice)(enum ktls_dir dir, unsigned flags, struct ktls_probe_result *res);
};

extern const struct probe_ops probe_libktls;

/* Whether the cipher exists in probe_versions[@v]: if not, there is nothing to ask or show. */
bool probe_cipher_exists(const struct ktls_cipher_info *info, size_t v);

/*
 * Asks everything. @view is what the files said before; the report's verdict is the one that follows from the trial. A
 * question that could not be put is answered "unknown", with the reason.
 */
void probe_gather(const struct probe_ops *ops, unsigned flags, bool full, const struct kernel_view *view, struct probe_report *r);

/* What a shell condition asks for. */
struct probe_question {
	size_t cipher;			/* row of the cipher table; PROBE_ANY: some cipher */
	size_t version;			/* of probe_versions; PROBE_ANY: some version */
	bool dir[PROBE_DIRS];		/* directions that are wanted; none: both */
};

#define PROBE_ANY SIZE_MAX

/*
 * Asks no more than it takes. KTLS_YES: some cipher and version that the question allows work in all directions that are
 * wanted; else KTLS_UNKNOWN if one of them might, and KTLS_NO if none does.
 */
enum ktls_answer probe_ask(const struct probe_ops *ops, unsigned flags, const struct kernel_view *view,
			   const struct probe_question *q);

/* 0 or -ENOMEM. */
int probe_print_text(const struct probe_report *r, struct out *o);
int probe_print_json(const struct probe_report *r, struct out *o);

#endif
