/* SPDX-License-Identifier: MIT */
/* ktlsctl enable and disable: what was done, or would be. */
#include <stdio.h>

#include "ctl.h"
#include "out/json.h"
#include "switch.h"

static const struct {
	const char *name, *would, *did, *failed, *object;
} actions[] = {
	[SWITCH_LOAD] = { "load", "would load", "loaded", "did not load", " the module" },
	[SWITCH_UNLOAD] = { "unload", "would unload", "unloaded", "did not unload", " the module" },
	[SWITCH_WRITE] = { "write", "would write", "wrote", "did not write", "" },
	[SWITCH_REMOVE] = { "remove", "would remove", "removed", "did not remove", "" },
};

/* The lines that are written, indented. */
static void print_contents(const char *text, struct out *o)
{
	for (const char *s = text; *s;) {
		const int len = (int)__builtin_strcspn(s, "\n");

		out_text(o, OUT_PLAIN, "    %.*s", len, s);
		out_line(o);
		s += len + (s[len] == '\n');
	}
}

static void print_step(const struct switch_step *step, bool dry_run, struct out *o)
{
	const char *verb = actions[step->action].failed;
	enum out_tone tone = OUT_WARN;

	if (dry_run || step->done) {
		verb = dry_run ? actions[step->action].would : actions[step->action].did;
		tone = dry_run ? OUT_PLAIN : OUT_GOOD;
	}
	out_text(o, tone, "%s%s %s", verb, actions[step->action].object, step->target);
	out_line(o);
	if (step->action == SWITCH_WRITE)
		print_contents(step->text, o);
}

int switch_print_text(const struct switch_plan *plan, bool dry_run, struct out *o)
{
	for (size_t i = 0; i < plan->n; i++)
		print_step(&plan->steps[i], dry_run, o);
	for (size_t i = 0; i < plan->n_notes; i++)
		out_wrapped(o, OUT_PLAIN, 0, 0, plan->notes[i]);
	if (!plan->n)
		out_wrapped(o, OUT_PLAIN, 0, 0, "Nothing to do.");
	if (plan->undo) {
		out_text(o, OUT_PLAIN, "to undo: %s", plan->undo);
		out_line(o);
	}
	return 0;
}

static json_t *steps(const struct switch_plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->n; i++) {
		const struct switch_step *step = &plan->steps[i];

		out_json_append(&list, json_pack("{s:s, s:s, s:o, s:b}", "action", actions[step->action].name, "target", step->target,
						 "contents", out_json_text(step->text), "done", (int)step->done));
	}
	return list;
}

static json_t *notes(const struct switch_plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->n_notes; i++)
		out_json_append(&list, out_json_text(plan->notes[i]));
	return list;
}

int switch_print_json(const struct switch_plan *plan, bool dry_run, struct out *o)
{
	return out_json(o, json_pack("{s:i, s:s, s:b, s:o, s:o, s:o}", "schema", 1, "command", plan->command, "dry_run", (int)dry_run,
				     "steps", steps(plan), "notes", notes(plan), "undo", out_json_text(plan->undo)));
}
