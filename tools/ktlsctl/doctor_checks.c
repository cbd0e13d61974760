/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: the table of checks, and those of the kernel and its module. A new check is a row and a function. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "doctor.h"

static void check_kernel(const struct doctor_facts *facts, struct findings *f)
{
	const struct kernel_view *k = &facts->st.kernel;

	if (k->module_state == MODULE_ABSENT && k->config_tls == KCONFIG_NO) {
		find_that(f, FINDING_FAILED, "Linux %s was built without CONFIG_TLS.", k->release);
		give_advice(f, "boot a kernel that was built with CONFIG_TLS=m or CONFIG_TLS=y");
	} else if (k->module_state == MODULE_ABSENT) {
		find_that(f, FINDING_FAILED, "No module tls is installed for Linux %s.", k->release);
		give_advice(f, "install the package of this kernel that has its modules");
	} else if (k->module_state == MODULE_UNKNOWN) {
		find_that(f, FINDING_FAILED, "Kernel TLS is not loaded, and nothing here tells whether Linux %s could load it.",
			  k->release);
		give_advice(f, "in a container, ask on the host: ktlsctl doctor");
	} else {
		find_that(f, FINDING_OK, "Linux %s has kernel TLS.", k->release);
	}
}

/* Whoever may not load modules, as a server that has dropped its rights, goes without. */
static void say_not_loaded(const struct doctor_facts *facts, struct findings *f)
{
	if (facts->net_admin == 0 || facts->initial_userns == 0)
		find_that(f, FINDING_WARNING, "The module tls is not loaded, and this user may not have it loaded: that takes "
			  "CAP_NET_ADMIN in the initial user namespace.");
	else
		find_that(f, FINDING_WARNING, "The module tls is not loaded: programs without CAP_NET_ADMIN get no kernel TLS.");
	give_advice(f, "sudo modprobe tls");
}

static void check_module(const struct doctor_facts *facts, struct findings *f)
{
	const struct module_rules *rules = &facts->st.rules;
	const bool forbidden = module_install_forbids(rules->install);

	switch (facts->st.kernel.module_state) {
	case MODULE_BUILT_IN:
		find_that(f, FINDING_OK, "Kernel TLS is built in.");
		return;
	case MODULE_LOADED:
		find_that(f, FINDING_OK, "The module tls is loaded.");
		return;
	case MODULE_LOADABLE:
		/* The check of the rules says what to do about them. */
		if (rules->blacklisted || forbidden)
			find_that(f, FINDING_FAILED, "The module tls is not loaded, and the rules of this system keep it out.");
		else
			say_not_loaded(facts, f);
		return;
	case MODULE_ABSENT:
	case MODULE_UNKNOWN:
	default:
		return;
	}
}

static void check_rules(const struct doctor_facts *facts, struct findings *f)
{
	static const char where[] = "/etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d";
	const struct module_rules *rules = &facts->st.rules;
	const enum module_state state = facts->st.kernel.module_state;
	const enum finding_state bad = state == MODULE_LOADED ? FINDING_WARNING : FINDING_FAILED;

	if (state == MODULE_BUILT_IN || state == MODULE_ABSENT)
		return;
	if (module_install_forbids(rules->install)) {
		find_that(f, bad, "modprobe.d says 'install tls %s': nothing can load the module.", rules->install);
		give_advice(f, "find the line with 'grep -rw tls %s' and remove it, unless it is there against CVE-2025-39682", where);
	} else if (rules->install[0]) {
		find_that(f, FINDING_WARNING, "modprobe.d has another command run in place of loading tls: %s", rules->install);
		give_advice(f, "find the line with 'grep -rw tls %s'", where);
	}
	if (rules->blacklisted) {
		find_that(f, bad, "modprobe.d blacklists tls: the kernel does not load it when a program asks for it.");
		give_advice(f, "remove the line that 'grep -rw tls %s' finds, or load it by its name: sudo modprobe tls", where);
	}
	if (!rules->blacklisted && !rules->install[0])
		find_that(f, FINDING_OK, "No rule of modprobe.d stands against the module tls.");
}

static void check_boot(const struct doctor_facts *facts, struct findings *f)
{
	const struct module_rules *rules = &facts->st.rules;
	const enum module_state state = facts->st.kernel.module_state;

	if (state != MODULE_LOADED && state != MODULE_LOADABLE)
		return;
	if (rules->at_boot) {
		find_that(f, FINDING_OK, "%s has the module tls loaded at every boot.", rules->boot_file);
		return;
	}
	find_that(f, FINDING_WARNING, "Nothing loads the module tls at boot; until somebody with CAP_NET_ADMIN uses it, others go "
		  "without.");
	give_advice(f, "echo tls | sudo tee /etc/modules-load.d/tls.conf");
}

static void check_namespace(const struct doctor_facts *facts, struct findings *f)
{
	const struct kernel_view *k = &facts->st.kernel;

	if (facts->initial_userns == 0)
		find_that(f, FINDING_WARNING, "This is a user namespace: nobody in it can have the module tls loaded.");
	if (facts->initial_userns == 0)
		give_advice(f, "load it on the host: sudo modprobe tls");
	if (k->ulp_err == -ENOENT && !k->stat_err) {
		find_that(f, FINDING_WARNING, "This is not the initial network namespace: what is counted here is of this "
			  "namespace alone.");
		give_advice(f, "for the others: nsenter --net --target PID ktlsctl doctor");
	}
}

