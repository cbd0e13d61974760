/* SPDX-License-Identifier: MIT */
/* The part of ktls-cat's command line that says what the ends have in common from before. */
#include <errno.h>
#include <stddef.h>

#include "cli/args.h"
#include "cli/units.h"
#include "ktls-cat/options_session.h"
#include "session/psk.h"

/* Apart from the keys of the other tables: one argp parser has them all. */
enum {
	OPT_SESS_IN = 0x700, OPT_SESS_OUT, OPT_TICKET_KEY, OPT_PSK, OPT_PSK_FILE, OPT_PSK_IDENTITY, OPT_EARLY_DATA, OPT_MAX_EARLY_DATA,
};

/* Among those of the groups "Identity" and "Protocol". */
static const struct argp_option option_table[] = {
	{ "psk", OPT_PSK, "HEX", 0, "key that both ends have (PSK), in place of certificates", 2 },
	{ "psk-file", OPT_PSK_FILE, "FILE", 0, "the same, from the first line of FILE: HEX or IDENTITY:HEX", 2 },
	{ "psk-identity", OPT_PSK_IDENTITY, "ID", 0, "name of that key (default Client_identity)", 2 },
	{ "sess-in", OPT_SESS_IN, "FILE", 0, "resume the session in FILE, if the server still knows it", 3 },
	{ "sess-out", OPT_SESS_OUT, "FILE", 0, "write the last session that the server gives to FILE", 3 },
	{ "ticket-key", OPT_TICKET_KEY, "FILE", 0, "listener: give session tickets under the key in FILE (80 bytes), and take them", 3 },
	{ "early-data", OPT_EARLY_DATA, "FILE", 0,
	  "send FILE first, before the handshake is over if the session allows it: others can REPLAY it to the server", 3 },
	{ "max-early-data", OPT_MAX_EARLY_DATA, "BYTES", 0,
	  "listener: take so much early data, for when the handshake is over; else: send no more than so much early", 3 },
	{ 0 },
};

static uint32_t parse_early(const char *arg)
{
	uint64_t n;
	const int ret = cli_parse_size(arg, &n);

	if (ret == -EINVAL)
		cli_usage_error("--max-early-data: '%s' is no size (4096, 64k, 10M)", arg);
	if (ret || n == 0 || n > SESSION_EARLY_MAX)
		cli_usage_error("--max-early-data: %s is not between 1 and 16M", arg);
	return (uint32_t)n;
}

/* Options that are words for the session as they come. */
static const struct {
	int key;
	size_t offset;			/* in struct session_opts */
} words[] = {
	{ OPT_SESS_IN, offsetof(struct session_opts, sess_in) },
	{ OPT_SESS_OUT, offsetof(struct session_opts, sess_out) },
	{ OPT_TICKET_KEY, offsetof(struct session_opts, ticket_key) },
	{ OPT_PSK_FILE, offsetof(struct session_opts, psk_file) },
	{ OPT_PSK_IDENTITY, offsetof(struct session_opts, psk_identity) },
	{ OPT_EARLY_DATA, offsetof(struct session_opts, early_data) },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct session_opts *s = state->input;

	if (key == OPT_PSK) {
		s->psk = session_psk_hide(arg);
		return 0;
	}
	if (key == OPT_MAX_EARLY_DATA) {
		s->max_early_data = parse_early(arg);
		return 0;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].key == key) {
			*(const char **)((char *)s + words[i].offset) = arg;
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

const struct argp session_options_argp = { .options = option_table, .parser = parse };

static bool has_psk(const struct session_opts *s)
{
	return s->psk || s->psk_file;
}

/* The first of them that is set. */
static const char *certificate_option(const struct session_opts *s)
{
	const struct {
		bool given;
		const char *name;
	} options[] = {
		{ s->cafile, "--cafile" },
		{ s->capath, "--capath" },
		{ s->verify_host, "--verify-host" },
		{ s->verify_ip, "--verify-ip" },
		{ s->pins, "--pin" },
		{ s->insecure, "--insecure" },
		{ s->cert, "--cert" },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].given)
			return options[i].name;
	return NULL;
}

static void check_psk(const struct session_opts *s, bool listen)
{
	const char *other;

	if (s->psk && s->psk_file)
		cli_usage_error("--psk and --psk-file exclude each other");
	if (s->psk_identity && !has_psk(s))
		cli_usage_error("--psk-identity needs --psk HEX or --psk-file FILE");
	if (!has_psk(s))
		return;
	if (listen && s->client_cert != SESSION_ASK_NOBODY)
		cli_usage_error("--psk takes clients without certificates: --require-client-cert and --request-client-cert exclude it");
	other = listen ? NULL : certificate_option(s);
	if (other)
		cli_usage_error("%s has no meaning with a PSK: no certificate is looked at", other);
	if (s->sess_in || s->sess_out)
		cli_usage_error("%s has no meaning with a PSK, which serves as session again and again",
				s->sess_in ? "--sess-in" : "--sess-out");
}

static void check_early(const struct session_opts *s, bool listen)
{
	if (s->early_data && !s->sess_in && !has_psk(s))
		cli_usage_error("--early-data needs a session: --sess-in FILE, or a PSK");
	if (listen && s->max_early_data && !s->ticket_key && !s->tickets && !has_psk(s))
		cli_usage_error("--max-early-data needs clients with a session: --ticket-key FILE, --keep-open, or a PSK");
	if (!listen && s->max_early_data && !s->early_data)
		cli_usage_error("--max-early-data without --listen needs --early-data FILE");
}

void session_options_check(const struct session_opts *s, bool listen)
{
	if (listen && (s->sess_in || s->sess_out || s->early_data))
		cli_usage_error("%s has no meaning with --listen", s->sess_in ? "--sess-in" : s->sess_out ? "--sess-out" : "--early-data");
	if (!listen && s->ticket_key)
		cli_usage_error("--ticket-key needs --listen");
	check_psk(s, listen);
	check_early(s, listen);
}
