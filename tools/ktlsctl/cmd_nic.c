/* SPDX-License-Identifier: MIT */
/* ktlsctl nic: which network devices can take TLS off the CPU, and switching it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "ctl.h"
#include "nic.h"
#include "system/caps.h"

enum {
	OPT_TX = 0x100,		/* in the order of enum nic_feature */
	OPT_RX,
	OPT_RECORD,
};

struct wish {
	struct ctl *ctl;
	char *device;
	unsigned mask, on;	/* 1 << enum nic_feature */
};

static const struct argp_option options[] = {
	{ "tx", OPT_TX, "on|off", 0, "Switch offload of sending (takes CAP_NET_ADMIN)", 0 },
	{ "rx", OPT_RX, "on|off", 0, "Switch offload of receiving", 0 },
	{ "record", OPT_RECORD, "on|off", 0, "Switch offload of whole connections (TOE; before Linux 7)", 0 },
	{ 0 },
};

static void take_switch(struct argp_state *state, struct wish *wish, unsigned f, const char *arg)
{
	const bool on = strcmp(arg, "on") == 0;

	if (!on && strcmp(arg, "off") != 0)
		argp_error(state, "--%s takes on or off, not '%s'", options[f].name, arg);
	wish->mask |= 1U << f;
	wish->on = on ? wish->on | 1U << f : wish->on & ~(1U << f);
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = wish->ctl;
		return 0;
	case OPT_TX:
	case OPT_RX:
	case OPT_RECORD:
		take_switch(state, wish, (unsigned)(key - OPT_TX), arg);
		return 0;
	case ARGP_KEY_ARG:
		if (wish->device)
			return ARGP_ERR_UNKNOWN;
		wish->device = arg;
		return 0;
	case ARGP_KEY_END:
		if (wish->mask && !wish->device)
			argp_error(state, "switching takes the name of a device");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &ctl_options, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = take_option,
	.args_doc = "[DEVICE]",
	.doc = "Show which network devices can take TLS off the CPU, whether they are asked to and do, and if not, why not; with "
	       "a device also its driver's counters. Looking needs no rights.\v"
	       "Exit status: 0 shown, or switched, 1 failed, 3 this device or kernel does not have what is to be switched on, "
	       "4 CAP_NET_ADMIN lacks, 5 requested, but it did not follow.",
	.children = children,
};

static int fail(const char *device, int err)
{
	if (!device)
		cli_say("%s", strerror(-err));
	else if (err == -ENODEV)
		cli_say("there is no network device '%s'", device);
	else
		cli_say("%s: %s", device, strerror(-err));
	return ctl_exit_of(err);
}

/* What is to be switched and is not so yet; an exit code if it cannot be. */
static int check(const struct nic_view *v, const struct wish *wish, unsigned *mask)
{
	char why[NIC_WHY_MAX];

	*mask = 0;
	for (unsigned f = 0; f < NIC_FEATURES; f++) {
		const struct nic_feature_state *s = &v->nic.feature[f];
		const bool on = wish->on >> f & 1;

		/* What is on only by wish is switched off, too. */
		if (!(wish->mask >> f & 1) || (s->active == on && s->wanted == on))
			continue;
		if (!on && !s->active && !s->changeable)
			continue;
		if (!s->known || !s->changeable) {
			nic_why(v, (enum nic_feature)f, why);
			cli_say("%s: %s cannot be switched %s: %s", v->nic.name, nic_feature_name((enum nic_feature)f), on ? "on" : "off",
				why[0] ? why : "the driver has it fixed");
			return CTL_UNAVAILABLE;
		}
		*mask |= 1U << f;
	}
	return 0;
}

/* Whether all that was asked for came about; what did not is said. */
static int compare(const struct nic_view *v, const struct wish *wish, unsigned mask)
{
	char why[NIC_WHY_MAX];
	int code = CTL_OK;

	for (unsigned f = 0; f < NIC_FEATURES; f++) {
		if (!(mask >> f & 1) || v->nic.feature[f].active == (wish->on >> f & 1))
			continue;
		nic_why(v, (enum nic_feature)f, why);
		cli_say("%s: %s: %s", v->nic.name, nic_feature_name((enum nic_feature)f), why[0] ? why : "the driver did not follow");
		code = CTL_PARTLY;
	}
	return code;
}

static int change(struct nic_netlink *nl, const struct wish *wish, struct nic_report *r)
{
	unsigned mask;
	int ret = check(&r->views[0], wish, &mask);

	if (ret || !mask)
		return ret;
	if (caps_has_net_admin() != 1) {
		cli_say("switching features of a network device takes the capability CAP_NET_ADMIN");
		return CTL_PERMISSION;
	}
	ret = nic_set(nl, wish->device, mask, wish->on);
	if (ret)
		return fail(wish->device, ret);
	/* That the kernel took it does not mean that it did it. */
	nic_report_free(r);
	ret = nic_gather(nl, &wish->ctl->root, wish->device, r);
	return ret ? fail(wish->device, ret) : compare(&r->views[0], wish, mask);
}

static int show(struct nic_netlink *nl, const struct wish *wish, struct nic_report *r)
{
	int ret = nic_gather(nl, &wish->ctl->root, wish->device, r), code = CTL_OK;

	if (ret)
		return fail(wish->device, ret);
	if (wish->mask)
		code = change(nl, wish, r);
	if (code != CTL_OK && code != CTL_PARTLY)
		return code;
	ret = wish->ctl->json ? nic_print_json(r, &wish->ctl->out) : nic_print_text(r, &wish->ctl->out);
	return ret ? fail(NULL, ret) : code;
}

int cmd_nic(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = { .ctl = ctl };
	int ret = ctl_parse(ctl, &argp, argc, argv, &wish);
	struct nic_report report = { 0 };
	struct nic_netlink *nl;

	if (ret)
		return ret;
	if (ctl->dir) {
		cli_say("nic asks the running kernel; a recorded tree has none");
		return CTL_USAGE;
	}
	ret = nic_netlink_open(&nl);
	if (ret == -EOPNOTSUPP) {
		cli_say("this kernel has no ethtool netlink (Linux 5.6, CONFIG_ETHTOOL_NETLINK)");
		return CTL_UNAVAILABLE;
	}
	if (ret)
		return fail(NULL, ret);
	ret = show(nl, &wish, &report);
	nic_report_free(&report);
	nic_netlink_close(nl);
	return ret;
}
