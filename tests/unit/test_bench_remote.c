/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ktls-bench/agree.h"
#include "ktls-bench/control.h"
#include "ktls-bench/opening.h"
#include "ktls-bench/remote.h"

/* --- openings ------------------------------------------------------------------- */

static void test_opening_pack(void **state)
{
	const struct opening o = { .version = 0x1234, .kind = OPENING_DATA, .index = 127, .sample = 0x89abcdef, .cookie = "0123456789abcde" };
	unsigned char bytes[OPENING_LEN];
	struct opening back;

	(void)state;
	opening_pack(&o, bytes);
	assert_true(opening_unpack(&back, bytes));
	assert_int_equal(back.version, 0x1234);
	assert_int_equal(back.kind, OPENING_DATA);
	assert_int_equal(back.index, 127);
	assert_int_equal(back.sample, 0x89abcdef);
	assert_memory_equal(back.cookie, o.cookie, sizeof(o.cookie));
	bytes[7] ^= 1;
	assert_false(opening_unpack(&back, bytes));
}

/* What is written into the one end, piece by piece, is read as an opening at the other. */
static int read_pieces(const void *bytes, size_t len, size_t piece)
{
	struct opening_reader r = { .len = 0 };
	struct opening o;
	int fds[2], ret = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (size_t done = 0; ret == 0 && done < len; done += piece) {
		assert_int_equal(write(fds[0], (const char *)bytes + done, len - done < piece ? len - done : piece),
				 len - done < piece ? len - done : piece);
		ret = opening_read(&r, fds[1], &o);
	}
	if (!ret) {
		close(fds[0]);
		ret = opening_read(&r, fds[1], &o);
	} else {
		close(fds[0]);
	}
	close(fds[1]);
	return ret;
}

static void test_opening_read(void **state)
{
	const struct opening o = { .version = OPENING_VERSION, .kind = OPENING_CONTROL };
	unsigned char bytes[OPENING_LEN];

	(void)state;
	opening_pack(&o, bytes);
	assert_int_equal(read_pieces(bytes, sizeof(bytes), sizeof(bytes)), 1);
	assert_int_equal(read_pieces(bytes, sizeof(bytes), 1), 1);
	/* Somebody else is known before all of it is there. */
	assert_int_equal(read_pieces("SSH-2.0", 7, 7), -EPROTO);
	assert_int_equal(read_pieces("ktlsX", 5, 1), -EPROTO);
	assert_int_equal(read_pieces(bytes, sizeof(bytes) - 1, 10), -ECONNRESET);
}

/* --- frames --------------------------------------------------------------------- */

/* What control_receive() makes of these bytes, after which nothing more comes. */
static int receive(const void *bytes, size_t len, json_t **message)
{
	struct cli_wait wait = { .signal_fd = -1 };
	int fds[2], ret;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(write(fds[0], bytes, len), len);
	close(fds[0]);
	ret = control_receive(fds[1], &wait, 1000, message);
	close(fds[1]);
	return ret;
}

static void test_control_frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int ret;
	} frames[] = {
		{ "\0\0\0\2{}", 6, 0 },
		{ "\0\0\0\7{\"a\":1}", 11, 0 },
		{ "\0\0\0\2[]", 6, -EPROTO },		/* no object */
		{ "\0\0\0\4null", 8, -EPROTO },
		{ "\0\0\0\7{\"a\":1]", 11, -EPROTO },
		{ "\0\0\0\15{\"a\":1,\"a\":2}", 17, -EPROTO },	/* a key twice */
		{ "\0\0\0\1{", 5, -EPROTO },
		{ "\0\0\0\0", 4, -EPROTO },
		{ "\0\4\0\1{}", 6, -EPROTO },		/* too long by one */
		{ "\377\377\377\377{}", 6, -EPROTO },
		{ "\0\0\0\3{}", 6, -ECONNRESET },	/* there should be more */
		{ "\0\0", 2, -ECONNRESET },
		{ "", 0, -ECONNRESET },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		json_t *message = NULL;

		assert_int_equal(receive(frames[i].bytes, frames[i].len, &message), frames[i].ret);
		json_decref(message);
	}
}

