/* SPDX-License-Identifier: MIT */
/*
 * main() of every fuzz target outside a fuzzer: replays the files given as arguments, or those of the target's corpus.
 * To search for new ones: make fuzz_X CC=clang CFLAGS='-g -O1 -fsanitize=fuzzer,address,undefined' CPPFLAGS=-DKTLS_LIBFUZZER=1
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#ifndef KTLS_LIBFUZZER
#define KTLS_LIBFUZZER 0
#endif

#if !KTLS_LIBFUZZER

enum {
	INPUT_MAX = 16 << 20,
};

/* The input goes into memory of exactly its size, so that a sanitizer sees every read beyond it. */
static int replay_stream(FILE *f)
{
	static uint8_t buf[INPUT_MAX];
	size_t len = fread(buf, 1, sizeof(buf), f);
	uint8_t *input = malloc(len ? len : 1);

	if (ferror(f) || !input) {
		free(input);
		return -EIO;
	}
	memcpy(input, buf, len);
	LLVMFuzzerTestOneInput(input, len);
	free(input);
	return 0;
}

/* One line of TAP for each file. */
static int replay_file(const char *path, unsigned *n, unsigned *failed)
{
	FILE *f = fopen(path, "r");
	int ret = f ? replay_stream(f) : -errno;

	if (f)
		fclose(f);
	printf("%s %u - %s\n", ret ? "not ok" : "ok", ++*n, path);
	*failed += ret != 0;
	return ret;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* fuzz_X has its corpus in tests/fuzz/corpus/X of the source. */
static void replay_corpus(const char *program, unsigned *n, unsigned *failed)
{
	const char *source = getenv("KTLS_SOURCE_DIR"), *target = strstr(program, "fuzz_");
	struct dirent **entries;
	char dir[4096], path[4096 + 256];
	int count;

	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", source ? source : ".", target ? target + 5 : program);
	count = scandir(dir, &entries, is_file, alphasort);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		replay_file(path, n, failed);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	unsigned n = 0, failed = 0;

	for (int i = 1; i < argc; i++)
		replay_file(argv[i], &n, &failed);
	if (argc < 2)
		replay_corpus(slash ? slash + 1 : argv[0], &n, &failed);
	printf("1..%u\n", n);
	return failed || !n;
}

#endif
