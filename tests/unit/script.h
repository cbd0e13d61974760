/* SPDX-License-Identifier: MIT */
/* The other end of a conversation, by a script, at the end of a socket pair. */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* First it says something, then it hears something. */
struct step {
	const char *says;
	size_t says_len;
	const char *hears;
	size_t hears_len;
};

/* Both are literals; bytes of any value. */
#define STEP(says, hears)	{ says, sizeof(says) - 1, hears, sizeof(hears) - 1 }

enum {
	SCRIPT_STEPS = 8,
	NEVER = -1,
};

struct script {
	const struct step *steps;	/* ends with an empty one */
	int split;			/* after so many bytes said it waits until all are taken; NEVER */
	int cut;			/* after so many bytes said it says no more; NEVER */
	bool closes;			/* at its end */
	const char *behind;		/* said together with the last piece; NULL: nothing */
	int fd;
	int ours;			/* our end, non-blocking */
	bool misheard;
	pthread_t thread;
};

void script_start(struct script *s);

/* Joins it. Both ends stay open. */
void script_end(struct script *s);
void script_close(struct script *s);

/* Bytes that it says altogether. */
int script_len(const struct step *steps);

#endif