static void test_control_patience(void **state)
{
	struct cli_wait wait = { .signal_fd = -1 };
	json_t *message;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(control_receive(fds[1], &wait, 20, &message), -ETIMEDOUT);
	assert_int_equal(control_send(fds[0], &wait, agree_message(AGREE_BYE)), 0);
	assert_int_equal(control_receive(fds[1], &wait, 20, &message), 0);
	assert_true(agree_is(message, AGREE_BYE));
	assert_false(agree_is(message, AGREE_GO));
	json_decref(message);
	close(fds[1]);
	assert_int_equal(control_send(fds[0], &wait, agree_message(AGREE_BYE)), -ECONNRESET);
	assert_int_equal(control_send(fds[0], &wait, NULL), -ENOMEM);
	close(fds[0]);
}

/* --- parameters ------------------------------------------------------------------ */

static const struct bench_options usual = {
	.mode = &bench_throughput, .tls_version = TLS1_3_VERSION, .cipher = "aes-256-gcm", .record = 16384, .length = 131072,
	.time_ms = 800, .omit_ms = 200, .interval_ms = 100, .bytes = 5, .rate = 1e9, .streams = 64, .connections = 1000, .window = 65536, .congestion = "reno",
	.cpu = { 0, 1023 }, .every = { 1, 2, 3 }, .n_every = 3, .reverse = true, .bidir = true, .zerocopy = true, .verify_data = true,
};

static const struct identity here = { .machine = "0123abcd" };

static void test_agree_parameters(void **state)
{
	json_t *message = agree_put_parameters(&usual, &here);
	struct agree_parameters p;
	char why[FIELDS_WHY_MAX];

	(void)state;
	assert_true(agree_is(message, AGREE_PARAMETERS));
	assert_int_equal(agree_take_parameters(message, &p, why), 0);
	assert_ptr_equal(p.options.mode, &bench_throughput);
	assert_string_equal(p.options.cipher, "aes-256-gcm");
	assert_string_equal(p.options.congestion, "reno");
	assert_int_equal(p.options.tls_version, TLS1_3_VERSION);
	assert_int_equal(p.options.record, 16384);
	assert_int_equal(p.options.length, 131072);
	assert_int_equal(p.options.time_ms, 800);
	assert_int_equal(p.options.omit_ms, 200);
	assert_int_equal(p.options.interval_ms, 100);
	assert_int_equal(p.options.bytes, 5);
	assert_true(p.options.rate == 1e9);
	assert_int_equal(p.options.streams, 64);
	assert_int_equal(p.options.connections, 1000);
	assert_int_equal(p.options.window, 65536);
	assert_string_equal(p.machine, "0123abcd");
	/* The client's is its own affair. */
	assert_int_equal(p.options.cpu[0], -1);
	assert_int_equal(p.options.cpu[1], 1023);
	assert_int_equal(p.options.n_every, 3);
	assert_int_equal(p.options.every[2], 3);
	assert_true(p.options.reverse && p.options.bidir && p.options.zerocopy && p.options.verify_data);
	json_decref(message);
}

/* One of the parameters is another: what is said about it. */
static void refused(const char *key, json_t *value, const char *reason)
{
	json_t *message = agree_put_parameters(&usual, &here);
	struct agree_parameters p;
	char why[FIELDS_WHY_MAX] = "";

	if (value)
		json_object_set_new(message, key, value);
	else
		json_object_del(message, key);
	print_message("# %s\n", key);
	assert_int_equal(agree_take_parameters(message, &p, why), -EPROTO);
	assert_non_null(strstr(why, reason));
	json_decref(message);
}

