/* SPDX-License-Identifier: MIT */
/* ktlsctl nic: a table of all devices, or one device in full, and the JSON of either. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nic.h"
#include "out/json.h"
#include "out/notes.h"
#include "out/table.h"

/* The notes with room for their texts. */
struct reasons {
	struct out_notes notes;
	char text[OUT_NOTES_MAX + 1][NIC_WHY_MAX];
};

static unsigned note_for(struct reasons *reasons, const struct nic_view *v, enum nic_feature f)
{
	char *text = reasons->text[reasons->notes.n];

	nic_why(v, f, text);
	return text[0] ? out_note(&reasons->notes, text) : 0;
}

const char *nic_state_word(const struct nic_feature_state *s)
{
	if (!s->known)
		return "-";
	if (!s->changeable)
		return s->active ? "on fixed" : "off fixed";
	if (s->wanted && !s->active)
		return "off, asked on";
	return s->active ? "on" : "off";
}

static void state_cell(struct out_table *t, struct reasons *reasons, const struct nic_view *v, enum nic_feature f)
{
	const struct nic_feature_state *s = &v->nic.feature[f];
	const enum out_tone tone = s->active ? OUT_GOOD : s->wanted && s->changeable ? OUT_WARN : OUT_PLAIN;
	const unsigned note = note_for(reasons, v, f);

	if (note)
		out_table_cell(t, tone, "%s(%u)", nic_state_word(s), note);
	else
		out_table_cell(t, tone, "%s", nic_state_word(s));
}

