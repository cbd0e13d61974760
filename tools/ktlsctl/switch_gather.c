/* SPDX-License-Identifier: MIT */
/* ktlsctl enable and disable: gathering. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "switch.h"
#include "system/lines.h"
#include "system/loader.h"

enum {
	FILE_MAX = 64 * 1024,
	CPUINFO_MAX = 16 << 20,		/* a kilobyte and more for each of thousands of CPUs */
};

static const char mark[] = "# Written by \"ktlsctl ";

static int look_at_file(const struct sysroot *root, const char *path, enum switch_file *file, char **text)
{
	size_t len;
	int ret = sysroot_read(root, path, FILE_MAX, text, &len);

	if (ret) {
		*text = NULL;
		*file = SWITCH_FILE_NONE;
		/* Too long to be ours, and not ours to look at. */
		if (ret == -EFBIG || ret == -EACCES || ret == -EISDIR) {
			*file = SWITCH_FILE_FOREIGN;
			return 0;
		}
		return ret == -ENOENT || ret == -ENOTDIR ? 0 : ret;
	}
	*file = strncmp(*text, mark, strlen(mark)) == 0 ? SWITCH_FILE_OURS : SWITCH_FILE_FOREIGN;
	return 0;
}

/* "flags		: fpu vme ... aes ..." on x86. */
static bool cpu_has_aes(const struct sysroot *root)
{
	struct lines lines;
	struct line line = { 0 }, word;
	bool found = false;
	char *text;
	size_t len;

	if (sysroot_read(root, "/proc/cpuinfo", CPUINFO_MAX, &text, &len))
		return false;
	lines = lines_of(text, len);
	while (lines_next(&lines, &line))
		if (line_starts_with(line, "flags"))
			break;
	while (!found && (word = line_word(&line)).len)
		found = line_equals(word, "aes");
	free(text);
	return found;
}

int switch_gather(const struct sysroot *root, struct switch_facts *facts)
{
	struct module_facts aesni = { 0 };
	int ret;

	*facts = (struct switch_facts){ 0 };
	ret = kernel_view_gather(root, &facts->kernel);
	if (ret)
		return ret;
	verdict_of(&facts->kernel, &facts->verdict);
	ret = module_look(root, facts->kernel.release, "aesni_intel", &aesni);
	if (ret)
		return ret;
	facts->aesni = module_judge(&aesni);
	facts->cpu_has_aes = cpu_has_aes(root);
	/* libkmod knows only the real configuration. */
	if (!root->dir && loader_install_command("tls", facts->install, sizeof(facts->install)))
		facts->install[0] = '\0';
	ret = look_at_file(root, SWITCH_LOAD_FILE, &facts->load_file, &facts->load_text);
	return ret ? ret : look_at_file(root, SWITCH_DENY_FILE, &facts->deny_file, &facts->deny_text);
}

void switch_facts_free(struct switch_facts *facts)
{
	free(facts->load_text);
	free(facts->deny_text);
	facts->load_text = facts->deny_text = NULL;
}
