/* SPDX-License-Identifier: MIT */
/* A comparison for spreadsheets: every measurement is a line. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ktls-bench/report.h"

/* What only this mode measures; nothing at all where it is not known. */
static void print_extras(FILE *f, const struct bench_mode *mode, const struct sample *s)
{
	for (size_t i = 0; i < bench_mode_extras(mode); i++) {
		const double value = mode->extras[i].of(s);

		if (value < 0)
			fputc(',', f);
		else
			fprintf(f, ",%.3f", value);
	}
	fputc('\n', f);
}

static void print_line(FILE *f, const struct comparison *c, const struct row *row, unsigned i)
{
	const struct sample *s = &row->samples[i];

	fprintf(f, "%s,%s,%s,%s,%s,%s,%u,%zu,%u,%u,%" PRIu64 ",%" PRIu64 ",%.6f,%.0f,%.6f,%.6f,%.6f,%.6f,%.3f", c->options->mode->name,
		row->what.id, s->facts.tx, s->facts.rx, c->options->tls_version == TLS1_3_VERSION ? "1.3" : "1.2", c->options->cipher,
		c->options->record, c->options->length, c->options->streams, i + 1, s->bytes, s->ops, s->seconds,
		bench_mode_rate(c->options->mode, s), s->sender.user, s->sender.system, s->receiver.user, s->receiver.system, s->softirq);
	print_extras(f, c->options->mode, s);
}

int report_csv(const struct comparison *c, const char *path, struct cli_failure *f)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno));
	fputs("mode,case,tx,rx,tls,cipher,record,length,streams,run,bytes,transactions,seconds,rate,sender_user,sender_system,receiver_user,"
	      "receiver_system,softirq", file);
	for (size_t i = 0; i < bench_mode_extras(c->options->mode); i++)
		fprintf(file, ",%s", c->options->mode->extras[i].key);
	fputc('\n', file);
	for (size_t i = 0; i < c->n; i++)
		for (unsigned k = 0; k < c->rows[i].n; k++)
			print_line(file, c, &c->rows[i], k);
	if (ferror(file) | fclose(file))
		return cli_fail(f, CLI_IO, "%s: %s", path, strerror(errno ? errno : EIO));
	return 0;
}
