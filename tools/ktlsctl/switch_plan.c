/* SPDX-License-Identifier: MIT */
/* ktlsctl enable and disable: what has to be done, from the facts alone. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "switch.h"

/* What is written: the first line is the mark by which the file is known as ours. */
static const char load_tls[] =
	"# Written by \"ktlsctl enable --persist\"; \"ktlsctl disable --persist\" takes it away.\n"
	"tls\n";
static const char load_tls_and_aesni[] =
	"# Written by \"ktlsctl enable --persist\"; \"ktlsctl disable --persist\" takes it away.\n"
	"tls\n"
	"# Without it AES is generic code.\n"
	"aesni_intel\n";
/* "blacklist" would stop only the loading on demand, not modprobe. */
static const char deny_tls[] =
	"# Written by \"ktlsctl disable --persist\"; \"ktlsctl enable --persist\" takes it away.\n"
	"install tls /bin/false\n";

void switch_note(struct switch_plan *plan, const char *fmt, ...)
{
	va_list ap;

	if (plan->n_notes == SWITCH_NOTES_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(plan->notes[plan->n_notes++], sizeof(plan->notes[0]), fmt, ap);
	va_end(ap);
}

void switch_refuse(struct switch_plan *plan, int exit_code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(plan->refusal, sizeof(plan->refusal), fmt, ap);
	va_end(ap);
	plan->exit_code = exit_code;
}

static struct switch_step *add(struct switch_plan *plan, enum switch_action action, const char *target)
{
	struct switch_step *step = &plan->steps[plan->n++];

	*step = (struct switch_step){ .action = action, .target = target };
	return step;
}

/* Puts @text in place of a file that is ours or not there; false if it is somebody else's. */
static bool plan_file(struct switch_plan *plan, const char *path, enum switch_file file, const char *before, const char *text)
{
	struct switch_step *step;

	if (file == SWITCH_FILE_FOREIGN) {
		switch_refuse(plan, CTL_FAILED, "%s was not written by ktlsctl, which leaves it alone; move it away first", path);
		return false;
	}
	if (before && strcmp(before, text) == 0)
		return true;
	step = add(plan, SWITCH_WRITE, path);
	step->text = text;
	step->before = before;
	return true;
}

static void plan_removal(struct switch_plan *plan, const char *path, const char *before)
{
	add(plan, SWITCH_REMOVE, path)->before = before;
}

/* --- enable --------------------------------------------------------------- */

static bool wants_aesni(const struct switch_facts *f)
{
	return f->cpu_has_aes && (f->aesni == MODULE_LOADABLE || f->aesni == MODULE_LOADED);
}

static void plan_loading(const struct switch_facts *f, struct switch_plan *plan)
{
	if (f->kernel.module_state == MODULE_LOADABLE)
		add(plan, SWITCH_LOAD, "tls");
	else
		switch_note(plan, "The module tls is loaded already.");
	if (f->cpu_has_aes && f->aesni == MODULE_LOADABLE) {
		add(plan, SWITCH_LOAD, "aesni_intel")->optional = true;
		switch_note(plan, "aesni_intel is for this CPU's AES instructions: without it the kernel encrypts with slower code.");
	}
}

static void plan_persistent_loading(const struct switch_facts *f, struct switch_plan *plan)
{
	if (f->deny_file == SWITCH_FILE_OURS)
		plan_removal(plan, SWITCH_DENY_FILE, f->deny_text);
	(void)plan_file(plan, SWITCH_LOAD_FILE, f->load_file, f->load_text, wants_aesni(f) ? load_tls_and_aesni : load_tls);
}

/* Somebody decided that tls is not to be loaded: that is for them to take back. */
static bool is_forbidden(const struct switch_facts *f, struct switch_plan *plan)
{
	if (!f->install[0] || f->deny_file == SWITCH_FILE_OURS)
		return false;
	switch_refuse(plan, CTL_FAILED, "modprobe.d has 'install tls %.100s', which keeps the module from being loaded; take that line away "
		      "first (grep -r 'install tls' /etc/modprobe.d /run/modprobe.d /lib/modprobe.d)", f->install);
	return true;
}

void switch_plan_enable(const struct switch_facts *f, const struct switch_wish *wish, struct switch_plan *plan)
{
	const enum module_state state = f->kernel.module_state;

	*plan = (struct switch_plan){ .command = "enable" };
	if (state == MODULE_BUILT_IN) {
		switch_note(plan, "Kernel TLS is built into this kernel: there is nothing to load, now or at boot.");
		return;
	}
	if (state != MODULE_LOADED && state != MODULE_LOADABLE) {
		switch_refuse(plan, CTL_UNAVAILABLE, "kernel TLS is %.120s. %.180s", f->verdict.headline, f->verdict.advice);
		return;
	}
	if (is_forbidden(f, plan))
		return;
	if (wish->persist)
		plan_persistent_loading(f, plan);
	else if (f->deny_file == SWITCH_FILE_OURS)
		switch_note(plan, SWITCH_DENY_FILE " still keeps tls from being loaded from the next boot on: enable --persist takes it away.");
	plan_loading(f, plan);
	plan->undo = plan->n ? wish->persist ? "ktlsctl disable --persist" : "ktlsctl disable" : NULL;
}

/* --- disable -------------------------------------------------------------- */

static bool is_in_use(const struct switch_facts *f)
{
	return f->verdict.sending > 0 || f->verdict.receiving > 0 || f->kernel.module.users > 0;
}

static void refuse_in_use(const struct switch_facts *f, struct switch_plan *plan)
{
	if (f->verdict.sending > 0 || f->verdict.receiving > 0)
		switch_refuse(plan, CTL_FAILED, "kernel TLS is in use: %" PRId64 " sockets send and %" PRId64 " receive by it; close them "
			      "first ('ktlsctl disable --persist --force' takes effect at the next boot)", f->verdict.sending,
			      f->verdict.receiving);
	else
		switch_refuse(plan, CTL_FAILED, "the module tls is in use %" PRId64 " times: by connections of another network namespace, or by a module that builds "
			      "on it (lsmod names it, often bonding); end those first ('ktlsctl disable --persist --force' takes effect at the next boot)",
			      f->kernel.module.users);
}

static void plan_denial(const struct switch_facts *f, struct switch_plan *plan)
{
	if (!plan_file(plan, SWITCH_DENY_FILE, f->deny_file, f->deny_text, deny_tls))
		return;
	if (f->load_file == SWITCH_FILE_OURS)
		plan_removal(plan, SWITCH_LOAD_FILE, f->load_text);
	else if (f->load_file == SWITCH_FILE_FOREIGN)
		switch_note(plan, SWITCH_LOAD_FILE " was not written by ktlsctl and stays; what it says of tls will fail at boot.");
}

void switch_plan_disable(const struct switch_facts *f, const struct switch_wish *wish, struct switch_plan *plan)
{
	const bool loaded = f->kernel.module_state == MODULE_LOADED;

	*plan = (struct switch_plan){ .command = "disable" };
	if (f->kernel.module_state == MODULE_BUILT_IN) {
		switch_refuse(plan, CTL_FAILED, "kernel TLS is built into this kernel and cannot be unloaded");
		return;
	}
	if (loaded && is_in_use(f) && !wish->force) {
		refuse_in_use(f, plan);
		return;
	}
	if (wish->persist)
		plan_denial(f, plan);
	if (loaded)
		add(plan, SWITCH_UNLOAD, "tls")->optional = wish->force;
	else
		switch_note(plan, "The module tls is not loaded.");
	plan->undo = plan->n ? wish->persist ? "ktlsctl enable --persist" : "ktlsctl enable" : NULL;
}
