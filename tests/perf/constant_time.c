/* SPDX-License-Identifier: MIT */
/*
 * Does the time of the engine's AEAD depend on secrets? Two classes of input, in an order left to chance, and Welch's t
 * of their times: for each leaf that runs here, on its real instructions. README.md says how to read it.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include <ktls/aead.h>

#include "welch.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

enum {
	TAG = KTLS_AEAD_TAG_LEN,
	MAX_LEN = 16384,
	MAX_KEY = 32,
	WARM_UP = 1000,			/* measurements that are not counted */
	MIN_MEASUREMENTS = 100,
	MAX_MEASUREMENTS = 100000000,
};

/* What is measured, and the two inputs; all buffers are the same for both classes. */
struct subject {
	const char *leaf, *cipher;
	size_t key_len, len;
	struct ktls_aead *aead;
	uint64_t random;
	double worst;			/* |t| of what must not differ */
	uint8_t key[MAX_KEY], nonce[KTLS_AEAD_NONCE_LEN], aad[5];
	uint8_t in[MAX_LEN], wire[MAX_LEN + TAG], out[MAX_LEN + TAG];
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "constant-time: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

/* --- chance */

/* splitmix64 */
static uint64_t next(struct subject *s)
{
	uint64_t x = s->random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/*
 * Zeros in class 0, chance in class 1, by the same instructions: what differs while inputs are made shows in caches and
 * predictors later.
 */
static void fill(struct subject *s, uint8_t *p, size_t len, unsigned class)
{
	const uint64_t mask = 0 - (uint64_t)class;

	for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
		const uint64_t v = next(s) & mask;

		memcpy(p + i, &v, len - i < sizeof(v) ? len - i : sizeof(v));
	}
}

/* --- inputs of a class, and the work that is timed */

static void make_aead(struct subject *s)
{
	const int ret = ktls_aead_new(&s->aead, s->cipher, s->leaf, s->key, s->key_len);

	if (ret)
		die(s->leaf, strerror(-ret));
}

static void drop_aead(struct subject *s)
{
	ktls_aead_free(s->aead);
	s->aead = NULL;
}

static int seal_to(struct subject *s, uint8_t *to)
{
	return ktls_aead_seal(s->aead, s->nonce, s->aad, sizeof(s->aad), s->in, s->len, to);
}

static int seal(struct subject *s)
{
	return seal_to(s, s->wire);
}

static int unseal(struct subject *s)
{
	return ktls_aead_open(s->aead, s->nonce, s->aad, sizeof(s->aad), s->wire, s->len, s->out);
}

static void same_plaintext(struct subject *s, unsigned class)
{
	(void)class;
	fill(s, s->in, s->len, 1);
}

static void plaintext(struct subject *s, unsigned class)
{
	fill(s, s->in, s->len, class);
}

static void sealed_plaintext(struct subject *s, unsigned class)
{
	fill(s, s->in, s->len, class);
	seal(s);
}

/* A handle anew for each measurement, in either class. */
static void key_alone(struct subject *s, unsigned class)
{
	if (s->aead)
		drop_aead(s);
	fill(s, s->key, s->key_len, class);
}

/* With one record behind it, for pages and caches. */
static void key(struct subject *s, unsigned class)
{
	key_alone(s, class);
	make_aead(s);
	fill(s, s->in, s->len, 1);
	seal_to(s, s->out);
}

static int set_up(struct subject *s)
{
	make_aead(s);
	return 0;
}

/* @at_0, @at_1: the byte of the tag that is wrong in each class, or TAG for none. */
static void wrong_at(struct subject *s, unsigned class, unsigned at_0, unsigned at_1)
{
	fill(s, s->in, s->len, 1);
	seal(s);
	for (unsigned i = 0; i < TAG; i++)
		s->wire[s->len + i] ^= (uint8_t)(((i == at_0) & (class ^ 1)) | ((i == at_1) & class));
}

static void wrong_first_or_last(struct subject *s, unsigned class)
{
	wrong_at(s, class, 0, TAG - 1);
}

static void right_or_wrong_first(struct subject *s, unsigned class)
{
	wrong_at(s, class, TAG, 0);
}

static void right_or_wrong_last(struct subject *s, unsigned class)
{
	wrong_at(s, class, TAG, TAG - 1);
}

/* --- controls: tags in wire and out */

static void tags(struct subject *s, unsigned class)
{
	fill(s, s->wire, TAG, 1);
	memcpy(s->out, s->wire, TAG);
	s->out[0] ^= (uint8_t)(class ^ 1);
	s->out[TAG - 1] ^= (uint8_t)class;
}

/* The mistake that this program must be able to see. */
static int compare_bytes(struct subject *s)
{
	for (size_t i = 0; i < TAG; i++)
		if (((volatile uint8_t *)s->wire)[i] != s->out[i])
			return 1;
	return 0;
}

static int compare_all(struct subject *s)
{
	return CRYPTO_memcmp(s->wire, s->out, TAG);
}

struct experiment {
	const char *name;
	void (*prepare)(struct subject *s, unsigned class);
	int (*timed)(struct subject *s);
	const char *differs;		/* why the classes take different time; NULL if they must not */
};

static const struct experiment controls[] = {
	{ "compare, stops at first difference", tags, compare_bytes, "control: a leak" },
	{ "compare, CRYPTO_memcmp", tags, compare_all, NULL },
};

static const struct experiment experiments[] = {
	{ "seal, both classes alike", same_plaintext, seal, NULL },
	{ "seal, plaintext 0 / random", plaintext, seal, NULL },
	{ "open, plaintext 0 / random", sealed_plaintext, unseal, NULL },
	{ "open, tag wrong first / last byte", wrong_first_or_last, unseal, NULL },
	{ "open, tag right / wrong first byte", right_or_wrong_first, unseal, "public: wipes the output" },
	{ "open, tag right / wrong last byte", right_or_wrong_last, unseal, "public: wipes the output" },
	{ "seal, key 0 / random", key, seal, NULL },
	{ "key set-up, key 0 / random", key_alone, set_up, NULL },
};

/* --- measuring */

static uint64_t now(void)
{
#ifdef __x86_64__
	uint64_t ticks;

	_mm_lfence();
	ticks = __rdtsc();
	_mm_lfence();
	return ticks;
#else
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
#endif
}

static struct timing measure(struct subject *s, const struct experiment *e)
{
	struct timing t = { .class = (unsigned)(next(s) >> 63) };
	uint64_t start;

