/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: this machine's TLS libraries and their switches. */
#include <string.h>

#include "doctor.h"

void doctor_check_libssl(const struct doctor_facts *facts, struct findings *f)
{
	const struct apps *a = &facts->st.apps;

	if (!a->libssl_version[0])
		return;
	if (a->libssl_built == 0) {
		find_that(f, FINDING_WARNING, "libssl %s was built without kernel TLS: programs with it cannot use it.",
			  a->libssl_version);
		give_advice(f, "use an OpenSSL that was configured with enable-ktls");
		return;
	}
	if (a->libssl_receives_13 == 0) {
		find_that(f, FINDING_WARNING, "libssl %s never has the kernel receive TLS 1.3, only send it.", a->libssl_version);
		give_advice(f, "use OpenSSL 3.2 or later, or TLS 1.2 where receiving matters");
		return;
	}
	find_that(f, a->libssl_built == 1 ? FINDING_OK : FINDING_UNKNOWN, "libssl %s %s.", a->libssl_version,
		  a->libssl_built == 1 ? "was built with kernel TLS, for both directions" :
		  "does not tell whether it was built with kernel TLS");
}

static void say_unreadable(const struct tls_switch *s, struct findings *f)
{
	if (s->line)
		find_that(f, FINDING_WARNING, "%s:%d is wrong: programs may fail to start, or run without it.", s->file, s->line);
	else
		find_that(f, FINDING_UNKNOWN, "%s cannot be read: %s.", s->file, strerror(-s->err));
}

void doctor_check_openssl_conf(const struct doctor_facts *facts, struct findings *f)
{
	static const char advice[] = "in %s: a line 'openssl_conf = init', then '[init]' 'ssl_conf = ssl', '[ssl]' "
		"'system_default = tls', '[tls]' 'Options = KTLS'; sections that exist are extended";
	const struct tls_switch *s = &facts->st.apps.openssl;

	switch (s->state) {
	case TLS_SWITCH_ON:
		find_that(f, FINDING_OK, "%s has 'Options = KTLS': programs with OpenSSL use kernel TLS.", s->file);
		return;
	case TLS_SWITCH_OFF:
		find_that(f, FINDING_WARNING, "%s has 'Options = -KTLS': programs with OpenSSL do not use kernel TLS.", s->file);
		give_advice(f, "change it to 'Options = KTLS'");
		return;
	case TLS_SWITCH_UNKNOWN:
		say_unreadable(s, f);
		return;
	case TLS_SWITCH_ABSENT:
	case TLS_SWITCH_UNSET:
	default:
		find_that(f, FINDING_WARNING, "%s %s: programs with OpenSSL use kernel TLS only if they ask for it themselves.",
			  s->file, s->state == TLS_SWITCH_ABSENT ? "is not there" : "does not have 'Options = KTLS'");
		give_advice(f, advice, s->file);
		return;
	}
}

void doctor_check_gnutls(const struct doctor_facts *facts, struct findings *f)
{
	const struct tls_switch *s = &facts->st.apps.gnutls;

	switch (s->state) {
	case TLS_SWITCH_ON:
		find_that(f, FINDING_OK, "%s has 'ktls = true': programs with GnuTLS use kernel TLS.", s->file);
		return;
	case TLS_SWITCH_UNKNOWN:
		say_unreadable(s, f);
		return;
	case TLS_SWITCH_ABSENT:
	case TLS_SWITCH_UNSET:
	case TLS_SWITCH_OFF:
	default:
		/* A server that wants kernel TLS is rarely built on GnuTLS: no warning. */
		find_that(f, FINDING_OK, "Programs with GnuTLS do without kernel TLS: no 'ktls = true' in section [global] of %s.",
			  s->file);
		return;
	}
}
