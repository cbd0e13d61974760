/* SPDX-License-Identifier: MIT */
/* ktlsctl sockets for programs; ktlsctl(8) documents the schema. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "out/json.h"
#include "sockets.h"

/* "10.0.0.1:443" and "[::1]:443" in their two parts. */
static json_t *address(const struct diag_socket *s, bool peer)
{
	char text[DIAG_ADDR_MAX], *host = text;

	diag_print_addr(s, peer, text);
	*strrchr(text, ':') = '\0';
	if (*host == '[') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	return json_pack("{s:o, s:i}", "address", out_json_text(host), "port", (int)(peer ? s->peer_port : s->local_port));
}

static json_t *processes(const struct sockets_view *v, const struct diag_socket *s)
{
	const struct proc_socket *p = proc_of(&v->procs, s->inode), *end = v->procs.rows + v->procs.n;
	json_t *list = json_array();

	for (; p && p < end && p->inode == s->inode; p++)
		out_json_append(&list, json_pack("{s:i, s:o}", "pid", (int)p->pid, "name", out_json_text(p->comm)));
	return list;
}

/* The name; the number where there is none, null where there is no number either. */
static json_t *named(const char *name, int number)
{
	return name ? json_string(name) : out_json_count(number);
}

static json_t *version(int number)
{
	char text[16];

	sockets_version_text(number, text);
	return number < 0 ? json_null() : json_string(text);
}

static json_t *cipher(int number)
{
	return named(number < 0 ? NULL : sockets_cipher_name(number), number);
}

static json_t *mode(int number)
{
	return named(diag_mode_name(number), number);
}

json_t *sockets_json_object(const struct sockets_view *v, size_t i)
{
	const struct diag_socket *s = &v->list.sockets[i];
	const struct sockets_speed none = { -1, -1 }, *speed = v->speeds ? &v->speeds[i] : &none;

	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "local", address(s, false), "peer", address(s, true), "state", out_json_text(diag_state_name(s->state)),
			 "uid", (json_int_t)s->uid, "inode", (json_int_t)s->inode, "processes", processes(v, s), "tls",
			 version(s->version), "cipher", cipher(s->cipher), "tx", mode(s->tx), "rx", mode(s->rx), "zero_copy",
			 (int)s->zero_copy, "no_pad", (int)s->no_pad, "max_payload", out_json_count(s->max_payload), "bytes_sent",
			 out_json_count(s->bytes_sent), "bytes_acked", out_json_count(s->bytes_acked), "bytes_received",
			 out_json_count(s->bytes_received), "rate", out_json_count(s->rate), "cwnd", out_json_count(s->cwnd),
			 "rtt_us", out_json_count(s->rtt_us), "sending", out_json_count(speed->sent), "receiving",
			 out_json_count(speed->received));
}

static json_t *sockets(const struct sockets_view *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->list.n; i++)
		out_json_append(&list, sockets_json_object(v, i));
	return list;
}

static json_t *groups(const struct sockets_view *v)
{
	struct sockets_group *found;
	ssize_t n = sockets_group(v, &found);
	json_t *list = n < 0 ? NULL : json_array();

	for (ssize_t i = 0; i < n; i++)
		out_json_append(&list, json_pack("{s:I, s:o, s:o, s:o, s:o}", "sockets", (json_int_t)found[i].count, "tls",
						 version(found[i].version), "cipher", cipher(found[i].cipher), "tx",
						 mode(found[i].tx), "rx", mode(found[i].rx)));
	free(found);
	return list;
}

json_t *sockets_json(const struct sockets_view *v, bool summary)
{
	const bool hidden = v->code == CTL_PERMISSION;

	return json_pack("{s:i, s:s, s:I, s:b, s:o, s:o, s:o}", "schema", 1, "command", "sockets", "time", (json_int_t)time(NULL),
			 "complete", v->code != CTL_PARTLY && !hidden, "why", out_json_text(v->why), "count",
			 hidden ? json_null() : json_integer((json_int_t)v->list.n), summary ? "summary" : "sockets",
			 hidden ? json_null() : summary ? groups(v) : sockets(v));
}