static void test_agree_limits(void **state)
{
	static const struct {
		const char *key;
		json_int_t low, high;
	} limits[] = {
		{ "tls", TLS1_2_VERSION - 1, TLS1_3_VERSION + 1 },
		{ "record_size", 511, 16385 },
		{ "length", 0, (64 << 20) + 1 },
		{ "time_ms", -1, 86400001 },
		{ "omit_ms", -1, 86400001 },
		{ "interval_ms", -1, 86400001 },
		{ "bytes", -1, (1LL << 50) + 1 },
		{ "rate", -1, 1000000000000001 },
		{ "streams", 0, 65 },
		{ "connections", 99, 65536 },
		{ "window", 1023, (1 << 30) + 1 },
		{ "server_cpu", -2, 1024 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		refused(limits[i].key, json_integer(limits[i].low), "within its limits");
		refused(limits[i].key, json_integer(limits[i].high), "within its limits");
		refused(limits[i].key, json_string("1"), "within its limits");
		refused(limits[i].key, json_real(1e300), "within its limits");
		refused(limits[i].key, NULL, "is missing");
	}
}

static void test_agree_refused(void **state)
{
	(void)state;
	refused("mode", json_string("sideways"), "no mode 'sideways'");
	refused("mode", json_string("a mode; of words"), "within its limits");
	refused("mode", json_string("longer-than-any-mode-is"), "within its limits");
	refused("cipher", json_string("rot13"), "no cipher 'rot13'");
	refused("congestion", json_string("sixteen-bytes-xx"), "within its limits");
	refused("reverse", json_integer(1), "within its limits");
	refused("every", json_pack("[i, i]", 2, 1), "within its limits");
	refused("every", json_pack("[i, s]", 2, "x"), "within its limits");
	refused("every", json_pack("[i, i, i, i, i, i, i, i, i]", 1, 2, 3, 4, 5, 6, 7, 8, 9), "too long");
	refused("sizes", json_string("1"), "no list");
	/* Together: what is written would not fit into what was made for the length. */
	refused("sizes", json_pack("[i, i]", 1, 131073), "not the largest");
	refused("sizes", json_pack("[i]", 64), "not the largest");
	/* What the mode does not have. */
	refused("mode", json_string("rr"), "--bytes is not for the mode rr");
	refused("mode", json_string("crypto"), "no mode 'crypto'");
	refused("time_ms", json_integer(86400000), "more than 3600 intervals");
	/* TLS 1.2, between the two, is none. */
	refused("tls", json_integer(0x0302), "within its limits");
}

/* --- reports ---------------------------------------------------------------------- */

static struct end_report *new_report(void)
{
	struct end_report *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	*r = (struct end_report){
		.err = -EOPNOTSUPP, .why = "no", .facts = { .version = "TLSv1.3", .suite = "TLS_AES_256_GCM_SHA384", .tx = "kernel", .rx = "engine", .resumed = true },
		.bytes = 1ULL << 40, .seconds = 0.8, .usage = { 0.5, 0.25 }, .ops = 7, .rekeys = 3, .extra = { 0.5, -1, 4096 },
	};
	latency_add(&r->latency, 5);
	latency_add(&r->latency, 123456789);
	latency_add(&r->latency, 123456789);
	atomic_store(&r->intervals[0].bytes, 11);
	atomic_store(&r->intervals[2].ops, 12);
	return r;
}

static void test_agree_report(void **state)
{
	const struct machine_counters counted = { .softirq = 0.5, .kernel_tx = -1, .kernel_rx = 4 };
	struct end_report *r = new_report(), *back = calloc(1, sizeof(*back));
	json_t *message = agree_put_report(r, &counted);
	struct machine_counters taken;
	char why[FIELDS_WHY_MAX];

	(void)state;
	assert_int_equal(agree_take_report(message, back, &taken, why), 0);
	assert_int_equal(back->err, -EOPNOTSUPP);
	assert_string_equal(back->why, "no");
	assert_memory_equal(&back->facts, &r->facts, sizeof(r->facts));
	assert_int_equal(back->bytes, r->bytes);
	assert_true(back->seconds == 0.8 && back->usage.user == 0.5 && back->usage.system == 0.25);
	assert_int_equal(back->ops, 7);
	assert_int_equal(back->rekeys, 3);
	assert_true(back->extra[0] == 0.5 && back->extra[1] == -1 && back->extra[2] == 4096);
	assert_memory_equal(&back->latency, &r->latency, sizeof(r->latency));
	assert_int_equal(atomic_load(&back->intervals[0].bytes), 11);
	assert_int_equal(atomic_load(&back->intervals[2].ops), 12);
	assert_memory_equal(&taken, &counted, sizeof(counted));
	json_decref(message);
	free(back);
	free(r);
}

/* The largest there is goes into a frame. */
static void test_agree_report_fits(void **state)
{
	const struct machine_counters counted = { .softirq = 1.0 / 3, .kernel_tx = 1LL << 40, .kernel_rx = 1LL << 40 };
	struct end_report *r = new_report();
	json_t *message;
	char *text;

	(void)state;
	for (size_t i = 0; i < LATENCY_BUCKETS; i++)
		r->latency.count[i] = 1000000;
	for (size_t i = 0; i < BENCH_INTERVALS_MAX; i++) {
		atomic_store(&r->intervals[i].bytes, 1ULL << 50);
		atomic_store(&r->intervals[i].ops, 1ULL << 40);
	}
	message = agree_put_report(r, &counted);
	text = json_dumps(message, JSON_COMPACT);
	assert_non_null(text);
	assert_in_range(strlen(text), 100000, CONTROL_MAX);
	free(text);
	json_decref(message);
	free(r);
}

static void report_refused(const char *key, json_t *value)
{
	const struct machine_counters counted = { .softirq = 0 };
	struct end_report *r = new_report();
	json_t *message = agree_put_report(r, &counted);
	struct machine_counters taken;
	char why[FIELDS_WHY_MAX] = "";

	if (value)
		json_object_set_new(message, key, value);
	else
		json_object_del(message, key);
	print_message("# %s\n", key);
	assert_int_equal(agree_take_report(message, r, &taken, why), -EPROTO);
	assert_string_not_equal(why, "");
	json_decref(message);
	free(r);
}

static void test_agree_report_refused(void **state)
{
	(void)state;
	report_refused("outcome", json_string("great"));
	report_refused("outcome", NULL);
	report_refused("bytes", json_integer(-1));
	report_refused("bytes", json_real(1));
	report_refused("seconds", json_real(-0.1));
	report_refused("seconds", json_real(1e18));
	/* A column of --csv would become two. */
	report_refused("tx", json_string("a,b"));
	report_refused("tx", json_string("longer-than-any-is"));
	report_refused("kernel_tx", json_integer(-2));
	report_refused("latencies", json_pack("[[i, i]]", LATENCY_BUCKETS, 1));
	report_refused("latencies", json_pack("[[i, i]]", -1, 1));
	report_refused("latencies", json_pack("[[i, i, i]]", 1, 1, 1));
	report_refused("latencies", json_pack("[i]", 1));
	report_refused("latencies", NULL);
	report_refused("extra", json_pack("[i]", 1));
	report_refused("extra", json_pack("[i, i, i, i, s]", 1, 2, 3, 4, "5"));
	report_refused("extra", json_pack("[i, i, i, i, f]", 1, 2, 3, 4, 1e300));
	report_refused("intervals", json_pack("[[i, i]]", 1, -1));
	report_refused("intervals", json_pack("{}"));
}

/* --- servers that are none --------------------------------------------------------- */

struct fake {
	int listener;
	const void *answer;
	size_t len;
	bool hold;		/* the connection, until the client gives up */
	pthread_t thread;
};

static void *serve_fake(void *arg)
{
	struct fake *s = arg;
	char opening[OPENING_LEN], byte;
	const int fd = accept(s->listener, NULL, NULL);

	if (fd < 0)
		return NULL;
	if (recv(fd, opening, sizeof(opening), MSG_WAITALL) == sizeof(opening) && send(fd, s->answer, s->len, MSG_NOSIGNAL) == (ssize_t)s->len && s->hold)
		while (recv(fd, &byte, 1, 0) > 0)
			;
	close(fd);
	return NULL;
}

/* What the client says of a server that answers its opening so, in @text. */
static void meet(struct fake *s, char *text, size_t size)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	struct cli_wait wait = { .signal_fd = -1, .deadline = -1 };
	struct bench_tls tls = { .version = TLS1_3_VERSION };
	struct bench_options o = usual;
	struct cli_failure f = { 0 };
	struct remote *r = NULL;
	struct remote_server server;

	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(s->listener, 1), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve_fake, s), 0);
	o.addr.port = ntohs(sa.sin_port);
	strcpy(o.addr.host, "127.0.0.1");
	strcpy(o.addr.text, "it");
	o.connect_ms = 500;
	assert_int_equal(remote_open(&r, &o, &wait, &tls, &server, &f), CLI_IO);
	assert_null(r);
	assert_null(strchr(f.text, '\n'));
	pthread_join(s->thread, NULL);
	close(s->listener);
	bench_tls_free(&tls);
	snprintf(text, size, "%s", f.text);
}