	e->prepare(s, t.class);
	start = now();
	e->timed(s);
	t.ticks = now() - start;
	return t;
}

static void print_row(const struct subject *s, const struct experiment *e, const struct verdict *v)
{
	char len[16] = "";

	if (s->cipher)
		snprintf(len, sizeof(len), "%zu", s->len);
	printf("%-12s  %-11s  %5s  %-34s  %8.0f  %8.0f  %8.2f  %8.2f  %3.0f%%  %7.2f%s%s\n", s->leaf,
	       s->cipher ? s->cipher : "", len, e->name, v->median[0], v->median[1], v->t, v->t_cropped, v->kept,
	       v->sees, e->differs ? "  " : "", e->differs ? e->differs : "");
	fflush(stdout);
}

static void run(struct subject *s, const struct experiment *e, struct timing *samples, size_t n)
{
	struct verdict v;

	for (size_t i = 0; i < WARM_UP; i++)
		measure(s, e);
	for (size_t i = 0; i < n; i++)
		samples[i] = measure(s, e);
	v = welch(samples, n);
	if (!e->differs)
		s->worst = fmax(s->worst, fabs(v.t_cropped));
	print_row(s, e, &v);
}

static void run_leaf(struct subject *s, struct timing *samples, size_t n)
{
	fill(s, s->key, s->key_len, 1);
	make_aead(s);
	for (size_t i = 0; i < ARRAY_SIZE(experiments); i++)
		run(s, &experiments[i], samples, n);
	drop_aead(s);
}

/* --- which */

static const struct {
	const char *id;
	size_t key_len;
} ciphers[] = {
	{ "aes-128-gcm", 16 },
	{ "aes-256-gcm", 32 },
};

/* On the leaf's short way, the one between, and the long one. */
static const size_t lens[] = { 64, 1024, MAX_LEN };

/* Whether @name is among @names, or these are none. */
static bool is_wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

static void check_names(char **names)
{
	struct ktls_aead_leaf_info info;

	for (; *names; names++) {
		size_t i = 0;

		while (ktls_aead_leaf_at(i, NULL, &info) == 0 && strcmp(info.name, *names) != 0)
			i++;
		if (ktls_aead_leaf_at(i, NULL, &info))
			die(*names, "this build has no such leaf");
		if (!info.usable)
			die(*names, info.why_not);
	}
}

static void run_leaves(struct subject *s, char **names, struct timing *samples, size_t n)
{
	struct ktls_aead_leaf_info info;

	for (size_t i = 0; ktls_aead_leaf_at(i, NULL, &info) == 0; i++) {
		if (!info.usable && is_wanted(info.name, names))
			printf("%-12s  not run: %s\n", info.name, info.why_not);
		if (!info.usable || !is_wanted(info.name, names))
			continue;
		s->leaf = info.name;
		for (size_t c = 0; c < ARRAY_SIZE(ciphers); c++)
			for (size_t l = 0; l < ARRAY_SIZE(lens); l++) {
				s->cipher = ciphers[c].id;
				s->key_len = ciphers[c].key_len;
				s->len = lens[l];
				run_leaf(s, samples, n);
			}
	}
}

static void usage(FILE *to)
{
	fputs("usage: constant-time [-n MEASUREMENTS] [LEAF]...\n"
	      "Times of secret inputs of two classes, and Welch's t.\n"
	      "Default: 100000 measurements for each row, every leaf that runs here.\n", to);
}

static size_t parse_count(const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || n < MIN_MEASUREMENTS || n > MAX_MEASUREMENTS) {
		fprintf(stderr, "constant-time: -n %s: give a number from %d to %d\n", text, MIN_MEASUREMENTS,
			MAX_MEASUREMENTS);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	static struct subject s;
	struct timing *samples;
	size_t n = 100000;
	int opt;

	while ((opt = getopt(argc, argv, "hn:")) != -1) {
		if (opt == 'h') {
			usage(stdout);
			return 0;
		}
		if (opt != 'n') {
			usage(stderr);
			return 2;
		}
		n = parse_count(optarg);
	}
	check_names(argv + optind);
	samples = calloc(n, sizeof(*samples));
	if (!samples)
		die("samples", strerror(ENOMEM));
	s.random = (uint64_t)time(NULL);
	printf("%-12s  %-11s  %5s  %-34s  %8s  %8s  %8s  %8s  %4s  %7s\n", "leaf", "cipher", "bytes", "classes 0 / 1",
	       "median 0", "median 1", "t", "t crop", "kept", "sees");
	s.leaf = "(control)";
	for (size_t i = 0; i < ARRAY_SIZE(controls); i++)
		run(&s, &controls[i], samples, n);
	run_leaves(&s, argv + optind, samples, n);
	printf("farthest from 0 of the rows that must not differ: |t| = %.2f\n", s.worst);
	free(samples);
	return 0;
}
