/* SPDX-License-Identifier: MIT */
/* A comparison as a picture, in a file that is there as a whole or not at all. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ktls-bench/plot.h"
#include "ktls-bench/report.h"
#include "out/atomic.h"

static void svg(FILE *f, int width, int height)
{
	fprintf(f, "set terminal svg noenhanced size %d,%d font 'sans-serif,12' background rgb '#ffffff'\n", width, height);
}

/* Twice as many pixels: they are looked at enlarged. The second is for a gnuplot without cairo. */
static void png(FILE *f, int width, int height)
{
	fprintf(f, "if (strstrt(GPVAL_TERMINALS, ' pngcairo ') > 0) {\n"
		"set terminal pngcairo noenhanced size %d,%d font 'sans,12' fontscale 2 linewidth 2 pointscale 2 background rgb '#ffffff'\n"
		"} else {\nset terminal png noenhanced truecolor size %d,%d background rgb '#ffffff'\n}\n",
		2 * width, 2 * height, width, height);
}

/* By the end of the file's name. */
static const struct format {
	const char *suffix;
	plot_terminal terminal;
	bool is_script;		/* it is not drawn, but left for the user to draw */
} formats[] = {
	{ ".svg", svg, false },
	{ ".png", png, false },
	{ ".gp", svg, true },
};

static const struct format *format_of(const char *path)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const size_t len = strlen(path), suffix = strlen(formats[i].suffix);

		if (len > suffix && strcmp(path + len - suffix, formats[i].suffix) == 0)
			return &formats[i];
	}
	return NULL;
}

bool report_can_plot(const char *path)
{
	return format_of(path) != NULL;
}

static int fail(const char *path, int err, struct cli_failure *f)
{
	const char *why = err == -EEXIST ? "is not a regular file" : strerror(-err);

	return cli_fail(f, CLI_IO, "%s: %s", path, err == -ENODATA ? "nothing was measured that could be drawn" : why);
}

/* The script for gnuplot in a file that has no name. */
static FILE *open_script(void)
{
	const int fd = memfd_create("script", MFD_CLOEXEC);
	FILE *script = fd < 0 ? NULL : fdopen(fd, "w");

	if (!script && fd >= 0)
		close(fd);
	return script;
}

static int draw(const struct comparison *c, const struct format *format, const char *path, FILE *picture, struct cli_failure *f)
{
	FILE *script = open_script();
	int ret;

	if (!script)
		return fail(path, -errno, f);
	ret = plot_write(script, c, format->terminal);
	if (!ret && (fflush(script) || lseek(fileno(script), 0, SEEK_SET)))
		ret = -errno;
	if (ret)
		fail(path, ret, f);
	else
		plot_run(fileno(script), fileno(picture), f);
	fclose(script);
	return f->code;
}

int report_plot(const struct comparison *c, const char *path, struct cli_failure *f)
{
	const struct format *format = format_of(path);
	struct out_atomic file;
	int ret = out_atomic_open(&file, path, 0644);

	if (ret)
		return fail(path, ret, f);
	if (format->is_script)
		ret = plot_write(file.to, c, format->terminal);
	else
		draw(c, format, path, file.to, f);
	if (!ret && !f->code)
		ret = out_atomic_commit(&file);
	if (ret)
		fail(path, ret, f);
	out_atomic_abandon(&file);
	return f->code;
}

int report_plot_check(const char *path, struct cli_failure *f)
{
	struct out_atomic file;
	const int ret = out_atomic_open(&file, path, 0644);

	if (ret)
		return fail(path, ret, f);
	out_atomic_abandon(&file);
	return 0;
}
