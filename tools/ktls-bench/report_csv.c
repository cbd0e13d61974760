/* SPDX-License-Identifier: MIT */
/* A comparison for spreadsheets: every measurement is a line. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ktls-bench/report.h"

/* The columns that all modes have; those of the mode's own numbers follow. */
static void print_titles(FILE *f, const struct bench_mode *mode)
{
	fputs("mode,case,tx,rx,tls,cipher,record,length,streams,run,bytes,transactions,seconds,rate,sender_user,sender_system,receiver_user,"
	      "receiver_system,softirq", f);
	for (size_t i = 0; i < bench_mode_extras(mode); i++)
		fprintf(f, ",%s", mode->extras[i].key);
	fputc('\n', f);
}

/* Negative: not known, and an empty field. */
static void print_number(FILE *f, double value)
{
	if (value < 0)
		fputc(',', f);
	else
		fprintf(f, ",%.6f", value);
}

/* What a foreign server's records have is not what was asked for. */
static void print_record(FILE *f, const struct comparison *c, const struct row *row)
{
	if (comparison_has_foreign_records(c))
		fputc(',', f);
	else
		fprintf(f, ",%u", c->options->mode->alone ? (unsigned)row->what.size : c->options->record);
}

static void print_line(FILE *f, const struct comparison *c, const struct row *row, unsigned i)
{
	const struct bench_options *o = c->options;
	const struct sample *s = &row->samples[i];
	const double seconds[] = { s->sender.user, s->sender.system, s->receiver.user, s->receiver.system, s->softirq };

	fprintf(f, "%s,%s,%s,%s,%s,%s", o->mode->name, row->what.id, s->facts.tx, s->facts.rx, o->tls_version == TLS1_3_VERSION ? "1.3" : "1.2",
		o->cipher);
	print_record(f, c, row);
	fprintf(f, ",%zu,%u,%u", bench_length(o, &row->what), o->streams, i + 1);
	fprintf(f, ",%" PRIu64 ",%" PRIu64 ",%.6f,%.0f", s->bytes, s->ops, s->seconds, bench_mode_rate(o->mode, s));
	for (size_t k = 0; k < sizeof(seconds) / sizeof(seconds[0]); k++)
		print_number(f, seconds[k]);
	for (size_t k = 0; k < bench_mode_extras(o->mode); k++)
		print_number(f, o->mode->extras[k].of(s));
	fputc('\n', f);
}

int report_csv(const struct comparison *c, const char *path, struct cli_failure *f)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
	print_titles(file, c->options->mode);
	for (size_t i = 0; i < c->n; i++)
		for (unsigned k = 0; k < c->rows[i].n; k++)
			print_line(file, c, &c->rows[i], k);
	if (ferror(file) | fclose(file))
		return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno ? errno : EIO));
	return 0;
}
