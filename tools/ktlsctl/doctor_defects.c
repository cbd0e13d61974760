/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: known defects of the running kernel. */
#include <string.h>

#include "doctor.h"

static void report(const struct defect *d, const struct kernel_version *v, struct findings *f)
{
	char sound[64];

	find_that(f, FINDING_WARNING, "%s may concern this kernel: %s.", d->id, d->title);
	if (defect_sound_version(d, v, sound, sizeof(sound)))
		give_advice(f, "update the kernel to %s or later; until then: %s", sound, d->avoid);
	else
		give_advice(f, "%s", d->avoid);
}

/* A distribution's number does not tell; its changelog does. */
static void report_unknown(size_t n, const struct kernel_version *v, struct findings *f)
{
	find_that(f, FINDING_UNKNOWN, "Whether %zu known defects are fixed in this kernel, the number %s does not tell.", n,
		  v->package);
	if (v->vendor == KERNEL_RHEL)
		give_advice(f, "rpm -q --changelog kernel-core-$(uname -r) | grep CVE; keep the kernel up to date");
	else
		give_advice(f, "apt changelog linux-image-$(uname -r) | grep CVE; keep the kernel up to date");
}

void doctor_check_defects(const struct doctor_facts *facts, struct findings *f)
{
	size_t concerned = 0, unknown = 0;

	if (facts->st.kernel.module_state == MODULE_ABSENT)
		return;
	if (facts->defects_err) {
		find_that(f, FINDING_UNKNOWN, "The list of known defects cannot be read: %s.", strerror(-facts->defects_err));
		give_advice(f, "install it again, or name one: --defects=FILE");
		return;
	}
	if (facts->version_err) {
		find_that(f, FINDING_UNKNOWN, "The release %s is no version to compare with known defects.", facts->st.kernel.release);
		return;
	}
	for (size_t i = 0; i < facts->defects.n; i++) {
		const struct defect *d = &facts->defects.list[i];
		const enum defect_answer answer = defect_concerns(d, &facts->version);

		if (answer == DEFECT_YES)
			report(d, &facts->version, f);
		concerned += answer == DEFECT_YES;
		unknown += answer == DEFECT_UNKNOWN;
	}
	if (unknown)
		report_unknown(unknown, &facts->version, f);
	if (!concerned && !unknown)
		find_that(f, FINDING_OK, "None of %zu known defects concerns this kernel.", facts->defects.n);
}
