/* SPDX-License-Identifier: MIT */
/* The list of known defects: what is taken is complete and comparable, and what is not has a reason. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "system/defects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void use(const struct defects *d)
{
	static const struct {
		const char *release, *version;
	} kernels[] = {
		{ "6.1.100", "" }, { "6.1.0-9-amd64", "Debian 6.1.100-1" }, { "6.8.0-45-generic", "#45-Ubuntu" },
		{ "5.14.0-503.11.1.el9_5.x86_64", "" },
	};
	struct kernel_version v;
	char sound[64];

	for (size_t i = 0; i < d->n; i++) {
		if (!d->list[i].id[0] || !d->list[i].title[0] || !d->list[i].fixed[0])
			abort();
		for (size_t k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
			if (kernel_version_parse(kernels[k].release, kernels[k].version, &v))
				abort();
			defect_concerns(&d->list[i], &v);
			defect_sound_version(&d->list[i], &v, sound, sizeof(sound));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct defects_error error;
	struct kernel_version v;
	struct defects d;
	char *text = malloc(len + 1);

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	if (defects_parse(text, &d, &error)) {
		if (!error.text[0] || d.list)
			abort();
	} else {
		use(&d);
		defects_free(&d);
	}
	kernel_version_parse(text, text, &v);
	if (version_compare(text, text))
		abort();
	free(text);
	return 0;
}
