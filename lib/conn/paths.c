/* SPDX-License-Identifier: MIT */
/* Which path carries which direction, and why. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conn/conn.h"
#include "tls/protocol.h"

/*
 * Everything that may fail for want of memory is made before the kernel is asked, so that a refusal leaves a working
 * engine and an acceptance cannot be followed by a failure.
 */
struct candidates {
	struct path_tx *kernel_tx, *engine_tx;
	struct path_rx *kernel_rx, *engine_rx;
};

static void candidates_free(struct candidates *cand)
{
	if (cand->kernel_tx)
		cand->kernel_tx->ops->free(cand->kernel_tx);
	if (cand->engine_tx)
		cand->engine_tx->ops->free(cand->engine_tx);
	if (cand->kernel_rx)
		cand->kernel_rx->ops->free(cand->kernel_rx);
	if (cand->engine_rx)
		cand->engine_rx->ops->free(cand->engine_rx);
}

static int candidates_make(struct candidates *cand, const struct path_env *env, const struct handover *ho,
			   const struct ktls_conn_opts *opts)
{
	int ret = 0;

	if (opts->want[KTLS_TX] != KTLS_OFF)
		ret = path_kernel_tx_new(&cand->kernel_tx, env);
	if (!ret && opts->want[KTLS_RX] != KTLS_OFF)
		ret = path_kernel_rx_new(&cand->kernel_rx, env);
	if (!ret && opts->want[KTLS_TX] != KTLS_ON)
		ret = path_engine_tx_new(&cand->engine_tx, env, &ho->tx);
	if (!ret && opts->want[KTLS_RX] != KTLS_ON)
		ret = path_engine_rx_new(&cand->engine_rx, env, &ho->rx);
	return ret;
}

static void reason_kernel(char *reason, const struct ktls_conn *c)
{
	snprintf(reason, CONN_REASON_LEN, "the kernel took the keys, %s %s", tls_version_name(c->version), c->cipher->name);
}

static void reason_engine(char *reason, const char *why, const char *leaf)
{
	snprintf(reason, CONN_REASON_LEN, "%s; records by %s", why, leaf);
}

static void reason_add(char *reason, const char *what, const char *why)
{
	const size_t len = strlen(reason);

	snprintf(reason + len, CONN_REASON_LEN - len, "; %s%s", what, why);
}

/* @why_copy: NULL if the kernel took the wish. */
static void reason_zero_copy(struct ktls_conn *c, const char *why_copy)
{
	if (!c->env.zero_copy)
		return;
	c->tx.zero_copy = !why_copy;
	if (why_copy)
		reason_add(c->tx.reason, "no zero copy: ", why_copy);
	else
		reason_add(c->tx.reason, "zero copy where a network card encrypts", "");
}

/* What the kernel made of the wishes that it may refuse. */
static void reason_wishes(struct ktls_conn *c)
{
	const char *why_cut, *why_copy;

	path_kernel_tx_wishes(c->tx.path, &why_cut, &why_copy);
	if (why_cut)
		reason_add(c->tx.reason, "records cut in user space: ", why_cut);
	reason_zero_copy(c, why_copy);
}

/*
 * The kernel said no. With KTLS_ON that is the end, otherwise the engine takes the direction. A peer that went before the kernel was
 * asked may have left an @alert (or -1): that says why the connection is over, which the refusal does not.
 */
static int refused(enum ktls_want want, const char *dir, const char *why, int alert, struct errmsg *err)
{
	if (want != KTLS_ON)
		return 0;
	if (alert >= 0)
		return errmsg_set(err, -EOPNOTSUPP, "kernel TLS was demanded for %s, but: %s (the peer's last word: alert %s)", dir, why,
				  tls_alert_name((uint8_t)alert));
	return errmsg_set(err, -EOPNOTSUPP, "kernel TLS was demanded for %s, but: %s", dir, why);
}

static int choose_tx(struct ktls_conn *c, struct candidates *cand, const struct handover *ho, enum ktls_want want,
		     struct errmsg *err)
{
	const char *why = "the engine was asked for";
	int ret = -EOPNOTSUPP;

	if (cand->kernel_tx)
		ret = path_kernel_tx_install(cand->kernel_tx, &ho->tx, &why);
	if (!ret) {
		c->tx.path = cand->kernel_tx;
		cand->kernel_tx = NULL;
		reason_kernel(c->tx.reason, c);
		reason_wishes(c);
		return 0;
	}
	ret = refused(want, "sending", why, -1, err);
	if (ret)
		return ret;
	c->tx.path = cand->engine_tx;
	cand->engine_tx = NULL;
	reason_engine(c->tx.reason, why, path_engine_tx_leaf(c->tx.path));
	reason_zero_copy(c, "the engine has none");
	return 0;
}

/*
 * Keys that do not open what the peer already sent must not reach the kernel: there the connection would just die. A kernel without
 * the ULP gets no keys, and then there is nothing to check; but where it was demanded an alert in that record may say more.
 */
static int install_rx(struct ktls_conn *c, struct candidates *cand, const struct handover *ho, enum ktls_want want, const char **why,
		      int *alert)
{
	const int attached = path_kernel_rx_attach(cand->kernel_rx, why);
	int ret = 0;

	if (!attached || want == KTLS_ON)
		ret = path_peek_check(&c->env, &ho->rx, alert);
	if (attached)
		return attached;
	if (ret < 0) {
		*why = "the self-check failed: a record already received does not open with the exported keys";
		return ret;
	}
	return path_kernel_rx_install(cand->kernel_rx, &ho->rx, why);
}

static int choose_rx(struct ktls_conn *c, struct candidates *cand, const struct handover *ho, enum ktls_want want,
		     struct errmsg *err)
{
	const char *why = "the engine was asked for";
	int ret = -EOPNOTSUPP, alert = -1;

	if (cand->kernel_rx)
		ret = install_rx(c, cand, ho, want, &why, &alert);
	if (!ret) {
		c->rx.path = cand->kernel_rx;
		cand->kernel_rx = NULL;
		reason_kernel(c->rx.reason, c);
		return 0;
	}
	ret = refused(want, "receiving", why, alert, err);
	if (ret)
		return ret;
	c->rx.path = cand->engine_rx;
	cand->engine_rx = NULL;
	reason_engine(c->rx.reason, why, path_engine_rx_leaf(c->rx.path));
	return 0;
}

int conn_choose_paths(struct ktls_conn *c, const struct handover *ho, const struct ktls_conn_opts *opts,
		      struct errmsg *err)
{
	struct candidates cand = { 0 };
	int ret = candidates_make(&cand, &c->env, ho, opts);

	if (ret) {
		errmsg_set(err, ret, "cannot make a record path for %s: %s", ho->cipher->name, strerror(-ret));
		goto out;
	}
	/* Receiving first: if both are demanded and one is refused, it is refused before the peer could have got a byte. */
	ret = choose_rx(c, &cand, ho, opts->want[KTLS_RX], err);
	if (!ret)
		ret = choose_tx(c, &cand, ho, opts->want[KTLS_TX], err);
	/* A refused candidate may have left a message; it is part of the reason now, not an error of the connection. */
	errmsg_clear(&c->err);
out:
	candidates_free(&cand);
	return ret;
}
