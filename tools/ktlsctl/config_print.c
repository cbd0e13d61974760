/* SPDX-License-Identifier: MIT */
/* ktlsctl config: settings with where they come from, differences, changes. */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "out/json.h"
#include "out/table.h"

static const char *shown(const char *value)
{
	return *value ? value : "(none)";
}

static void where_cell(struct out_table *t, const struct conf_setting *s)
{
	out_table_cell(t, OUT_PLAIN, "%s:%u", s->file, s->line);
}

static void wanted_row(struct out_table *t, const struct config_item *item, const char *label)
{
	out_table_cell(t, OUT_PLAIN, "%s", label);
	out_table_cell(t, OUT_PLAIN, "%s", shown(item->want.value));
	where_cell(t, &item->want);
}

static void difference_row(struct out_table *t, const struct config_item *item, const char *label)
{
	out_table_cell(t, OUT_PLAIN, "%s", label);
	out_table_cell(t, item->problem[0] ? OUT_BAD : OUT_WARN, "%s", item->known ? shown(item->live) : "?");
	out_table_cell(t, OUT_PLAIN, "%s%s%s", shown(item->want.value), item->problem[0] ? " -- " : "", item->problem);
}

static bool is_to_show(const struct config_item *item, const char *action)
{
	if (strcmp(action, "show") == 0)
		return true;
	if (strcmp(action, "diff") == 0)
		return item->differs || !item->known || item->problem[0];
	return item->done;
}

static int print_table(const struct config *c, const char *action, size_t *rows, struct out *o)
{
	static const struct out_column show[] = { { "setting", OUT_LEFT }, { "value", OUT_LEFT }, { "from", OUT_LEFT } };
	static const struct out_column differ[] = { { "setting", OUT_LEFT }, { "now", OUT_LEFT }, { "wanted", OUT_LEFT } };
	static const struct out_column change[] = { { "changed", OUT_LEFT }, { "before", OUT_LEFT }, { "now", OUT_LEFT } };
	const bool all = strcmp(action, "show") == 0;
	struct out_table *t;
	int ret = out_table_new(&t, all ? show : strcmp(action, "diff") == 0 ? differ : change, 3);

	if (ret)
		return ret;
	*rows = 0;
	for (size_t i = 0; i < c->n; i++) {
		char label[80];

		if (!is_to_show(&c->items[i], action))
			continue;
		++*rows;
		config_label(&c->items[i].want, label, sizeof(label));
		(all ? wanted_row : difference_row)(t, &c->items[i], label);
	}
	if (*rows)
		ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

int config_print_text(const struct config *c, const char *action, struct out *o)
{
	static const struct {
		const char *action, *text;
	} nothing[] = {
		{ "show", "Nothing is configured." },
		{ "diff", "No difference." },
		{ "apply", "Nothing to change." },
		{ "rollback", "Nothing to change." },
	};
	size_t rows;
	int ret = print_table(c, action, &rows, o);

	for (size_t i = 0; !ret && !rows && i < sizeof(nothing) / sizeof(nothing[0]); i++)
		if (strcmp(nothing[i].action, action) == 0)
			out_wrapped(o, OUT_PLAIN, 0, 0, nothing[i].text);
	return ret;
}

static json_t *setting(const struct config_item *item)
{
	static const char *const sections[] = { "module", "nic", "sysctl", "exporter" };
	const struct conf_setting *s = &item->want;

	return json_pack("{s:s, s:o, s:s, s:s, s:o, s:o, s:b, s:o, s:s, s:i}", "section", sections[s->section], "device",
			 out_json_text(s->device), "key", s->key, "wanted", s->value, "live",
			 item->known ? json_string(item->live) : json_null(), "differs", out_json_answer(item->known ? item->differs : -1),
			 "changed", (int)item->done, "problem", out_json_text(item->problem), "file", s->file, "line", (int)s->line);
}

int config_print_json(const struct config *c, const struct conf *conf, const char *action, struct out *o)
{
	json_t *list = json_array(), *files = json_array();

	for (size_t i = 0; i < c->n; i++)
		out_json_append(&list, setting(&c->items[i]));
	for (size_t i = 0; i < conf->n_files; i++)
		out_json_append(&files, out_json_text(conf->files[i]));
	return out_json(o, json_pack("{s:i, s:s, s:s, s:o, s:o}", "schema", 1, "command", "config", "action", action, "files", files,
				     "settings", list));
}
