/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor --pid and --port: findings about running processes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "doctor_process.h"

/* --- facts --------------------------------------------------------------------- */

static int scan_mapped(const struct process *p, enum process_lib lib, struct tlslib *t)
{
	char path[300];

	process_path(p->pid, p->maps.file[lib], path, sizeof(path));
	return tlslib_scan_file(path, t);
}

static void look_at_libraries(struct patient *x)
{
	const struct process *p = &x->p;
	char exe[64];

	x->is_linked = !p->maps_err && p->maps.file[PROCESS_LIBSSL][0];
	if (x->is_linked) {
		x->lib_err = scan_mapped(p, PROCESS_LIBSSL, &x->lib);
		if (!x->lib_err)
			x->lib_err = scan_mapped(p, PROCESS_LIBCRYPTO, &x->lib);
		return;
	}
	snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)p->pid);
	x->lib_err = tlslib_scan_file(exe, &x->lib);
}

/* The file that its libssl has read, seen from here. */
static void look_at_conf(struct patient *x)
{
	const struct sysroot system = { .fd = -1 };
	char path[300];

	tls_switch_openssl(&system, NULL, &x->conf);
	process_path(x->p.pid, x->p.openssl_conf[0] ? x->p.openssl_conf : x->conf.file, path, sizeof(path));
	tls_switch_openssl(&system, path, &x->conf);
}

int patient_look(pid_t pid, struct patient *x)
{
	int ret;

	*x = (struct patient){ 0 };
	ret = process_look(pid, &x->p);
	if (ret)
		return ret;
	x->sockets_err = proc_sockets_look(pid, &x->sockets);
	look_at_libraries(x);
	look_at_conf(x);
	return 0;
}

/* --- findings ------------------------------------------------------------------ */

#define WHO "%s (process %d)"
#define WHO_IS(x) (x)->p.name, (int)(x)->p.pid

static void advise_root(const struct patient *x, struct findings *f)
{
	give_advice(f, "sudo ktlsctl doctor --pid %d", (int)x->p.pid);
}

static void check_sockets(const struct doctor_facts *facts, const struct patient *x, struct findings *f)
{
	const struct proc_sockets *s = &x->sockets;

	(void)facts;
	if (x->sockets_err) {
		find_that(f, FINDING_UNKNOWN, WHO ": its sockets cannot be looked at: %s.", WHO_IS(x), strerror(-x->sockets_err));
		if (x->sockets_err == -EPERM)
			advise_root(x, f);
	} else if (s->ktls) {
		find_that(f, FINDING_OK, WHO ": %u of %u open TCP connections use kernel TLS (%u sending, %u receiving).", WHO_IS(x),
			  s->ktls, s->established, s->tx, s->rx);
	} else if (s->established) {
		find_that(f, FINDING_WARNING, WHO ": none of %u open TCP connections uses kernel TLS.", WHO_IS(x), s->established);
	} else {
		find_that(f, FINDING_OK, WHO ": it has no TCP connection open now%s.", WHO_IS(x),
			  s->listening ? ", but listens for some" : "");
	}
}

/* What is known of TLS implementations but OpenSSL. */
static const struct {
	enum tlslib_kind kind;
	enum finding_state state;
	const char *why, *advice;
} others[] = {
	{ TLSLIB_GO, FINDING_FAILED, "does not use kernel TLS", "put a proxy that does before it" },
	{ TLSLIB_RUSTLS, FINDING_WARNING, "uses kernel TLS only if the program hands over its keys itself (crate ktls)",
	  "see whether the program has an option for it" },
	{ TLSLIB_BORINGSSL, FINDING_FAILED, "does not use kernel TLS", "put a proxy that does before it" },
	{ TLSLIB_LIBRESSL, FINDING_FAILED, "does not use kernel TLS", "build the program with OpenSSL 3.2 or later" },
};

static void say_openssl(const struct patient *x, struct findings *f)
{
	const char *version = x->lib.version[TLSLIB_OPENSSL], *how = x->is_linked ? "linked" : "linked statically";

	if (x->lib.openssl_refuses) {
		find_that(f, FINDING_FAILED, WHO ": its OpenSSL %s (%s) was built without kernel TLS.", WHO_IS(x), version, how);
		give_advice(f, "use an OpenSSL that was configured with enable-ktls");
	} else if (version[0] && version_compare(version, "3.0") < 0) {
		find_that(f, FINDING_FAILED, WHO ": its OpenSSL %s (%s) is too old for kernel TLS, which came with 3.0.", WHO_IS(x),
			  version, how);
		give_advice(f, "use OpenSSL 3.2 or later");
	} else if (tlslib_openssl_receives_13(version) == 0) {
		find_that(f, FINDING_WARNING, WHO ": its OpenSSL %s (%s) never has the kernel receive TLS 1.3, only send it.",
			  WHO_IS(x), version, how);
		give_advice(f, "use OpenSSL 3.2 or later, or TLS 1.2 where receiving matters");
	} else {
		find_that(f, FINDING_OK, WHO ": it has OpenSSL %s (%s), which can use kernel TLS both ways.", WHO_IS(x),
			  version[0] ? version : "of an unknown version", how);
	}
}

