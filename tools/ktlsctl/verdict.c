/* SPDX-License-Identifier: MIT */
/* The verdict: one state, one line, one piece of advice, one exit code. */
#include <inttypes.h>
#include <stdio.h>

#include "ctl.h"
#include "kernel.h"

static const struct {
	const char *name;
	int exit_code;
	enum out_tone tone;
} states[] = {
	[VERDICT_ACTIVE] = { "active", CTL_OK, OUT_GOOD },
	[VERDICT_AVAILABLE] = { "available", CTL_OK, OUT_GOOD },
	[VERDICT_LOADABLE] = { "loadable", CTL_PARTLY, OUT_WARN },
	[VERDICT_UNAVAILABLE] = { "unavailable", CTL_UNAVAILABLE, OUT_BAD },
	[VERDICT_UNKNOWN] = { "unknown", CTL_UNAVAILABLE, OUT_BAD },
};

/* Sending and receiving are counted apart, so only when they agree is it fair to speak of connections. */
static void say_active(struct verdict *v)
{
	if (v->sending == v->receiving)
		snprintf(v->headline, sizeof(v->headline), "active: %" PRId64 " connection%s", v->sending,
			 v->sending == 1 ? "" : "s");
	else
		snprintf(v->headline, sizeof(v->headline), "active: %" PRId64 " sending, %" PRId64 " receiving",
			 v->sending > 0 ? v->sending : 0, v->receiving > 0 ? v->receiving : 0);
}

static void judge_present(const struct kernel_view *view, struct verdict *v)
{
	const char *how = view->module_state == MODULE_BUILT_IN ? "built in" : "module loaded";

	if (!view->stat_err) {
		v->sending = tls_stat_sending(&view->stat);
		v->receiving = tls_stat_receiving(&view->stat);
	}
	if (v->sending > 0 || v->receiving > 0) {
		v->state = VERDICT_ACTIVE;
		say_active(v);
		return;
	}
	v->state = VERDICT_AVAILABLE;
	snprintf(v->headline, sizeof(v->headline), "available, %s%s", how,
		 v->sending == 0 && v->receiving == 0 ? ", no connection uses it now" : "");
}

static void judge_absent(const struct kernel_view *view, struct verdict *v)
{
	v->state = VERDICT_UNAVAILABLE;
	if (view->config_tls == KCONFIG_NO) {
		snprintf(v->headline, sizeof(v->headline), "not available (this kernel was built without CONFIG_TLS)");
		snprintf(v->advice, sizeof(v->advice), "It takes a kernel that was built with CONFIG_TLS=m or CONFIG_TLS=y.");
		return;
	}
	snprintf(v->headline, sizeof(v->headline), "not available (no module tls is installed for this kernel)");
	snprintf(v->advice, sizeof(v->advice), "Install the modules of Linux %s; some distributions keep tls in a package "
		 "of additional ones.", view->release);
}

void verdict_of(const struct kernel_view *view, struct verdict *v)
{
	*v = (struct verdict){ .sending = -1, .receiving = -1 };
	switch (view->module_state) {
	case MODULE_LOADED:
	case MODULE_BUILT_IN:
		judge_present(view, v);
		break;
	case MODULE_LOADABLE:
		v->state = VERDICT_LOADABLE;
		snprintf(v->headline, sizeof(v->headline),
			 "available, module not loaded (ktlsctl probe --load, or modprobe tls)");
		snprintf(v->advice, sizeof(v->advice), "As root, 'modprobe tls' or 'ktlsctl probe --load' loads it; a file "
			 "/etc/modules-load.d/tls.conf that says tls does at every boot.");
		break;
	case MODULE_ABSENT:
		judge_absent(view, v);
		break;
	case MODULE_UNKNOWN:
	default:
		v->state = VERDICT_UNKNOWN;
		snprintf(v->headline, sizeof(v->headline), "not available (not loaded, and nothing here tells whether it can be)");
		snprintf(v->advice, sizeof(v->advice), "Neither modules nor a configuration of Linux %s are installed here. "
			 "In a container, ask on the host: ktlsctl status there, or modprobe tls.", view->release);
		break;
	}
	v->name = states[v->state].name;
	v->exit_code = states[v->state].exit_code;
}

void verdict_print(const struct verdict *v, struct out *o)
{
	out_text(o, OUT_HEAD, "kernel TLS:");
	out_text(o, OUT_PLAIN, " ");
	out_wrapped(o, states[v->state].tone, 12, 12, v->headline);
}
