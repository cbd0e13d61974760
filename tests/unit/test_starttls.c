/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "prelude/starttls.h"
#include "unit/script.h"

static struct cli_failure f;

/* An element of LDAP that a client of ours sends. */
#define LDAP_REQUEST	"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037"
#define SSL_REQUEST	"\0\0\0\x08\x04\xd2\x16\x2f"
#define XMPP_OPENS(kind)	"<?xml version='1.0'?><stream:stream xmlns='jabber:" kind "' " \
				"xmlns:stream='http://etherx.jabber.org/streams' to='a.test' version='1.0'>"
#define XMPP_STARTTLS	"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
#define MYSQL_GREETING(flags)	"\x1e\0\0\0" "\x0a" "8.0\0" "\x01\0\0\0" "saltsalt\0" flags "\x2d\x02\0\xff\xdf" "rest."
#define MYSQL_REQUEST	"\x20\0\0\x01" "\0\x8a\0\0" "\0\0\0\x01" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* Conversations that end well: as servers have them, and as the RFCs let them be. */
static const struct {
	const char *protocol;
	struct step steps[SCRIPT_STEPS];
} good[] = {
	{ "smtp", {
		STEP("220 mx.test ESMTP\r\n", "EHLO a.test\r\n"),
		STEP("250-mx.test\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n", "STARTTLS\r\n"),
		STEP("220 2.0.0 Ready\r\n", "") } },
	{ "smtp", {
		STEP("220-mx.test\r\n220-second line\r\n220\r\n", "EHLO a.test\r\n"),
		STEP("250-mx.test\n250 starttls\n", "STARTTLS\r\n"),
		STEP("220-Ready\r\n220\r\n", "") } },
	{ "lmtp", {
		STEP("220 mx.test LMTP\r\n", "LHLO a.test\r\n"),
		STEP("250-mx.test\r\n250-STARTTLS\r\n250 8BITMIME\r\n", "STARTTLS\r\n"),
		STEP("220 go\r\n", "") } },
	{ "ftp", {
		STEP("120 soon\r\n220-hello\r\n 230 not a line of codes\r\n  \r\n220 ready\r\n", "AUTH TLS\r\n"),
		STEP("234 Proceed\r\n", "") } },
	{ "nntp", {
		STEP("201 no posting\r\n", "CAPABILITIES\r\n"),
		STEP("101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n", "STARTTLS\r\n"),
		STEP("382 continue\r\n", "") } },
	{ "imap", {
		STEP("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", "a CAPABILITY\r\n"),
		STEP("* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na OK done\r\n", "b STARTTLS\r\n"),
		STEP("* OK news\r\nb OK begin\r\n", "") } },
	{ "pop3", {
		STEP("+OK ready\r\n", "CAPA\r\n"),
		STEP("+OK\r\nTOP\r\nSTLS\r\n.\r\n", "STLS\r\n"),
		STEP("+OK begin\r\n", "") } },
	{ "pop3", {
		STEP("+OK\r\n", "CAPA\r\n"),
		STEP("-ERR what?\r\n", "STLS\r\n"),
		STEP("+OK\r\n", "") } },
	{ "sieve", {
		STEP("\"IMPLEMENTATION\" \"a\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n", "STARTTLS\r\n"),
		STEP("OK \"begin\"\r\n", "") } },
	{ "xmpp", {
		STEP("", XMPP_OPENS("client")),
		STEP("<?xml version='1.0'?><stream:stream id=\"a>b'c\" from='a.test'>"
		     "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
		     "<mechanisms><mechanism>PLAIN</mechanism></mechanisms></stream:features>", XMPP_STARTTLS),
		STEP("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "") } },
	{ "xmpp-server", {
		STEP("", XMPP_OPENS("server")),
		STEP("<stream xmlns='http://etherx.jabber.org/streams'>\n<features><tls:starttls xmlns:tls='x'/></features>", XMPP_STARTTLS),
		STEP("<tls:proceed xmlns:tls='x'></tls:proceed>", "") } },
	{ "ldap", {
		STEP("", LDAP_REQUEST),
		STEP("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", "") } },
	{ "ldap", {
		STEP("", LDAP_REQUEST),
		STEP("\x30\x84\0\0\0\x10\x02\x01\x01\x78\x81\x0a\x0a\x01\x00\x04\x82\0\0\x04\x01!", "") } },
	{ "postgres", { STEP("", SSL_REQUEST), STEP("S", "") } },
	{ "mysql", { STEP(MYSQL_GREETING("\xff\xff"), MYSQL_REQUEST) } },
};

enum {
	GOOD = sizeof(good) / sizeof(good[0]),
};

static const char *name_of(const struct starttls *how)
{
	return how->says == STARTTLS_NO_NAME ? NULL : "a.test";
}

/* The code; what else there is to know is in f. */
static int run(struct script *s, const char *protocol)
{
	const struct starttls *how = starttls_find(protocol);
	struct cli_wait w = { .signal_fd = -1, .option = "--wait" };
	int code;

	assert_non_null(how);
	cli_wait_limit(&w, 30000);
	f = (struct cli_failure){ .code = 0 };
	script_start(s);
	code = starttls_run(how, name_of(how), s->ours, "a.test:1", &w, &f);
	script_end(s);
	assert_int_equal(code, f.code);
	return code;
}

static void must_fail(int got, int code, const char *words)
{
	if (got != code || strncmp(f.text, "a.test:1: ", 10) != 0 || !strstr(f.text, words))
		fail_msg("%d, not %d with '%s': %s", got, code, words, f.text);
}

/* The next byte is the first of TLS. */
static void must_have_read_all(struct script *s)
{
	char next = 0;

	assert_int_equal(send(s->fd, "T", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(recv(s->ours, &next, 1, MSG_DONTWAIT), 1);
	assert_int_equal(next, 'T');
}

static void test_whole_and_split_at_each_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		for (int split = 0; split < script_len(good[i].steps); split++) {
			struct script s = { .steps = good[i].steps, .split = split ? split : NEVER, .cut = NEVER };

			if (run(&s, good[i].protocol))
				fail_msg("%s (%zu), split at %d: %s", good[i].protocol, i, split, f.text);
			assert_false(s.misheard);
			must_have_read_all(&s);
			script_close(&s);
		}
	}
}

static void test_cut_short_at_each_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		for (int cut = 0; cut < script_len(good[i].steps); cut++) {
			struct script s = { .steps = good[i].steps, .split = NEVER, .cut = cut, .closes = true };

			must_fail(run(&s, good[i].protocol), CLI_HANDSHAKE, "the connection was closed while asking for TLS");
			script_close(&s);
		}
	}
}

static void test_injected(void **state)
{
	static const char *const behind[] = { "\r\n", "250 OK\r\n", "\x16\x03\x03" };

	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		for (size_t n = 0; n < sizeof(behind) / sizeof(behind[0]); n++) {
			struct script s = { .steps = good[i].steps, .split = NEVER, .cut = NEVER, .behind = behind[n] };

			must_fail(run(&s, good[i].protocol), CLI_HANDSHAKE, "something was sent in the clear behind the answer");
			script_close(&s);
		}
	}
}

