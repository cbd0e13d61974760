/* SPDX-License-Identifier: MIT */
/* ktlsctl probe: gathering. */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "probe.h"

const struct probe_version probe_versions[PROBE_VERSIONS] = {
	{ 0x0303, "1.2", "tls12" },
	{ 0x0304, "1.3", "tls13" },
};

bool probe_cipher_exists(const struct ktls_cipher_info *info, size_t v)
{
	return probe_versions[v].number == 0x0304 ? info->tls13 : info->tls12;
}

/* Not having been able to ask is an answer too. */
static void settle(int ret, struct ktls_probe_result *res)
{
	if (!ret)
		return;
	res->answer = KTLS_UNKNOWN;
	res->err = -ret;
	snprintf(res->why, sizeof(res->why), "no TCP connection over 127.0.0.1 could be made: %s", strerror(-ret));
}

static void ask_cipher(const struct probe_ops *ops, unsigned flags, size_t i, struct probe_cipher *c)
{
	for (size_t v = 0; v < PROBE_VERSIONS; v++)
		for (size_t d = 0; d < PROBE_DIRS && probe_cipher_exists(&c->info, v); d++)
			settle(ops->cipher(probe_versions[v].number, i, (enum ktls_dir)d, flags, &c->result[v][d]),
			       &c->result[v][d]);
}

static void ask_all(const struct probe_ops *ops, unsigned flags, struct probe_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		ask_cipher(ops, flags, i, &r->ciphers[i]);
	for (size_t d = 0; d < PROBE_DIRS; d++)
		settle(ops->rekey((enum ktls_dir)d, flags, &r->rekey[d]), &r->rekey[d]);
	settle(ops->max_payload(flags, &r->max_payload), &r->max_payload);
	if (!r->full)
		return;
	settle(ops->zero_copy(flags, &r->zero_copy), &r->zero_copy);
	settle(ops->no_pad(flags, &r->no_pad), &r->no_pad);
	for (size_t d = 0; d < PROBE_DIRS; d++)
		settle(ops->splice((enum ktls_dir)d, flags, &r->splice[d]), &r->splice[d]);
}

/* A connection needs a cipher that works both ways. */
static bool any_cipher_works(const struct probe_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t v = 0; v < PROBE_VERSIONS; v++)
			if (r->ciphers[i].result[v][KTLS_TX].answer == KTLS_YES &&
			    r->ciphers[i].result[v][KTLS_RX].answer == KTLS_YES)
				return true;
	return false;
}

static void judge_trial(struct probe_report *r)
{
	struct verdict *v = &r->verdict;

	v->advice[0] = '\0';
	if (any_cipher_works(r)) {
		v->state = VERDICT_AVAILABLE;
		v->name = "available";
		v->exit_code = CTL_OK;
		snprintf(v->headline, sizeof(v->headline), "available");
		return;
	}
	v->state = VERDICT_LOADABLE;
	v->name = "partly";
	v->exit_code = CTL_PARTLY;
	snprintf(v->headline, sizeof(v->headline), "there, but no cipher is known to work both ways");
	snprintf(v->advice, sizeof(v->advice), "What is unknown 'ktlsctl probe --load' finds out: it lets the kernel load drivers.");
}

/*
 * Whatever the files promised, no connection gets it now. That they promised nothing is known already; that they were
 * wrong is news.
 */
static void judge_missing(struct probe_report *r)
{
	struct verdict *v = &r->verdict;
	bool refused = r->ulp.answer == KTLS_NO && v->state == VERDICT_LOADABLE;

	v->exit_code = CTL_UNAVAILABLE;
	if (refused)
		snprintf(v->advice, sizeof(v->advice), "'modprobe -v tls' as root says why the module did not load; a line in "
			 "/etc/modprobe.d may forbid it.");
	if (!refused && v->state != VERDICT_ACTIVE && v->state != VERDICT_AVAILABLE)
		return;
	v->state = VERDICT_UNAVAILABLE;
	v->name = "unavailable";
	snprintf(v->headline, sizeof(v->headline), "not available: %.140s", r->ulp.why);
}

