/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: gathering facts. Loads nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_gather.h"
#include "system/caps.h"
#include "system/lines.h"

/* "flags : fpu ... aes ...", the first CPU's. */
static bool cpu_flags_have(const char *text, size_t len, const char *flag)
{
	struct lines lines = lines_of(text, len);
	struct line line, word;

	while (lines_next(&lines, &line)) {
		if (!line_equals(line_word(&line), "flags"))
			continue;
		while ((word = line_word(&line)).len)
			if (line_equals(word, flag))
				return true;
		return false;
	}
	return false;
}

static bool cpu_has_aes(const struct sysroot *root)
{
	char *text;
	size_t len;
	bool has;

	if (sysroot_read(root, "/proc/cpuinfo", 64 << 20, &text, &len))
		return false;
	has = cpu_flags_have(text, len, "aes");
	free(text);
	return has;
}

static void gather_rights(const struct sysroot *root, struct doctor_facts *facts)
{
	facts->net_admin = root->dir ? -ENOENT : caps_has_net_admin();
	facts->initial_userns = root->dir ? -ENOENT : caps_in_initial_userns();
}

static int gather_aesni(const struct sysroot *root, struct doctor_facts *facts)
{
	int ret = module_look(root, facts->st.kernel.release, "aesni_intel", &facts->aesni);

	facts->aesni_state = module_judge(&facts->aesni);
	facts->cpu_has_aes = cpu_has_aes(root);
	return ret;
}

static void gather_version(const struct sysroot *root, struct doctor_facts *facts)
{
	char version[SYSROOT_RELEASE_MAX];

	sysroot_version(root, version);
	facts->version_err = kernel_version_parse(facts->st.kernel.release, version, &facts->version);
}

int doctor_gather(const struct sysroot *root, const struct probe_ops *ops, struct doctor_facts *facts)
{
	int ret = status_gather(root, &facts->st);

	if (!ret)
		ret = gather_aesni(root, facts);
	if (ret)
		return ret;
	gather_rights(root, facts);
	gather_version(root, facts);
	facts->probed = !root->dir;
	if (facts->probed)
		probe_gather(ops, 0, false, &facts->st.kernel, &facts->probe);
	return 0;
}