#define EHLO		STEP("220 mx.test\r\n", "EHLO a.test\r\n")
#define XMPP_HEADER	"<stream:stream id='1'>"

static const struct {
	const char *protocol, *words;
	struct step steps[SCRIPT_STEPS];
} bad[] = {
	{ "smtp", "the server refuses the connection: 554 5.7.1 not you\\x07", { STEP("554 5.7.1 not you\a\r\n", "") } },
	{ "smtp", "refuses EHLO: 502 what?", { EHLO, STEP("502 what?\r\n", "") } },
	{ "smtp", "does not offer STARTTLS in its answer to EHLO", { EHLO, STEP("250-STARTTLSX\r\n250-X STARTTLS\r\n250 NOSTARTTLS\r\n", "") } },
	{ "smtp", "refuses STARTTLS: 454 4.7.0 not now", { EHLO, STEP("250 STARTTLS\r\n", "STARTTLS\r\n"), STEP("454 4.7.0 not now\r\n", "") } },
	{ "smtp", "this is no answer of the protocol: SSH-2.0-x", { STEP("SSH-2.0-x\r\n", "") } },
	{ "smtp", "this is no answer of the protocol: 2200 x", { STEP("2200 x\r\n", "") } },
	{ "smtp", "this is no text: 220 a\\x00b", { STEP("220 a\0b\r\n", "") } },
	{ "lmtp", "refuses LHLO: 500 what?", { STEP("220 mx.test\r\n", "LHLO a.test\r\n"), STEP("500 what?\r\n", "") } },
	{ "ftp", "refuses AUTH TLS: 530 Please login", { STEP("220 ftp\r\n", "AUTH TLS\r\n"), STEP("530 Please login\r\n", "") } },
	{ "nntp", "refuses the connection: 400 later", { STEP("400 later\r\n", "") } },
	{ "nntp", "refuses CAPABILITIES: 500 what?", { STEP("200 a\r\n", "CAPABILITIES\r\n"), STEP("500 what?\r\n", "") } },
	{ "nntp", "does not offer STARTTLS in its answer to CAPABILITIES",
	  { STEP("200 a\r\n", "CAPABILITIES\r\n"), STEP("101 STARTTLS\r\nREADER\r\n.\r\n", "") } },
	{ "nntp", "refuses STARTTLS: 580 no",
	  { STEP("200 a\r\n", "CAPABILITIES\r\n"), STEP("101\r\nSTARTTLS\r\n.\r\n", "STARTTLS\r\n"), STEP("580 no\r\n", "") } },
	{ "imap", "refuses STARTTLS: * PREAUTH hello", { STEP("* PREAUTH hello\r\n", "") } },
	{ "imap", "refuses STARTTLS: * BYE full", { STEP("* BYE full\r\n", "") } },
	{ "imap", "this is no answer of the protocol: +OK", { STEP("+OK\r\n", "") } },
	{ "imap", "refuses CAPABILITY: * BYE time", { STEP("* OK\r\n", "a CAPABILITY\r\n"), STEP("* BYE time\r\n", "") } },
	{ "imap", "refuses CAPABILITY: a BAD what?", { STEP("* OK\r\n", "a CAPABILITY\r\n"), STEP("a BAD what?\r\n", "") } },
	{ "imap", "this is no answer of the protocol: ab OK", { STEP("* OK\r\n", "a CAPABILITY\r\n"), STEP("ab OK\r\n", "") } },
	{ "imap", "does not offer STARTTLS among its capabilities",
	  { STEP("* OK [CAPABILITY STARTTLS] x\r\n", "a CAPABILITY\r\n"), STEP("* CAPABILITY IMAP4rev1 XSTARTTLS\r\na OK\r\n", "") } },
	{ "imap", "refuses STARTTLS: b NO [UNAVAILABLE] not now",
	  { STEP("* OK\r\n", "a CAPABILITY\r\n"), STEP("* CAPABILITY STARTTLS\r\na OK\r\n", "b STARTTLS\r\n"),
	    STEP("b NO [UNAVAILABLE] not now\r\n", "") } },
	{ "pop3", "refuses the connection: -ERR go away", { STEP("-ERR go away\r\n", "") } },
	{ "pop3", "this is no answer of the protocol: 220 x", { STEP("220 x\r\n", "") } },
	{ "pop3", "does not offer STLS among its capabilities", { STEP("+OK\r\n", "CAPA\r\n"), STEP("+OK\r\nTOP\r\nUIDL\r\n.\r\n", "") } },
	{ "pop3", "refuses STLS: -ERR no",
	  { STEP("+OK\r\n", "CAPA\r\n"), STEP("+OK\r\nSTLS\r\n.\r\n", "STLS\r\n"), STEP("-ERR no\r\n", "") } },
	{ "sieve", "refuses the connection: BYE \"full\"", { STEP("BYE \"full\"\r\n", "") } },
	{ "sieve", "does not offer STARTTLS among its capabilities", { STEP("\"SIEVE\" \"STARTTLS\"\r\nOK\r\n", "") } },
	{ "sieve", "refuses STARTTLS: NO \"no\"", { STEP("\"STARTTLS\"\r\nOK\r\n", "STARTTLS\r\n"), STEP("NO \"no\"\r\n", "") } },
	{ "sieve", "this is no answer of the protocol: * OK", { STEP("* OK\r\n", "") } },
	{ "xmpp", "refuses the stream: host-unknown",
	  { STEP("", XMPP_OPENS("client")), STEP(XMPP_HEADER "<stream:error><host-unknown xmlns='x'/></stream:error>", "") } },
	{ "xmpp", "does not offer STARTTLS among its features",
	  { STEP("", XMPP_OPENS("client")), STEP(XMPP_HEADER "<stream:features><x a='starttls'>starttls</x></stream:features>", "") } },
	{ "xmpp", "does not offer STARTTLS among its features",
	  { STEP("", XMPP_OPENS("client")), STEP(XMPP_HEADER "<stream:features/>", "") } },
	{ "xmpp", "refuses STARTTLS: <failure xmlns=",
	  { STEP("", XMPP_OPENS("client")), STEP(XMPP_HEADER "<stream:features><starttls/></stream:features>", XMPP_STARTTLS),
	    STEP("<failure xmlns='x'/></stream:stream>", "") } },
	{ "xmpp", "this is no stream of XMPP: <html>", { STEP("", XMPP_OPENS("client")), STEP("<html>", "") } },
	{ "xmpp", "this is no XML: HTTP/1.1 400 >", { STEP("HTTP/1.1 400 >\r\n\r\n", "") } },
	{ "ldap", "refuses StartTLS: protocolError (2): unsupported extended operation",
	  { STEP("", LDAP_REQUEST),
	    STEP("\x30\x2a\x02\x01\x01\x78\x25\x0a\x01\x02\x04\x00\x04\x1e" "unsupported extended operation", "") } },
	{ "ldap", "refuses StartTLS: unavailable (52): x",
	  { STEP("", LDAP_REQUEST), STEP("\x30\x0d\x02\x01\x00\x78\x08\x0a\x01\x34\x04\x00\x04\x01x", "") } },
	{ "ldap", "refuses StartTLS: a result of its own (99)",
	  { STEP("", LDAP_REQUEST), STEP("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x63\x04\x00\x04\x00", "") } },
	{ "ldap", "this is no answer of LDAP: HT", { STEP("", LDAP_REQUEST), STEP("HTTP", "") } },
	{ "ldap", "this is no answer of LDAP: 0\\x80", { STEP("", LDAP_REQUEST), STEP("\x30\x80", "") } },
	{ "ldap", "an answer of 16777216 bytes", { STEP("", LDAP_REQUEST), STEP("\x30\x84\x01\0\0\0", "") } },
	/* Lengths that lead out of what is around them, and another's number. */
	{ "ldap", "this is no answer of LDAP", { STEP("", LDAP_REQUEST), STEP("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x01", "") } },
	{ "ldap", "this is no answer of LDAP",
	  { STEP("", LDAP_REQUEST), STEP("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x84\xff\xff", "") } },
	{ "ldap", "this is no answer of LDAP", { STEP("", LDAP_REQUEST), STEP("\x30\x0c\x02\x01\x07\x78\x07\x0a\x01\x00\x04\x00\x04\x00", "") } },
	{ "ldap", "this is no answer of LDAP", { STEP("", LDAP_REQUEST), STEP("\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x00\x04\x00\x04\x00", "") } },
	{ "ldap", "this is no answer of LDAP", { STEP("", LDAP_REQUEST), STEP("\x30\x00", "") } },
	{ "postgres", "does not offer TLS (its answer to SSLRequest is N)", { STEP("", SSL_REQUEST), STEP("N", "") } },
	{ "postgres", "refuses SSLRequest: sorry, too many",
	  { STEP("", SSL_REQUEST), STEP("E\0\0\0\x20" "SFATAL\0" "Msorry, too many\0" "\0" "abc", "") } },
	{ "postgres", "refuses SSLRequest: SFATAL", { STEP("", SSL_REQUEST), STEP("E\0\0\0\x0c" "SFATAL\0" "C", "") } },
	{ "postgres", "does not know SSLRequest", { STEP("", SSL_REQUEST), STEP("Eunsupported\n", "") } },
	{ "postgres", "this is no answer to SSLRequest: H", { STEP("", SSL_REQUEST), STEP("H", "") } },
	{ "mysql", "does not offer TLS (its greeting lacks CLIENT_SSL)", { STEP(MYSQL_GREETING("\xff\xf7"), "") } },
	{ "mysql", "refuses the connection: Host is blocked", { STEP("\x12\0\0\0" "\xff\x69\x04" "Host is blocked", "") } },
	{ "mysql", "refuses the connection: Too many", { STEP("\x11\0\0\0" "\xff\x10\x04" "#08004" "Too many", "") } },
	{ "mysql", "this is no greeting of MySQL: SSH-", { STEP("SSH-2.0", "") } },
	{ "mysql", "this is no greeting of MySQL", { STEP("\x05\0\0\0" "\x0a" "8.0\0", "") } },
	{ "mysql", "this is no greeting of MySQL", { STEP("\x01\0\0\0" "\x0a", "") } },
	{ "mysql", "this is no greeting of MySQL", { STEP("\0\0\0\0", "") } },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct script s = { .steps = bad[i].steps, .split = NEVER, .cut = NEVER, .closes = true };

		must_fail(run(&s, bad[i].protocol), CLI_HANDSHAKE, bad[i].words);
		assert_false(s.misheard);
		script_close(&s);
	}
}

