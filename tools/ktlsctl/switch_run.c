/* SPDX-License-Identifier: MIT */
/* ktlsctl enable and disable: carrying the plan out, or nothing of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "switch.h"
#include "system/caps.h"
#include "system/files.h"
#include "system/loader.h"

static int write_file(const char *path, const char *text)
{
	return file_replace(path, text, strlen(text), 0644);
}

/* In another user namespace the kernel does not count it. */
static int may_load(void)
{
	int ret = caps_has_sys_module();

	return ret == 1 ? caps_in_initial_userns() : ret;
}

const struct switch_ops switch_system = {
	.load = loader_load,
	.unload = loader_unload,
	.write = write_file,
	.remove = file_remove,
	.may_change = file_may_change,
	.may_load = may_load,
};

static bool is_file(const struct switch_step *step)
{
	return step->action == SWITCH_WRITE || step->action == SWITCH_REMOVE;
}

/* All rights are there before anything is done. */
static bool is_allowed(const struct switch_ops *ops, struct switch_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct switch_step *step = &plan->steps[i];
		int ret = is_file(step) ? ops->may_change(step->target) : 0;

		if (ret) {
			switch_refuse(plan, ctl_exit_of(ret), "%s cannot be changed: %s%s", step->target, strerror(-ret),
				      ret == -EACCES ? " (it is root's)" : "");
			return false;
		}
		if (is_file(step) || ops->may_load() == 1)
			continue;
		switch_refuse(plan, CTL_PERMISSION, "%sing the module %s takes the capability CAP_SYS_MODULE in the initial user namespace",
			      step->action == SWITCH_LOAD ? "load" : "unload", step->target);
		return false;
	}
	return true;
}

static int do_step(const struct switch_ops *ops, const struct switch_step *step)
{
	switch (step->action) {
	case SWITCH_LOAD:
		return ops->load(step->target);
	case SWITCH_UNLOAD:
		return ops->unload(step->target);
	case SWITCH_WRITE:
		return ops->write(step->target, step->text);
	case SWITCH_REMOVE:
		return ops->remove(step->target);
	default:
		return -EINVAL;
	}
}

static int undo_step(const struct switch_ops *ops, const struct switch_step *step)
{
	switch (step->action) {
	case SWITCH_LOAD:
		return ops->unload(step->target);
	case SWITCH_UNLOAD:
		return ops->load(step->target);
	case SWITCH_WRITE:
	case SWITCH_REMOVE:
		return step->before ? ops->write(step->target, step->before) : ops->remove(step->target);
	default:
		return -EINVAL;
	}
}

static const char *reason(int err)
{
	switch (err) {
	case -EBUSY:
	case -EAGAIN:
		return "it is in use";
	case -EPERM:
		return "the kernel does not allow it (a locked-down kernel, or a module that is not signed)";
	case -EKEYREJECTED:
		return "its signature is not one that this kernel trusts";
	case -ENOENT:
		return "its file, or one that it depends on, is not there";
	default:
		return strerror(-err);
	}
}

static void say_what_failed(const struct switch_step *step, int err, char *text, size_t size)
{
	static const char *const words[] = {
		[SWITCH_LOAD] = "the module %s could not be loaded: %s",
		[SWITCH_UNLOAD] = "the module %s could not be unloaded: %s",
		[SWITCH_WRITE] = "%s could not be written: %s",
		[SWITCH_REMOVE] = "%s could not be removed: %s",
	};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, size, words[step->action], step->target, is_file(step) ? strerror(-err) : reason(err));
#pragma GCC diagnostic pop
}

static void append(struct switch_plan *plan, const char *before, const char *what)
{
	const size_t used = strlen(plan->refusal);

	snprintf(plan->refusal + used, sizeof(plan->refusal) - used, "; %s%s", before, what);
}

static void go_back(const struct switch_ops *ops, struct switch_plan *plan, size_t done)
{
	bool all = true;

	while (done-- > 0) {
		struct switch_step *step = &plan->steps[done];

		if (!step->done)
			continue;
		step->done = undo_step(ops, step) != 0;
		all &= !step->done;
		if (step->done)
			append(plan, step->target, " could not be put back");
	}
	if (all)
		append(plan, "", "nothing was changed");
}

void switch_run(const struct switch_ops *ops, struct switch_plan *plan)
{
	char text[240];

	if (plan->refusal[0] || !is_allowed(ops, plan))
		return;
	for (size_t i = 0; i < plan->n; i++) {
		struct switch_step *step = &plan->steps[i];
		int ret = do_step(ops, step);

		step->done = !ret;
		if (!ret)
			continue;
		say_what_failed(step, ret, text, sizeof(text));
		if (step->optional) {
			switch_note(plan, "%s", text);
			plan->exit_code = CTL_PARTLY;
			continue;
		}
		switch_refuse(plan, ctl_exit_of(ret), "%s", text);
		go_back(ops, plan, i);
		return;
	}
}
