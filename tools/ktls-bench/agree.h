/* SPDX-License-Identifier: MIT */
/* What client and server say to each other: each message a struct, and JSON. */
#ifndef KTLS_BENCH_AGREE_H
#define KTLS_BENCH_AGREE_H

#include <stdbool.h>

#include "ktls-bench/end.h"
#include "ktls-bench/fields.h"
#include "ktls-bench/identity.h"
#include "ktls-bench/machine.h"

/*
 * A session: parameters, server; then for each measurement sample, accepting, the data connections, ready from the server, go from the
 * client, interval by interval, report from the server; then bye. The client may say stop between sample and report. The server may
 * answer parameters and sample with a refusal.
 */
#define AGREE_PARAMETERS "parameters"
#define AGREE_SERVER "server"
#define AGREE_SAMPLE "sample"
#define AGREE_ACCEPTING "accepting"
#define AGREE_READY "ready"
#define AGREE_GO "go"
#define AGREE_STOP "stop"
#define AGREE_INTERVAL "interval"
#define AGREE_REPORT "report"
#define AGREE_REFUSAL "refusal"
#define AGREE_BYE "bye"

/* More than any measurement has, and far from what could overflow when it is added up. */
#define AGREE_COUNT_MAX (1LL << 52)
#define AGREE_SUM_MAX (1LL << 60)	/* of bytes: a day of the fastest network */

/* Makers return NULL when out of memory. Those that take return 0, or -EPROTO and one line in @why. */

/* A message that says nothing but its name. */
json_t *agree_message(const char *name);
bool agree_is(const json_t *message, const char *name);

/* A message of that name, with these fields. */
json_t *agree_put(const char *name, const struct field *fields, const void *base);

/* What is to be measured. The options point to what is beside them: it stays where it was taken. */
struct agree_parameters {
	struct bench_options options;
	char mode[16], cipher[24], congestion[16];
	char machine[IDENTITY_LEN];	/* the client's */
};

json_t *agree_put_parameters(const struct bench_options *o, const struct identity *client);
int agree_take_parameters(const json_t *message, struct agree_parameters *p, char why[FIELDS_WHY_MAX]);

/* The server's machine, and the certificate of its TLS. */
struct agree_server {
	struct machine machine;
	double clock_hz;
	char congestion[PAIRS_CONGESTION_MAX];
	struct identity identity;
	char certificate[4096];		/* PEM */
};

json_t *agree_put_server(const struct agree_server *s);
int agree_take_server(const json_t *message, struct agree_server *s, char why[FIELDS_WHY_MAX]);

/* A measurement: the case by its id, and a number that no other of the session has. */
struct agree_sample {
	unsigned number;
	char id[48];
};

json_t *agree_put_sample(const struct agree_sample *s);
int agree_take_sample(const json_t *message, struct agree_sample *s, char why[FIELDS_WHY_MAX]);

/* The server's end in one more interval. */
json_t *agree_put_interval(const struct sample *part);
int agree_take_interval(const json_t *message, struct sample *part, char why[FIELDS_WHY_MAX]);

/* What the server's end reports, and what its machine counted. */
json_t *agree_put_report(const struct end_report *r, const struct machine_counters *counted);
int agree_take_report(const json_t *message, struct end_report *r, struct machine_counters *counted, char why[FIELDS_WHY_MAX]);

/* Why something is not done. */
json_t *agree_put_refusal(const char *why);
int agree_take_refusal(const json_t *message, char refusal[CARRIER_WHY_MAX], char why[FIELDS_WHY_MAX]);

#endif