static void expect(const void *answer, size_t len, bool hold, const char *said)
{
	struct fake s = { .answer = answer, .len = len, .hold = hold };
	char text[sizeof(((struct cli_failure *)0)->text)];

	meet(&s, text, sizeof(text));
	print_message("# %s\n", text);
	assert_non_null(strstr(text, said));
}

static void test_remote_openings(void **state)
{
	const struct opening other = { .version = OPENING_VERSION + 1, .kind = OPENING_OTHER };
	const struct opening busy = { .version = OPENING_VERSION, .kind = OPENING_BUSY };
	const struct opening strange = { .version = OPENING_VERSION, .kind = OPENING_DATA };
	unsigned char bytes[OPENING_LEN];

	(void)state;
	expect("SSH-2.0-OpenSSH_9.2\r\n", 21, true, "it: what answers there is no ktls-bench --server");
	expect("HTTP/1.1 400 Bad Request\r\n\r\n", 28, false, "it: what answers there is no ktls-bench --server");
	expect("", 0, true, "it: nothing answers there");
	expect("", 0, false, "it: it hung up without a word");
	opening_pack(&other, bytes);
	expect(bytes, sizeof(bytes), true, "it: the server speaks version 2 of the protocol, and this client version 1: ");
	expect(bytes, sizeof(bytes) - 1, false, "it: it hung up without a word");
	opening_pack(&busy, bytes);
	expect(bytes, sizeof(bytes), false, "it: the server is busy with another client");
	opening_pack(&strange, bytes);
	expect(bytes, sizeof(bytes), false, "it: what answers there is no ktls-bench --server");
}