static bool say_other(const struct patient *x, struct findings *f)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const enum tlslib_kind kind = others[i].kind;

		if (!x->lib.has[kind])
			continue;
		find_that(f, others[i].state, WHO ": %s%s%s %s.", WHO_IS(x), tlslib_name(kind), x->lib.version[kind][0] ? " " : "",
			  x->lib.version[kind], others[i].why);
		give_advice(f, "%s", others[i].advice);
		return true;
	}
	return false;
}

static bool has_openssl(const struct patient *x)
{
	return x->is_linked || x->lib.has[TLSLIB_OPENSSL];
}

static void check_library(const struct doctor_facts *facts, const struct patient *x, struct findings *f)
{
	const struct process_maps *maps = &x->p.maps;

	(void)facts;
	if (x->p.maps_err || x->lib_err) {
		find_that(f, FINDING_UNKNOWN, WHO ": its TLS library cannot be looked at: %s.", WHO_IS(x),
			  strerror(x->p.maps_err ? -x->p.maps_err : -x->lib_err));
		if (maps->deleted[PROCESS_LIBSSL] || maps->deleted[PROCESS_LIBCRYPTO])
			give_advice(f, "its libraries were replaced: restart it");
		else
			advise_root(x, f);
		return;
	}
	if (maps->deleted[PROCESS_LIBSSL] || maps->deleted[PROCESS_LIBCRYPTO])
		find_that(f, FINDING_WARNING, WHO ": its libssl was replaced since it started.", WHO_IS(x));
	if (maps->deleted[PROCESS_LIBSSL] || maps->deleted[PROCESS_LIBCRYPTO])
		give_advice(f, "restart it; what is said here is of the new file");
	if (has_openssl(x)) {
		say_openssl(x, f);
	} else if (maps->file[PROCESS_LIBGNUTLS][0]) {
		find_that(f, FINDING_OK, WHO ": it has GnuTLS, which uses kernel TLS if its configuration says so (3.7.3).", WHO_IS(x));
		give_advice(f, "in /etc/gnutls/config: '[global]' and 'ktls = true'");
	} else if (!say_other(x, f)) {
		find_that(f, FINDING_FAILED, WHO ": no TLS library is seen in it.", WHO_IS(x));
		give_advice(f, "look for the process that does its TLS");
	}
}

/* With connections in the kernel the switch is on, wherever it is. */
static void check_switch(const struct doctor_facts *facts, const struct patient *x, struct findings *f)
{
	const bool is_nginx = strcmp(x->p.name, "nginx") == 0;

	(void)facts;
	if (!has_openssl(x) || x->sockets.ktls)
		return;
	if (x->p.conf_err && x->conf.state != TLS_SWITCH_ON) {
		find_that(f, FINDING_UNKNOWN, WHO ": which openssl.cnf it reads cannot be seen: %s.", WHO_IS(x), strerror(-x->p.conf_err));
		advise_root(x, f);
	} else if (x->conf.state == TLS_SWITCH_ON) {
		find_that(f, FINDING_OK, WHO ": its openssl.cnf has 'Options = KTLS'.", WHO_IS(x));
	} else {
		find_that(f, FINDING_WARNING, WHO ": its openssl.cnf, %s, does not have 'Options = KTLS', and whether it asks for "
			  "kernel TLS itself cannot be seen.", WHO_IS(x), x->p.openssl_conf[0] ? x->p.openssl_conf : "the default one");
		give_advice(f, is_nginx ? "in nginx.conf, beside ssl_certificate: ssl_conf_command Options KTLS;" :
			    "see 'ktlsctl doctor' for openssl.cnf, or look for an option of the program; then restart it");
	}
}

static void check_rights(const struct doctor_facts *facts, const struct patient *x, struct findings *f)
{
	if (facts->st.kernel.module_state != MODULE_LOADABLE || x->p.net_admin != 0)
		return;
	find_that(f, FINDING_FAILED, WHO ": it lacks CAP_NET_ADMIN, so the kernel does not load the module tls for it.", WHO_IS(x));
	give_advice(f, "sudo modprobe tls");
}

static void check_netns(const struct doctor_facts *facts, const struct patient *x, struct findings *f)
{
	(void)facts;
	if (x->p.same_netns != 0)
		return;
	find_that(f, FINDING_WARNING, WHO ": it lives in another network namespace, whose counters and sockets are its own.", WHO_IS(x));
	give_advice(f, "sudo nsenter --net --target %d ktlsctl doctor", (int)x->p.pid);
}

static const struct {
	const char *name;
	void (*run)(const struct doctor_facts *facts, const struct patient *x, struct findings *f);
} checks[] = {
	{ "sockets", check_sockets },
	{ "library", check_library },
	{ "openssl.cnf", check_switch },
	{ "rights", check_rights },
	{ "namespace", check_netns },
};

void doctor_check_process(const struct doctor_facts *facts, const struct patient *patient, struct findings *f)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		f->check = checks[i].name;
		checks[i].run(facts, patient, f);
	}
}
