/* SPDX-License-Identifier: MIT */
/* ktlsctl sockets: asks the kernel, finds the processes, filters, and says what is missing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sockets.h"
#include "system/tls_stat.h"

static bool has_address(const struct sockets_filter *f, const struct diag_socket *s)
{
	const size_t len = f->family == AF_INET ? 4 : 16;

	if (!f->family)
		return true;
	return f->family == s->family && (memcmp(f->addr, s->local, len) == 0 || memcmp(f->addr, s->peer, len) == 0);
}

bool sockets_match(const struct sockets_filter *f, const struct diag_socket *s)
{
	return (!f->ports.local || f->ports.local == s->local_port) && (!f->ports.peer || f->ports.peer == s->peer_port) &&
	       (!f->port || f->port == s->local_port || f->port == s->peer_port) && has_address(f, s) &&
	       (f->mode < 0 || f->mode == s->tx || f->mode == s->rx) && (f->cipher < 0 || f->cipher == s->cipher);
}

static bool has_process(const struct sockets_view *v, const struct diag_socket *s, pid_t pid)
{
	const struct proc_socket *end = v->procs.rows + v->procs.n;

	for (const struct proc_socket *p = proc_of(&v->procs, s->inode); p && p < end && p->inode == s->inode; p++)
		if (p->pid == pid)
			return true;
	return false;
}

static int compare_sockets(const void *a, const void *b)
{
	const struct diag_socket *x = a, *y = b;
	int order = x->family - y->family;

	if (!order)
		order = memcmp(x->local, y->local, sizeof(x->local));
	if (!order)
		order = (int)x->local_port - (int)y->local_port;
	if (!order)
		order = memcmp(x->peer, y->peer, sizeof(x->peer));
	return order ? order : (int)x->peer_port - (int)y->peer_port;
}

static int compare_inodes(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int find_processes(const struct sysroot *root, struct sockets_view *v)
{
	uint64_t *inodes = calloc(v->list.n + 1, sizeof(*inodes));
	int ret;

	if (!inodes)
		return -ENOMEM;
	for (size_t i = 0; i < v->list.n; i++)
		inodes[i] = v->list.sockets[i].inode;
	qsort(inodes, v->list.n, sizeof(*inodes), compare_inodes);
	ret = proc_find(root, inodes, v->list.n, &v->procs);
	free(inodes);
	/* A system without /proc has sockets all the same. */
	return ret == -ENOMEM ? ret : 0;
}

static void keep(struct sockets_view *v, bool (*wanted)(const struct sockets_view *, const struct diag_socket *, const void *),
		 const void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->list.n; i++)
		if (wanted(v, &v->list.sockets[i], arg))
			v->list.sockets[kept++] = v->list.sockets[i];
	v->list.n = kept;
}

static bool passes(const struct sockets_view *v, const struct diag_socket *s, const void *arg)
{
	(void)v;
	return sockets_match(arg, s);
}

static bool is_of_process(const struct sockets_view *v, const struct diag_socket *s, const void *arg)
{
	return has_process(v, s, *(const pid_t *)arg);
}

static void judge_partial(const struct diag_list *list, struct sockets_view *v)
{
	if (!list->interrupted && !list->malformed && !list->family_err)
		return;
	v->code = CTL_PARTLY;
	if (list->family_err)
		snprintf(v->why, sizeof(v->why), "the list is not complete: the kernel refused a part of it: %s",
			 strerror(-list->family_err));
	else if (list->malformed)
		snprintf(v->why, sizeof(v->why), "the list is not complete: %zu message%s of the kernel made no sense",
			 list->malformed, list->malformed == 1 ? "" : "s");
	else
		snprintf(v->why, sizeof(v->why), "the list is not complete: sockets came and went while it was made; ask again");
}

/*
 * No socket may mean that there is none, that there can be none, or that they are not shown to this user. The counters are
 * for everybody to read: where they are at zero, nothing is hidden.
 */
static int judge_none(const struct sysroot *root, struct sockets_view *v)
{
	char release[SYSROOT_RELEASE_MAX];
	struct tls_stat stat;
	int ret = tls_stat_read(root, &stat);

	if (ret == -ENOENT) {
		v->code = CTL_UNAVAILABLE;
		snprintf(v->why, sizeof(v->why), "no kernel TLS is loaded here, so no socket uses it; 'ktlsctl status' says more");
		return 0;
	}
	if (!ret && tls_stat_sending(&stat) == 0 && tls_stat_receiving(&stat) == 0)
		return 0;
	ret = sysroot_release(root, release);
	if (ret)
		return ret;
	if (v->list.ulp_seen || diag_is_allowed(release) == 1)
		return 0;
	v->code = CTL_PERMISSION;
	snprintf(v->why, sizeof(v->why), "before Linux 6.15 (this is %s) the kernel shows TLS sockets only to programs with the "
		 "capability CAP_NET_ADMIN; there are some, as its counters say", release);
	return 0;
}

int sockets_gather(const struct sysroot *root, const struct sockets_filter *filter, struct sockets_view *v)
{
	int ret;

	*v = (struct sockets_view){ 0 };
	ret = diag_dump(root, &filter->ports, &v->list);
	if (ret)
		return ret;
	judge_partial(&v->list, v);
	if (!v->list.n && !v->code) {
		ret = judge_none(root, v);
		if (ret)
			return ret;
	}
	keep(v, passes, filter);
	ret = find_processes(root, v);
	if (!ret && filter->pid)
		keep(v, is_of_process, &filter->pid);
	if (v->list.n)
		qsort(v->list.sockets, v->list.n, sizeof(*v->list.sockets), compare_sockets);
	return ret;
}

void sockets_view_free(struct sockets_view *v)
{
	diag_free(&v->list);
	proc_free(&v->procs);
	free(v->speeds);
	v->speeds = NULL;
}
