/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: gathering facts. */
#ifndef KTLSCTL_DOCTOR_GATHER_H
#define KTLSCTL_DOCTOR_GATHER_H

#include "doctor.h"

/* All but the list of defects. @ops asks the kernel, which is not done in a recorded tree. 0 or negative errno. */
int doctor_gather(const struct sysroot *root, const struct probe_ops *ops, struct doctor_facts *facts);

#endif