/* A welcome, and then this as the first message. */
static void expect_of_message(const char *message, const char *said)
{
	const struct opening welcome = { .version = OPENING_VERSION, .kind = OPENING_WELCOME };
	const uint32_t head = htonl((uint32_t)strlen(message));
	unsigned char bytes[OPENING_LEN + 4096];

	opening_pack(&welcome, bytes);
	memcpy(bytes + OPENING_LEN, &head, sizeof(head));
	memcpy(bytes + OPENING_LEN + sizeof(head), message, strlen(message));
	expect(bytes, OPENING_LEN + sizeof(head) + strlen(message), true, said);
}

static void test_remote_messages(void **state)
{
	(void)state;
	expect_of_message("{\"message\":\"refusal\",\"why\":\"not\\ntoday\"}", "it: the server refuses: not?today");
	expect_of_message("{\"message\":\"refusal\"}", "it: the server says what is not understood");
	expect_of_message("{\"message\":\"report\"}", "it: the server says what is not understood");
	expect_of_message("{\"message\":[]}", "it: the server says what is not understood");
	expect_of_message("nonsense", "it: the server says what is not understood");
	expect_of_message("{\"message\":\"server\"}", "it: the server's description: certificate is missing");
	expect_of_message("{\"message\":\"server\",\"certificate\":\"\"}", "it: the server's description: system_info is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening_pack),
		cmocka_unit_test(test_opening_read),
		cmocka_unit_test(test_control_frames),
		cmocka_unit_test(test_control_patience),
		cmocka_unit_test(test_agree_parameters),
		cmocka_unit_test(test_agree_limits),
		cmocka_unit_test(test_agree_refused),
		cmocka_unit_test(test_agree_report),
		cmocka_unit_test(test_agree_report_fits),
		cmocka_unit_test(test_agree_report_refused),
		cmocka_unit_test(test_remote_openings),
		cmocka_unit_test(test_remote_messages),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