static void test_too_long_or_too_many(void **state)
{
	static char line[WIRE_LINE_LEN + 10], lines[30 * (WIRE_LINES_MAX + 1)];
	struct step steps[SCRIPT_STEPS] = { STEP("220 a\r\n", "EHLO a.test\r\n"), { line, sizeof(line), "", 0 } };
	struct script s = { .steps = steps, .split = NEVER, .cut = NEVER };

	(void)state;
	memset(line, 'x', sizeof(line));
	must_fail(run(&s, "smtp"), CLI_HANDSHAKE, "a line of more than 8191 bytes came");
	script_close(&s);
	memset(line, ' ', sizeof(line));
	steps[0] = (struct step)STEP("", XMPP_OPENS("client"));
	memcpy(line, "<stream a='", 11);
	for (size_t i = 11; i < sizeof(line); i++)
		line[i] = '>';
	must_fail(run(&s, "xmpp"), CLI_HANDSHAKE, "more than 256 lines came");
	script_close(&s);
	for (size_t i = 0; i < sizeof(lines); i += 30)
		memcpy(lines + i, "250-and one more of them    \r\n", 30);
	steps[0] = (struct step)STEP("220 a\r\n", "EHLO a.test\r\n");
	steps[1] = (struct step){ lines, sizeof(lines), "", 0 };
	must_fail(run(&s, "smtp"), CLI_HANDSHAKE, "more than 256 lines came");
	script_close(&s);
}

