/* SPDX-License-Identifier: MIT */
/* The table of commands: a new one is a row here and a file of its own. */
#include <string.h>

#include "ctl.h"

const struct ctl_command ctl_commands[] = {
	{ "ciphers", cmd_ciphers, "", "list the ciphers of kernel TLS and who has them here" },
	{ "config", cmd_config, "ACTION", "compare with the configuration, apply it, go back" },
	{ "disable", cmd_disable, "[--persist]", "unload the module tls, or keep it from being loaded" },
	{ "doctor", cmd_doctor, "[OPTION...]", "say what is wrong, and what to do about it" },
	{ "enable", cmd_enable, "[--persist]", "load the module tls, now or at every boot, too" },
	{ "monitor", cmd_monitor, "", "say when connections, errors and rekeys happen" },
	{ "nic", cmd_nic, "[DEVICE]", "show and switch TLS offload of network devices" },
	{ "probe", cmd_probe, "[OPTION...]", "try what this kernel can carry, and say why not" },
	{ "sockets", cmd_sockets, "", "list the sockets whose TLS the kernel carries" },
	{ "stats", cmd_stats, "[--delta]", "show the kernel's counters, for people or Prometheus" },
	{ "status", cmd_status, "", "say whether kernel TLS is there and in use" },
	{ "help", cmd_help, "[COMMAND]", "show this help, or that of a command" },
	{ "version", cmd_version, "", "show the versions of ktlsctl and libktls" },
	{ NULL, NULL, NULL, NULL },
};

const struct ctl_command *ctl_command_find(const char *name)
{
	for (const struct ctl_command *c = ctl_commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
