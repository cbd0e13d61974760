/* SPDX-License-Identifier: MIT */
/* ktlsctl sockets: speeds from two views, groups, and names for the kernel's numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ktls/probe.h>

#include "sockets.h"

/* --- names ---------------------------------------------------------------- */

const char *sockets_cipher_name(int cipher)
{
	struct ktls_cipher_info info;

	for (size_t i = 0; ktls_cipher_at(i, &info) == 0; i++)
		if (info.kernel_type == cipher)
			return info.id;
	return NULL;
}

/* 1 to 65535, decimal; -1. */
static int number_of(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *text >= '0' && *text <= '9' && !*end && n > 0 && n <= UINT16_MAX ? (int)n : -1;
}

int sockets_cipher_number(const char *text)
{
	struct ktls_cipher_info info;

	for (size_t i = 0; ktls_cipher_at(i, &info) == 0; i++)
		if (strcmp(info.id, text) == 0)
			return info.kernel_type;
	return number_of(text);
}

int sockets_mode_number(const char *text)
{
	for (int mode = 1; diag_mode_name(mode); mode++)
		if (strcmp(diag_mode_name(mode), text) == 0)
			return mode;
	return number_of(text);
}

void sockets_version_text(int version, char text[16])
{
	if (version < 0)
		strcpy(text, "-");
	else if (version >= 0x0301 && version <= 0x0304)
		snprintf(text, 16, "1.%d", version - 0x0301);
	else
		snprintf(text, 16, "0x%04x", (unsigned)version);
}

void sockets_mode_text(int mode, char text[16])
{
	const char *name = diag_mode_name(mode);

	if (name || mode < 0)
		snprintf(text, 16, "%s", name ? name : "-");
	else
		snprintf(text, 16, "%d", mode);
}

void sockets_cipher_text(int cipher, char text[32])
{
	const char *name = cipher < 0 ? "-" : sockets_cipher_name(cipher);

	if (name)
		snprintf(text, 32, "%s", name);
	else
		snprintf(text, 32, "%d", cipher);
}

/* --- groups --------------------------------------------------------------- */

static int compare_groups(const void *a, const void *b)
{
	const struct sockets_group *x = a, *y = b;

	if (x->count != y->count)
		return (x->count < y->count) - (x->count > y->count);
	return x->cipher != y->cipher ? x->cipher - y->cipher : y->version - x->version;
}

static struct sockets_group *group_for(struct sockets_group *groups, size_t *n, const struct diag_socket *s)
{
	for (size_t i = 0; i < *n; i++)
		if (groups[i].version == s->version && groups[i].cipher == s->cipher && groups[i].tx == s->tx &&
		    groups[i].rx == s->rx)
			return &groups[i];
	groups[*n] = (struct sockets_group){ .version = s->version, .cipher = s->cipher, .tx = s->tx, .rx = s->rx };
	return &groups[(*n)++];
}

ssize_t sockets_group(const struct sockets_view *v, struct sockets_group **groups)
{
	size_t n = 0;

	*groups = calloc(v->list.n + 1, sizeof(**groups));
	if (!*groups)
		return -ENOMEM;
	for (size_t i = 0; i < v->list.n; i++)
		group_for(*groups, &n, &v->list.sockets[i])->count++;
	qsort(*groups, n, sizeof(**groups), compare_groups);
	return (ssize_t)n;
}

/* --- speeds --------------------------------------------------------------- */

/* A socket and its speed, while they are sorted. */
struct pair {
	const struct diag_socket *now;
	struct sockets_speed speed;
};

static int compare_cookies(const void *a, const void *b)
{
	const struct diag_socket *const *x = a, *const *y = b;

	return ((*x)->cookie > (*y)->cookie) - ((*x)->cookie < (*y)->cookie);
}

static int64_t speed_of(int64_t before, int64_t now, double seconds)
{
	return before < 0 || now < before || seconds <= 0 ? -1 : (int64_t)((double)(now - before) / seconds);
}

static int64_t total(const struct pair *p)
{
	return (p->speed.sent > 0 ? p->speed.sent : 0) / 2 + (p->speed.received > 0 ? p->speed.received : 0) / 2;
}

/* Among equals the order stays that of the addresses, which the list has. */
static int compare_speeds(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (total(x) != total(y))
		return (total(x) < total(y)) - (total(x) > total(y));
	return (x->now > y->now) - (x->now < y->now);
}

static void fill_pairs(struct pair *pairs, const struct diag_socket **index, const struct sockets_view *before, double seconds,
		       const struct sockets_view *v)
{
	for (size_t i = 0; i < before->list.n; i++)
		index[i] = &before->list.sockets[i];
	qsort(index, before->list.n, sizeof(const struct diag_socket *), compare_cookies);
	for (size_t i = 0; i < v->list.n; i++) {
		const struct diag_socket *now = &v->list.sockets[i];
		const struct diag_socket *const *old =
			bsearch(&now, index, before->list.n, sizeof(const struct diag_socket *), compare_cookies);

		pairs[i] = (struct pair){ .now = now, .speed = { -1, -1 } };
		if (!old)
			continue;
		pairs[i].speed.sent = speed_of((*old)->bytes_sent, now->bytes_sent, seconds);
		pairs[i].speed.received = speed_of((*old)->bytes_received, now->bytes_received, seconds);
	}
}

int sockets_compare(const struct sockets_view *before, double seconds, struct sockets_view *v)
{
	const struct diag_socket **index = calloc(before->list.n + 1, sizeof(const struct diag_socket *));
	struct diag_socket *sorted = calloc(v->list.n + 1, sizeof(*sorted));
	struct pair *pairs = calloc(v->list.n + 1, sizeof(*pairs));

	v->speeds = calloc(v->list.n + 1, sizeof(*v->speeds));
	if (!index || !sorted || !pairs || !v->speeds) {
		free(index);
		free(sorted);
		free(pairs);
		return -ENOMEM;
	}
	fill_pairs(pairs, index, before, seconds, v);
	qsort(pairs, v->list.n, sizeof(*pairs), compare_speeds);
	for (size_t i = 0; i < v->list.n; i++) {
		sorted[i] = *pairs[i].now;
		v->speeds[i] = pairs[i].speed;
	}
	free(v->list.sockets);
	v->list.sockets = sorted;
	v->list.room = v->list.n + 1;
	free(index);
	free(pairs);
	return 0;
}
