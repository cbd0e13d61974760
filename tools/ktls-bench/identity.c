/* SPDX-License-Identifier: MIT */
/* Whether two processes are on one machine: digests of what the kernel calls itself. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "ktls-bench/identity.h"

/* A new one at each boot. */
static void boot_id(char *text, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(text, (int)size, f))
		text[0] = '\0';
	if (f)
		fclose(f);
}

static void digest(char out[IDENTITY_LEN], const unsigned char *salt, size_t len, const char *text)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;

	out[0] = '\0';
	if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) && EVP_DigestUpdate(ctx, salt, len) &&
	    EVP_DigestUpdate(ctx, text, strlen(text)) && EVP_DigestFinal_ex(ctx, md, &n))
		for (unsigned i = 0; 2 * i + 2 < IDENTITY_LEN && i < n; i++)
			snprintf(out + (size_t)2 * i, 3, "%02x", md[i]);
	EVP_MD_CTX_free(ctx);
}

void identity_look(struct identity *id, const unsigned char *salt, size_t len)
{
	char text[128], ns[64];
	ssize_t n;

	*id = (struct identity){ "", "" };
	boot_id(text, sizeof(ns));
	if (!text[0])
		return;
	digest(id->machine, salt, len, text);
	/* "net:[4026531840]": of its own only within a kernel. */
	n = readlink("/proc/self/ns/net", ns, sizeof(ns) - 1);
	if (n <= 0)
		return;
	ns[n] = '\0';
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", ns);
	digest(id->network, salt, len, text);
}

bool identity_same(const char *a, const char *b)
{
	return a[0] && strcmp(a, b) == 0;
}
