/* SPDX-License-Identifier: MIT */
/* A running process, as far as its use of TLS goes: /proc/PID. */
#ifndef SYSTEM_PROCESS_H
#define SYSTEM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Files that tell by whom a process has its TLS done. */
enum process_lib {
	PROCESS_LIBSSL,
	PROCESS_LIBCRYPTO,
	PROCESS_LIBGNUTLS,
	PROCESS_LIBNSS,
	PROCESS_LIBS,
};

struct process_maps {
	char file[PROCESS_LIBS][256];	/* "" if none is mapped */
	bool deleted[PROCESS_LIBS];	/* replaced on disk since */
};

struct process {
	pid_t pid;
	char name[17];
	int maps_err;			/* 0, or why they cannot be read */
	struct process_maps maps;
	int conf_err;			/* 0, or why its environment cannot be read */
	char openssl_conf[256];		/* its OPENSSL_CONF, "" if it has none */
	int net_admin;			/* whether CAP_NET_ADMIN is in effect: 1, 0, -1 not known */
	int same_netns;			/* whether it lives in this process's network namespace: 1, 0, -1 not known */
};

/* 0; -ESRCH if there is no such process; or negative errno. */
int process_look(pid_t pid, struct process *p);

/* Text of /proc/PID/maps: the first file of each library. */
void process_maps_parse(const char *text, size_t len, struct process_maps *maps);

/* @pid -1: this process. 0 or negative errno. */
int process_maps_read(pid_t pid, struct process_maps *maps);

/* The value of variable @name in the bytes of /proc/PID/environ. False if it is not there or does not fit. */
bool process_environ_get(const char *text, size_t len, const char *name, char *value, size_t size);

/* CAP_NET_ADMIN in the line CapEff of the text of /proc/PID/status: 1, 0, -1 not known. */
int process_status_net_admin(const char *text, size_t len);

/* The path by which @file of process @pid is opened from here, whatever its root is. */
void process_path(pid_t pid, const char *file, char *path, size_t size);

#endif
