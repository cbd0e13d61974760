/* SPDX-License-Identifier: MIT */
/* What the kernel's files say about its TLS, gathered without asking the kernel to do anything, and the verdict. */
#ifndef KTLSCTL_KERNEL_H
#define KTLSCTL_KERNEL_H

#include "out/out.h"
#include "system/kconfig.h"
#include "system/modules.h"
#include "system/sysroot.h"
#include "system/tls_stat.h"
#include "system/ulp.h"

struct kernel_view {
	char release[SYSROOT_RELEASE_MAX];
	/* The configuration: ->config_err is 0, or why there is none (-ENOENT: nothing installed). */
	int config_err;
	char config_source[sizeof(((struct kconfig *)NULL)->source)];
	enum kconfig_value config_tls, config_tls_device, config_tls_toe;
	/* The module "tls". */
	struct module_facts module;
	enum module_state module_state;
	/* /proc/net/tls_stat: 0 or why not. */
	int stat_err;
	struct tls_stat stat;
	/* net.ipv4.tcp_available_ulp: 0 or why not. */
	int ulp_err;
	struct ulp_list ulps;
};

/* 0, or negative errno when not even the kernel's release can be had. */
int kernel_view_gather(const struct sysroot *root, struct kernel_view *view);

enum verdict_state {
	VERDICT_ACTIVE,		/* there, and connections use it */
	VERDICT_AVAILABLE,	/* there */
	VERDICT_LOADABLE,	/* would be there after loading the module */
	VERDICT_UNAVAILABLE,
	VERDICT_UNKNOWN,	/* not there now, and nothing says whether it could be */
};

struct verdict {
	enum verdict_state state;
	const char *name;	/* for programs; static */
	char headline[160];	/* behind "kernel TLS: " */
	char advice[240];	/* what to do about it; "" if nothing */
	int exit_code;
	int64_t sending, receiving;	/* sockets; -1: not known */
};

void verdict_of(const struct kernel_view *view, struct verdict *v);

/* The headline as text: "kernel TLS: ..." */
void verdict_print(const struct verdict *v, struct out *o);

#endif