static void check_ciphers(const struct doctor_facts *facts, struct findings *f)
{
	const struct probe_report *p = &facts->probe;
	size_t no = 0, unknown = 0, yes = 0;

	if (!facts->probed || !p->asked)
		return;
	for (size_t i = 0; i < p->n; i++) {
		for (size_t v = 0; v < PROBE_VERSIONS; v++) {
			const struct ktls_probe_result *r = p->ciphers[i].result[v];

			if (!probe_cipher_exists(&p->ciphers[i].info, v))
				continue;
			no += r[KTLS_TX].answer == KTLS_NO || r[KTLS_RX].answer == KTLS_NO;
			unknown += r[KTLS_TX].answer == KTLS_UNKNOWN || r[KTLS_RX].answer == KTLS_UNKNOWN;
			yes += r[KTLS_TX].answer == KTLS_YES && r[KTLS_RX].answer == KTLS_YES;
		}
	}
	if (yes)
		find_that(f, FINDING_OK, "The kernel carries records of %zu pairs of cipher and version, tried both ways (%zu it does "
			  "not, %zu not tried).", yes, no, unknown);
	else if (unknown)
		find_that(f, FINDING_UNKNOWN, "No cipher could be tried without loading modules.");
	else
		find_that(f, FINDING_FAILED, "The kernel takes no cipher.");
	if (!yes)
		give_advice(f, "sudo ktlsctl probe --load");
}

static void check_rekey(const struct doctor_facts *facts, struct findings *f)
{
	const struct probe_report *p = &facts->probe;

	if (!facts->probed || !p->asked || p->rekey[KTLS_RX].answer != KTLS_NO)
		return;
	find_that(f, FINDING_WARNING, "This kernel cannot replace TLS 1.3 keys: connections end when a peer sends KeyUpdate.");
	give_advice(f, "use Linux 6.14 or later for connections that last; libktls's engine carries on by itself");
}

/* aesni_intel is what gcm(aes) should use on a PC; on some kernels nothing but udev's look at the CPU loads it. */
static void check_crypto(const struct doctor_facts *facts, struct findings *f)
{
	const struct status_aead *gcm = NULL;

	for (size_t i = 0; i < facts->st.n_aeads; i++)
		if (strcmp(facts->st.aeads[i].name, "gcm(aes)") == 0)
			gcm = &facts->st.aeads[i];
	if (facts->cpu_has_aes && facts->aesni_state == MODULE_LOADABLE) {
		find_that(f, FINDING_WARNING, "The CPU has AES instructions, but aesni_intel is not loaded: AES-GCM is slower than "
			  "need be%s%s.", gcm && gcm->found == 1 ? ", by " : "", gcm && gcm->found == 1 ? gcm->best.driver : "");
		give_advice(f, "sudo modprobe aesni_intel; new connections use it");
		return;
	}
	if (!gcm || gcm->found != 1)
		return;
	if (gcm->speed == CRYPTO_PLAIN) {
		find_that(f, FINDING_WARNING, "AES-GCM is carried by generic code: %s.", gcm->best.driver);
		give_advice(f, "load the driver for this CPU's instructions, if it has any");
		return;
	}
	find_that(f, FINDING_OK, "AES-GCM is carried by %s, priority %" PRId32 ".", gcm->best.driver, gcm->best.priority);
}

static void check_errors(const struct doctor_facts *facts, struct findings *f)
{
	const struct kernel_view *k = &facts->st.kernel;
	bool any = false;

	if (k->stat_err)
		return;
	for (size_t i = 0; i < k->stat.n; i++) {
		const struct tls_counter *c = &k->stat.counters[i];

		if (!c->info || c->info->kind != TLS_COUNTER_ERROR || c->value <= 0)
			continue;
		find_that(f, FINDING_WARNING, "%s is %" PRId64 " since the module was loaded: %s.", c->name, c->value,
			  c->info->meaning);
		give_advice(f, "see whether it grows; if so, a peer sends what does not verify, or programs hand over wrong keys");
		any = true;
	}
	if (!any)
		find_that(f, FINDING_OK, "The kernel has counted no errors.");
}

static void check_agent(const struct doctor_facts *facts, struct findings *f)
{
	const struct handshake_agent *a = &facts->st.apps.agent;

	if (a->family != 1)
		return;
	if (a->listening > 0)
		find_that(f, FINDING_OK, "An agent shakes hands for the kernel's own users of TLS (NFS, NVMe over TCP).");
	else if (a->listening == 0)
		find_that(f, FINDING_OK, "No agent (tlshd) shakes hands for NFS and NVMe over TCP, which need one for TLS.");
}

const struct doctor_check doctor_checks[] = {
	{ "kernel", check_kernel, true },
	{ "module", check_module, true },
	{ "rules", check_rules, true },
	{ "boot", check_boot, false },
	{ "namespace", check_namespace, false },
	{ "ciphers", check_ciphers, false },
	{ "rekey", check_rekey, false },
	{ "crypto", check_crypto, false },
	{ "errors", check_errors, false },
	{ "defects", doctor_check_defects, false },
	{ "libssl", doctor_check_libssl, false },
	{ "openssl.cnf", doctor_check_openssl_conf, false },
	{ "gnutls", doctor_check_gnutls, false },
	{ "agent", check_agent, false },
	{ NULL, NULL, false },
};

void doctor_check_machine(const struct doctor_facts *facts, bool for_process, struct findings *f)
{
	for (const struct doctor_check *c = doctor_checks; c->name; c++) {
		if (for_process && !c->concerns_processes)
			continue;
		f->check = c->name;
		c->run(facts, f);
	}
}
