/* SPDX-License-Identifier: MIT */
/* What trials of ciphers and of features share. */
#ifndef KTLS_PROBE_TRIAL_H
#define KTLS_PROBE_TRIAL_H

#include <stdbool.h>

#include <ktls/probe.h>

#include "base/attr.h"
#include "record/record.h"
#include "tls/keys.h"

enum {
	TRIAL_WIRE = 128,	/* room for a record of one byte */
	TRIAL_BYTE = 'k',	/* that byte */
};

/* Give the answer and return 0. */
int trial_answer(struct ktls_probe_result *res, enum ktls_answer a, int err, const char *fmt, ...) ATTR_PRINTF(4, 5);
int trial_answer_yes(struct ktls_probe_result *res);

/* Whether /proc/crypto lists @aead: then the kernel need not load or build anything to answer. */
bool trial_crypto_is_listed(const char *aead);

/* 0 to go on; 1 when the ULP's answer already is the answer; or negative errno. */
int trial_ulp_is_missing(unsigned flags, struct ktls_probe_result *res);

/* Keys to throw away; wipe them all the same. */
void trial_keys(const struct tls_cipher *c, uint16_t version, struct tls_keys *keys);

/* Installs the keys at fds[0]. 0 or negative errno with the answer given. */
int trial_install(const int fds[2], enum ktls_dir dir, const struct tls_keys *keys, struct ktls_probe_result *res);

/* One record, with TRIAL_BYTE, through @fd: user space opens or seals it with @r, or the kernel opens it. 0 or negative errno. */
int trial_open_one(int fd, struct record *r);
int trial_seal_one(int fd, struct record *r);
int trial_receive_one(int fd);

#endif