/* A quotation stays a line, and a message. */
static void test_quoted(void **state)
{
	static char said[5000];
	char quote[WIRE_QUOTE_LEN];

	(void)state;
	memset(said, '\x1b', sizeof(said));
	wire_quote(quote, said, sizeof(said));
	assert_memory_equal(quote, "\\x1b\\x1b", 8);
	assert_true(strlen(quote) < sizeof(quote));
	assert_string_equal(quote + strlen(quote) - 7, "\\x1b...");
	wire_quote(quote, "a\\b\xc3\xa4 \"", 7);
	assert_string_equal(quote, "a\\x5cb\\xc3\\xa4 \"");
	wire_quote(quote, "", 0);
	assert_string_equal(quote, "");
}

static void test_time_is_up(void **state)
{
	static const struct step silent[] = { STEP("220", "never"), STEP("", "") };
	struct script s = { .steps = silent, .split = NEVER, .cut = NEVER };
	struct cli_wait w = { .signal_fd = -1, .option = "--wait" };

	(void)state;
	f = (struct cli_failure){ .code = 0 };
	script_start(&s);
	cli_wait_limit(&w, 50);
	must_fail(starttls_run(starttls_find("smtp"), "a.test", s.ours, "a.test:1", &w, &f), CLI_TIMEOUT, "time is up while asking for TLS");
	script_end(&s);
	script_close(&s);
}

