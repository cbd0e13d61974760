/* SPDX-License-Identifier: MIT */
/* ktls-bench: what TLS costs on this machine, and whether kernel TLS pays. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "cli/args.h"
#include "cli/say.h"
#include "ktls-bench/report.h"

static int show(const struct comparison *c, struct out *o, struct cli_failure *f)
{
	int ret = c->options->json ? report_json(c, o) : report_text(c, o);

	if (ret)
		return cli_fail(f, CLI_IO, "%s", strerror(-ret));
	if (c->options->csv && report_csv(c, c->options->csv, f))
		return f->code;
	/* A JSON document stands alone; the comparison is for people then, too. */
	if (c->options->baseline) {
		struct out err = { .to = stderr };

		return report_baseline(c, c->options->json ? &err : o, f);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static char name[] = "ktls-bench";
	struct out o = { .to = stdout };
	struct bench_options options;
	struct cli_failure f = { 0 };
	struct comparison *c;
	int code;

	cli_set_name(argv, name);
	bench_parse_options(&options, argc, argv);
	if (out_set_colour(&o, options.colour))
		cli_usage_error("--color: '%s' is not auto, always or never", options.colour);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	c = malloc(sizeof(*c));
	if (!c) {
		cli_say("out of memory");
		return CLI_IO;
	}
	code = comparison_run(&options, c, &f);
	if (!code)
		code = show(c, &o, &f);
	comparison_free(c);
	free(c);
	if (f.code)
		cli_say("%s", f.text);
	cli_exit_flushed(code);
}