static int print_all(const struct nic_report *r, struct reasons *reasons, struct out *o)
{
	static const struct out_column columns[] = {
		{ "device", OUT_LEFT }, { "TX", OUT_LEFT }, { "RX", OUT_LEFT }, { "record", OUT_LEFT }, { "driver", OUT_LEFT },
	};
	struct out_table *t;
	int ret = out_table_new(&t, columns, sizeof(columns) / sizeof(columns[0]));

	if (ret)
		return ret;
	for (size_t i = 0; i < r->n; i++) {
		const struct nic_view *v = &r->views[i];

		out_table_cell(t, OUT_PLAIN, "%s", v->nic.name);
		for (unsigned f = 0; f < NIC_FEATURES; f++)
			state_cell(t, reasons, v, (enum nic_feature)f);
		out_table_cell(t, OUT_PLAIN, "%s", v->driver[0] ? v->driver : "-");
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static int print_features(const struct nic_view *v, struct reasons *reasons, struct out *o)
{
	static const struct out_column columns[] = {
		{ "feature", OUT_LEFT }, { "capable", OUT_LEFT }, { "wanted", OUT_LEFT }, { "active", OUT_LEFT },
	};
	struct out_table *t;
	int ret = out_table_new(&t, columns, sizeof(columns) / sizeof(columns[0]));

	if (ret)
		return ret;
	for (unsigned f = 0; f < NIC_FEATURES; f++) {
		const struct nic_feature_state *s = &v->nic.feature[f];
		const unsigned note = note_for(reasons, v, (enum nic_feature)f);

		out_table_cell(t, OUT_PLAIN, "%s", nic_feature_name((enum nic_feature)f));
		out_table_cell(t, OUT_PLAIN, "%s", s->known ? s->changeable ? "yes" : "no, fixed" : "-");
		out_table_cell(t, OUT_PLAIN, "%s", s->known ? yes_no(s->wanted) : "-");
		if (note)
			out_table_cell(t, s->active ? OUT_GOOD : OUT_PLAIN, "%s(%u)", s->known ? yes_no(s->active) : "-", note);
		else
			out_table_cell(t, s->active ? OUT_GOOD : OUT_PLAIN, "%s", s->known ? yes_no(s->active) : "-");
	}
	ret = out_table_print(t, o);
	out_table_free(t);
	return ret;
}

static int print_counters(const struct nic_view *v, struct out *o)
{
	static const struct out_column columns[] = { { "counter of the driver", OUT_LEFT }, { "value", OUT_RIGHT }, { NULL, OUT_LEFT } };
	struct out_table *t;
	int ret;

	if (v->counters_err) {
		out_text(o, OUT_WARN, "the driver's counters cannot be read: %s", strerror(-v->counters_err));
		out_line(o);
		return 0;
	}
	if (!v->n_counters) {
		out_text(o, OUT_PLAIN, "the driver has no counters for TLS");
		out_line(o);
		return 0;
	}
	ret = out_table_new(&t, columns, 3);
	for (size_t i = 0; !ret && i < v->n_counters; i++) {
		out_table_cell(t, OUT_PLAIN, "%s", v->counters[i].name);
		out_table_cell(t, OUT_PLAIN, "%" PRIu64, v->counters[i].value);
		out_table_cell(t, OUT_PLAIN, "%s", "");
	}
	if (!ret) {
		ret = out_table_print(t, o);
		out_table_free(t);
	}
	return ret;
}

static int print_one(const struct nic_view *v, struct reasons *reasons, struct out *o)
{
	int ret;

	out_text(o, OUT_HEAD, "%s", v->nic.name);
	out_text(o, OUT_PLAIN, ": %s%s", v->driver[0] ? "driver " : "no driver named", v->driver);
	if (v->bond_mode[0])
		out_text(o, OUT_PLAIN, ", bond %s %s", v->bond_mode, v->bond_hash);
	out_line(o);
	out_line(o);
	ret = print_features(v, reasons, o);
	out_line(o);
	return ret ? ret : print_counters(v, o);
}

int nic_print_text(const struct nic_report *r, struct out *o)
{
	struct reasons *reasons = calloc(1, sizeof(*reasons));
	int ret;

	if (!reasons)
		return -ENOMEM;
	ret = r->one && r->n == 1 ? print_one(&r->views[0], reasons, o) : print_all(r, reasons, o);
	if (!ret && reasons->notes.n) {
		out_line(o);
		out_notes_print(&reasons->notes, o);
	}
	if (!ret) {
		out_line(o);
		out_wrapped(o, OUT_PLAIN, 0, 0, "Cards take TLS 1.2 with AES-GCM; TLS 1.3 stays in software. A switch matters to new "
			    "connections only.");
	}
	free(reasons);
	return ret;
}

/* --- JSON ----------------------------------------------------------------- */

json_t *nic_feature_json(const struct nic_feature_state *s)
{
	if (!s->known)
		return json_null();
	return json_pack("{s:b, s:b, s:b}", "capable", (int)s->changeable, "wanted", (int)s->wanted, "active", (int)s->active);
}

static json_t *feature(const struct nic_view *v, enum nic_feature f)
{
	json_t *object = nic_feature_json(&v->nic.feature[f]);
	char why[NIC_WHY_MAX];

	if (!v->nic.feature[f].known)
		return object;
	nic_why(v, f, why);
	out_json_set(&object, "why", out_json_text(why));
	return object;
}

static json_t *counters(const struct nic_view *v)
{
	json_t *object;

	if (v->counters_err)
		return json_null();
	object = json_object();
	/* jansson's integers have a sign. */
	for (size_t i = 0; i < v->n_counters; i++)
		out_json_set(&object, v->counters[i].name,
			     v->counters[i].value > INT64_MAX ? json_null() : json_integer((json_int_t)v->counters[i].value));
	return object;
}

static json_t *device(const struct nic_view *v)
{
	return json_pack("{s:o, s:i, s:o, s:{s:o, s:o, s:o}, s:b, s:b, s:o, s:o, s:o}", "device", out_json_text(v->nic.name), "ifindex",
			 (int)v->nic.ifindex, "driver", out_json_text(v->driver), "features", nic_feature_name(NIC_TX),
			 feature(v, NIC_TX), nic_feature_name(NIC_RX), feature(v, NIC_RX), nic_feature_name(NIC_RECORD),
			 feature(v, NIC_RECORD), "tx_checksum", (int)v->nic.tx_checksum, "rx_checksum", (int)v->nic.rx_checksum,
			 "bond_mode", out_json_text(v->bond_mode), "bond_hash", out_json_text(v->bond_hash), "tls_counters",
			 counters(v));
}

int nic_print_json(const struct nic_report *r, struct out *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n; i++)
		out_json_append(&list, device(&r->views[i]));
	return out_json(o, json_pack("{s:i, s:s, s:o}", "schema", 1, "command", "nic", "devices", list));
}