/* Where there is nothing to load, what was not asked for fear of loading is known all the same. */
static void settle_absent(const struct kernel_view *view, struct ktls_probe_result *ulp)
{
	if (view->module_state != MODULE_ABSENT || ulp->answer != KTLS_UNKNOWN)
		return;
	ulp->answer = KTLS_NO;
	snprintf(ulp->why, sizeof(ulp->why), "%s", view->config_tls == KCONFIG_NO ?
		 "this kernel was built without CONFIG_TLS" : "no module tls is installed for this kernel");
}

/* What every other question would have been answered. */
static void answer_all_alike(struct probe_report *r)
{
	for (size_t d = 0; d < PROBE_DIRS; d++) {
		for (size_t i = 0; i < r->n; i++)
			for (size_t v = 0; v < PROBE_VERSIONS; v++)
				r->ciphers[i].result[v][d] = r->ulp;
		r->rekey[d] = r->splice[d] = r->ulp;
	}
	r->max_payload = r->zero_copy = r->no_pad = r->ulp;
}

void probe_gather(const struct probe_ops *ops, unsigned flags, bool full, const struct kernel_view *view, struct probe_report *r)
{
	*r = (struct probe_report){ .full = full };
	memcpy(r->release, view->release, sizeof(r->release));
	verdict_of(view, &r->verdict);
	while (r->n < PROBE_CIPHERS_MAX && !ops->cipher_at(r->n, &r->ciphers[r->n].info))
		r->n++;
	settle(ops->ulp(flags, &r->ulp), &r->ulp);
	settle_absent(view, &r->ulp);
	r->asked = r->ulp.answer == KTLS_YES;
	if (r->asked) {
		ask_all(ops, flags, r);
		judge_trial(r);
	} else {
		answer_all_alike(r);
		judge_missing(r);
	}
}

/* --- one question ------------------------------------------------------------ */

static bool is_wanted(const struct probe_question *q, size_t d)
{
	return q->dir[d] || !(q->dir[KTLS_TX] || q->dir[KTLS_RX]);
}

/* One version of one cipher, in all directions that are wanted. */
static enum ktls_answer ask_version(const struct probe_ops *ops, unsigned flags, const struct probe_question *q, size_t cipher,
				    size_t v)
{
	enum ktls_answer answer = KTLS_YES;
	struct ktls_probe_result res;

	for (size_t d = 0; d < PROBE_DIRS && answer != KTLS_NO; d++) {
		if (!is_wanted(q, d))
			continue;
		settle(ops->cipher(probe_versions[v].number, cipher, (enum ktls_dir)d, flags, &res), &res);
		if (res.answer != KTLS_YES)
			answer = res.answer;
	}
	return answer;
}

enum ktls_answer probe_ask(const struct probe_ops *ops, unsigned flags, const struct kernel_view *view,
			   const struct probe_question *q)
{
	enum ktls_answer best = KTLS_NO, one;
	struct ktls_cipher_info info;
	struct ktls_probe_result ulp;

	settle(ops->ulp(flags, &ulp), &ulp);
	settle_absent(view, &ulp);
	if (ulp.answer != KTLS_YES)
		return ulp.answer;
	for (size_t i = 0; !ops->cipher_at(i, &info); i++) {
		for (size_t v = 0; v < PROBE_VERSIONS; v++) {
			if ((q->cipher != PROBE_ANY && q->cipher != i) || (q->version != PROBE_ANY && q->version != v) ||
			    !probe_cipher_exists(&info, v))
				continue;
			one = ask_version(ops, flags, q, i, v);
			if (one == KTLS_YES)
				return one;
			if (one == KTLS_UNKNOWN)
				best = one;
		}
	}
	return best;
}
