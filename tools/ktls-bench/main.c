/* SPDX-License-Identifier: MIT */
/* ktls-bench: what TLS costs on this machine, and whether kernel TLS pays. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "cli/args.h"
#include "cli/say.h"
#include "ktls-bench/report.h"
#include "ktls-bench/server.h"
#include "ktls-bench/watch.h"

static int print(const struct comparison *c, struct out *o)
{
	if (c->options->json_stream)
		return report_json_end(c, o);
	return c->options->json ? report_json(c, o) : report_text(c, o);
}

static int show(const struct comparison *c, struct out *o, struct cli_failure *f)
{
	const int ret = print(c, o);

	if (ret)
		return cli_fail(f, CLI_IO, "%s", strerror(-ret));
	if (c->options->csv && report_csv(c, c->options->csv, f))
		return f->code;
	if (c->options->plot) {
		/* Drawing takes a moment, in which the table can be read. */
		out_finish(o);
		if (report_plot(c, c->options->plot, f))
			return f->code;
	}
	/* A JSON document stands alone; the comparison is for people then, too. */
	if (c->options->baseline) {
		struct out err = { .to = stderr };

		return report_baseline(c, c->options->json || c->options->json_stream ? &err : o, f);
	}
	return 0;
}

/* Who is told as it goes on: @watches has room for all. */
static void choose_watches(const struct bench_options *options, struct out *o, struct watch watches[3])
{
	size_t n = 0;

	if (options->json_stream)
		watches[n++] = stream_watch(o);
	else if (options->interval_ms && !options->json)
		watches[n++] = lines_watch(o);
	watches[n++] = progress_watch();
	watches[n] = (struct watch){ 0 };
}

static int compare(const struct bench_options *options, struct out *o, struct cli_failure *f)
{
	struct watch watches[3];
	struct comparison c;
	struct cli_failure later = { 0 };
	int code;

	if (options->plot && report_plot_check(options->plot, f))
		return f->code;
	choose_watches(options, o, watches);
	code = comparison_run(options, watches, &c, f);
	if (!code)
		code = show(&c, o, f);
	else if (c.interrupted && show(&c, o, &later) && later.code)
		cli_say("%s", later.text);
	comparison_free(&c);
	return code;
}

static int open_output(const struct bench_options *options, struct out *o, struct cli_failure *f)
{
	if (!options->logfile)
		return 0;
	o->to = fopen(options->logfile, "ae");
	return o->to ? 0 : cli_fail(f, CLI_IO, "%s: %s", options->logfile, strerror(errno));
}

static int close_output(const struct bench_options *options, struct out *o, struct cli_failure *f)
{
	if (!options->logfile || !o->to)
		return 0;
	if (ferror(o->to) | fclose(o->to))
		return cli_fail(f, CLI_IO, "%s: %s", options->logfile, strerror(errno ? errno : EIO));
	return 0;
}

int main(int argc, char **argv)
{
	static char name[] = "ktls-bench";
	struct out o = { .to = stdout };
	struct bench_options options;
	struct cli_failure f = { 0 };
	int code;

	cli_set_name(argv, name);
	bench_parse_options(&options, argc, argv);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	code = open_output(&options, &o, &f);
	if (!code && out_set_colour(&o, options.colour))
		cli_usage_error("--color: '%s' is not auto, always or never", options.colour);
	if (!code)
		code = options.server ? server_run(&options, &f) : compare(&options, &o, &f);
	if (close_output(&options, &o, &f) && !code)
		code = f.code;
	if (f.code && f.text[0])
		cli_say("%s", f.text);
	cli_exit_flushed(code);
}
