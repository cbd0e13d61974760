/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor --pid and --port: findings about running processes. */
#ifndef KTLSCTL_DOCTOR_PROCESS_H
#define KTLSCTL_DOCTOR_PROCESS_H

#include "doctor.h"
#include "system/proc_sockets.h"
#include "system/process.h"

/* Facts about a process. */
struct patient {
	struct process p;
	int sockets_err;		/* 0, or why they cannot be looked at */
	struct proc_sockets sockets;
	struct tlslib lib;		/* of libssl and libcrypto if mapped, else of the program itself */
	int lib_err;
	bool is_linked;			/* libssl is mapped */
	struct tls_switch conf;
};

/* 0; -ESRCH; or other negative errno. */
int patient_look(pid_t pid, struct patient *patient);

void doctor_check_process(const struct doctor_facts *facts, const struct patient *patient, struct findings *f);

/*
 * Shakes hands with the server at 127.0.0.1 (or ::1) and @port, as a client that takes every cipher, and says whether the kernel
 * carries what the server chose.
 */
void doctor_check_handshake(const struct doctor_facts *facts, uint16_t port, struct findings *f);

#endif
