/* SPDX-License-Identifier: MIT */
/* The upper layer protocols that TCP sockets can take on now. */
#include <stdlib.h>
#include <string.h>

#include "system/lines.h"
#include "system/ulp.h"

void ulp_parse(const char *text, size_t len, struct ulp_list *list)
{
	struct lines lines = lines_of(text, len);
	struct line line, word;

	list->n = 0;
	while (lines_next(&lines, &line))
		while (list->n < ULP_MAX && (word = line_word(&line)).len)
			list->n += line_copy(word, list->names[list->n], ULP_NAME_MAX);
}

int ulp_read(const struct sysroot *root, struct ulp_list *list)
{
	char *text;
	size_t len;
	int ret = sysroot_read(root, "/proc/sys/net/ipv4/tcp_available_ulp", 4096, &text, &len);

	if (ret)
		return ret;
	ulp_parse(text, len, list);
	free(text);
	return 0;
}

bool ulp_has(const struct ulp_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->names[i], name) == 0)
			return true;
	return false;
}
