/* SPDX-License-Identifier: MIT */
/* What a run is to do. */
#ifndef KTLS_BENCH_OPTIONS_H
#define KTLS_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ktls-bench/carrier.h"
#include "ktls-bench/mode.h"
#include "net/addr.h"
#include "net/url.h"
#include "session/session.h"

enum {
	BENCH_RUNS_MAX = 1000,
	BENCH_STREAMS_MAX = 64,
	BENCH_CONNECTIONS_MAX = 2 * BENCH_STREAMS_MAX,
	BENCH_INTERVALS_MAX = 3600,
	BENCH_EVERY_MAX = 8,
	BENCH_SIZES_MAX = 16,
	BENCH_CPU_MAX = 1023,		/* the highest that cpu_set_t has */
	/* Fewer could not be told from the pages that memory comes in; more do not have ports. */
	BENCH_HELD_MIN = 100,
	BENCH_HELD_MAX = 65535,
	/* Bytes: of data in a record, handed over at once, of a socket's buffer. */
	BENCH_RECORD_MIN = 512,
	BENCH_RECORD_MAX = 16384,
	BENCH_LENGTH_MAX = 64 << 20,
	BENCH_WINDOW_MIN = 1024,
	BENCH_WINDOW_MAX = 1 << 30,
};

#define BENCH_BYTES_MAX (1LL << 50)		/* of a connection, and between KeyUpdates */
#define BENCH_RATE_MAX 1000000000000000LL	/* bits or requests a second */
#define BENCH_PORT "5202"			/* iperf3 has 5201 */

/* What was given besides TAKES_...: words. */
enum {
	GIVEN_MODE = 1 << 20,
	GIVEN_URL = 1 << 21,
};

struct peer_kind;

struct bench_options {
	const struct bench_mode *mode;
	const struct peer_kind *peer;		/* a foreign server, at @url; NULL: a server of our own */
	struct net_url url;
	struct session_opts trust;		/* how it is verified */
	int64_t wait_ms;			/* patience with it */
	const char *cases;			/* names, with commas between: each of them must run; NULL: all that can */
	int tls_version;
	const char *cipher;
	uint16_t record;
	size_t length;				/* bytes a write; with sizes the largest of them */
	uint64_t sizes[BENCH_SIZES_MAX];	/* of writes or records, a case each, rising */
	unsigned n_sizes;			/* 0: all have @length */
	int64_t time_ms, omit_ms;		/* of a sample */
	int64_t interval_ms;			/* of it, shown by themselves; 0: none */
	uint64_t bytes;				/* of a sample, instead of a time; 0: time */
	double rate;				/* of a stream: bits or requests a second; 0: as fast as it goes */
	uint64_t every[BENCH_EVERY_MAX];	/* bytes between KeyUpdates, a case each, rising */
	unsigned n_every;
	unsigned operations;			/* 1 << WORK_..., each */
	size_t batch;				/* records in a batch; 0: as many as are BATCH_BYTES */
	bool hot;				/* the same record over and over, instead of one after another */
	const char *ipsec_mb;			/* its shared library; NULL: it is not compared with */
	bool in_place;				/* records are also sealed and opened in place */
	unsigned streams, runs;
	unsigned connections;			/* open at once, where the mode has that */
	size_t window;				/* socket buffers; 0: the system's */
	const char *congestion;			/* "": what the system has */
	int cpu[2];				/* that the client's end is bound to, and the server's; -1: any */
	bool reverse;				/* the TLS server sends */
	bool bidir;				/* so many streams again in the other direction */
	bool zerocopy;				/* what is sent comes out of a file, by sendfile() where there is one */
	bool coalesce;				/* what is sent may wait for more, where there is such a thing */
	bool verify_data;
	bool json, json_stream;
	const char *logfile;			/* instead of standard output; NULL: that */
	const char *csv, *plot, *baseline, *title, *colour;
	double fail_below;			/* per cent of the baseline; 0: no limit */
	const char *needs_peer;			/* the last option given that only a foreign server has a use for */
	unsigned given;				/* TAKES_..., GIVEN_...: what was asked for */
	const char *of_connections;		/* an option that was given and says something of connections; NULL: none was */

	/* The other machine. */
	bool server;				/* serves clients */
	bool one_off;				/* one of them */
	const char *client;			/* the server's host; NULL: loopback */
	const char *port, *bind;		/* as they were given; NULL: they were not */
	struct net_addr addr;			/* where to connect, or to listen */
	struct net_addr source;			/* of a client, where @bind is given */
	int family;				/* AF_UNSPEC, AF_INET, AF_INET6 */
	int64_t connect_ms;
	const char *for_clients;		/* the first option given that a server does not have; NULL: none */
};

/* How many connections a measurement has, each with a thread at either end. */
static inline unsigned bench_connections(const struct bench_options *o)
{
	return o->bidir ? 2 * o->streams : o->streams;
}

/* Bytes that a case hands over at once. */
static inline size_t bench_length(const struct bench_options *o, const struct bench_case *what)
{
	return what->size ? what->size : o->length;
}

/*
 * Whether the mode has all that was asked for, and the numbers go together; fills in the lengths that were left to the mode. False, and
 * why not in @why.
 */
bool bench_options_fit(struct bench_options *o, char *why, size_t size);

/* Whether what was asked for goes with a server or a client, where it is one, and with which addresses. Mistakes do not return. */
void bench_fit_to_role(struct bench_options *o);

/* Parses the command line; mistakes do not return. */
void bench_parse_options(struct bench_options *o, int argc, char **argv);

#endif