static void test_names(void **state)
{
	static const char *const wrong[] = { "", "a b", "a'b", "a<b", "a\r\nb", "a&b", "a%eth0", "\xc3\xa4.test" };
	char why[512], all[256], ours[256];

	(void)state;
	assert_null(starttls_find("SMTP"));
	assert_null(starttls_find(""));
	starttls_names(all, sizeof(all), "|");
	assert_string_equal(all, "smtp|lmtp|imap|pop3|sieve|ftp|nntp|xmpp|xmpp-server|ldap|postgres|mysql");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why[0] = '\0';
		assert_true(starttls_check_name(wrong[i], why, sizeof(why)) < 0);
		assert_non_null(strstr(why, "is no host name or address"));
	}
	assert_int_equal(starttls_check_name("mx.a-b.test", why, sizeof(why)), 0);
	assert_int_equal(starttls_check_name("[IPv6:fe80::1]", why, sizeof(why)), 0);
	starttls_our_name(ours, sizeof(ours));
	assert_int_equal(starttls_check_name(ours, why, sizeof(why)), 0);
	/* One that has no room cannot be said. */
	starttls_our_name(ours, 10);
	assert_true(strlen(ours) < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_and_split_at_each_byte),
		cmocka_unit_test(test_cut_short_at_each_byte),
		cmocka_unit_test(test_injected),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_long_or_too_many),
		cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_time_is_up),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
