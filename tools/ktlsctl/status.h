/* SPDX-License-Identifier: MIT */
/* ktlsctl status: what is gathered, and the two ways to show it. */
#ifndef KTLSCTL_STATUS_H
#define KTLSCTL_STATUS_H

#include "apps.h"
#include "kernel.h"
#include "system/crypto.h"
#include "system/module_rules.h"
#include "system/nic.h"

enum {
	STATUS_CIPHERS_MAX = 32,
};

/* What the kernel would use for an AEAD. */
struct status_aead {
	const char *name;	/* "gcm(aes)" */
	int found;		/* 1, 0, or negative errno: /proc/crypto cannot be read */
	struct crypto_driver best;
	enum crypto_speed speed;
};

/* What libktls would use for a cipher. */
struct status_engine {
	const char *cipher;	/* "AES-128-GCM" */
	const char *leaf;	/* "aesni-pclmul" */
};

struct status {
	struct kernel_view kernel;
	struct verdict verdict;
	struct module_rules rules;
	struct apps apps;
	struct status_aead aeads[STATUS_CIPHERS_MAX];
	size_t n_aeads;
	struct status_engine engine[STATUS_CIPHERS_MAX];
	size_t n_engine;
	int nics_err;		/* negative errno, -ENODATA: a recorded tree has no devices to ask; then no devices are known */
	struct nic *nics;
	size_t n_nics;
};

/* All but the network devices. 0 or negative errno. */
int status_gather(const struct sysroot *root, struct status *st);

/* The network devices, into what status_gather() has filled or zeroed; status_free() afterwards. */
void status_gather_nics(const struct sysroot *root, struct status *st);
void status_free(struct status *st);

/* 0 or -ENOMEM. */
int status_print_text(const struct status *st, struct out *o);
int status_print_json(const struct status *st, struct out *o);

#endif
