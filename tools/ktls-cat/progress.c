/* SPDX-License-Identifier: MIT */
/* How far a transfer is: a bar on a terminal, a line each second elsewhere. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/say.h"
#include "ktls-cat/progress.h"

enum {
	BAR_MS = 200,
	LINE_MS = 1000,
	WIDTH = 80,		/* of a terminal that does not say */
	BAR_MIN = 10,
	BAR_MAX = 100,
	WORDS_LEN = 32,
	LINE_LEN = 256,
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	/* Beyond, a rest of time is no forecast. */
	ETA_MAX = 100 * HOUR,
};

/* "1.25 GiB": three digits and more, as far as they mean something. */
static void format_bytes(char words[WORDS_LEN], double n)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t i = 0;

	for (; n >= 1024 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		n /= 1024;
	snprintf(words, WORDS_LEN, "%.*f %s", i == 0 || n >= 100 ? 0 : n >= 10 ? 1 : 2, n, units[i]);
}

static void format_eta(char words[WORDS_LEN], double seconds)
{
	const long s = (long)(seconds + 0.5);

	if (seconds < 0 || seconds > ETA_MAX)
		snprintf(words, WORDS_LEN, "--:--");
	else if (s >= HOUR)
		snprintf(words, WORDS_LEN, "%ld:%02ld:%02ld", s / HOUR, s % HOUR / MINUTE, s % MINUTE);
	else
		snprintf(words, WORDS_LEN, "%ld:%02ld", s / MINUTE, s % MINUTE);
}

void progress_start(struct progress *p, int64_t total, int64_t now)
{
	*p = (struct progress){ .shown = true, .total = total, .start_ms = now, .window_ms = now, .speed = -1 };
	p->bar = isatty(STDERR_FILENO);
	p->next_ms = now + (p->bar ? BAR_MS : LINE_MS);
}

int64_t progress_next(const struct progress *p)
{
	return p->shown ? p->next_ms : -1;
}

/* The present speed, in which a second ago counts as much as now. */
static void measure(struct progress *p, uint64_t bytes, int64_t now)
{
	const double s = (double)(now - p->window_ms) / 1000;
	double speed, weight;

	if (s <= 0)
		return;
	speed = (double)(bytes - p->window_bytes) / s;
	weight = s / (s + 1);
	p->speed = p->speed < 0 ? speed : p->speed + weight * (speed - p->speed);
	p->window_ms = now;
	p->window_bytes = bytes;
}

static int columns(void)
{
	struct winsize size = { .ws_col = 0 };

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : WIDTH;
}

/* "[=====>    ]" in @room columns, or nothing where there are too few. */
static void format_bar(char *out, int room, double part)
{
	const int inner = (room > BAR_MAX ? BAR_MAX : room) - 2;
	const int full = (int)(part * inner);

	*out = '\0';
	if (inner < BAR_MIN)
		return;
	out[0] = '[';
	for (int i = 0; i < inner; i++)
		out[1 + i] = i < full ? '=' : i == full ? '>' : ' ';
	strcpy(out + 1 + inner, "]");
}

/* The bytes whose speed is told: where the end is known, those that lead to it. */
static uint64_t counted(const struct progress *p, uint64_t sent, uint64_t received)
{
	return p->total >= 0 ? sent : sent + received;
}

/* What both forms say. */
static void describe(char line[LINE_LEN], const struct progress *p, uint64_t sent, uint64_t received, double speed)
{
	char there[WORDS_LEN], all[WORDS_LEN], back[WORDS_LEN], rate[WORDS_LEN], eta[WORDS_LEN];

	format_bytes(there, (double)sent);
	format_bytes(all, (double)p->total);
	format_bytes(back, (double)received);
	format_bytes(rate, speed < 0 ? 0 : speed);
	format_eta(eta, p->total >= 0 && speed > 0 ? ((double)p->total - (double)sent) / speed : -1);
	if (p->total < 0)
		snprintf(line, LINE_LEN, "sent %s, received %s, %s/s", there, back, rate);
	else if (received)
		snprintf(line, LINE_LEN, "sent %s of %s, received %s, %s/s, ETA %s", there, all, back, rate, eta);
	else
		snprintf(line, LINE_LEN, "sent %s of %s, %s/s, ETA %s", there, all, rate, eta);
}

/* The share that is sent, 0 to 1. */
static double share(const struct progress *p, uint64_t sent)
{
	const double part = p->total > 0 ? (double)sent / (double)p->total : 1;

	return part > 1 ? 1 : part;
}

static void put(const char *text)
{
	/* For the eye alone: what cannot be written is not missed. */
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

static void draw_bar(struct progress *p, const char *text, uint64_t sent)
{
	char bar[BAR_MAX + 1], line[LINE_LEN + BAR_MAX + WORDS_LEN];
	const double part = share(p, sent);
	const int width = columns() - 1;

	if (p->total < 0) {
		snprintf(line, sizeof(line), "\r%.*s\033[K", width, text);
	} else {
		format_bar(bar, width - (int)strlen(text) - (int)strlen("100% ") - 1, part);
		snprintf(line, sizeof(line), "\r%3d%% %s%s%.*s\033[K", (int)(part * 100), bar, *bar ? " " : "",
			 width - (int)strlen("100% ") - (int)strlen(bar) - 1, text);
	}
	put(line);
	p->drawn = true;
}

static void draw(struct progress *p, uint64_t sent, uint64_t received, double speed)
{
	char text[LINE_LEN];

	describe(text, p, sent, received, speed);
	if (p->bar)
		draw_bar(p, text, sent);
	else if (p->total >= 0)
		cli_say("%d%%, %s", (int)(share(p, sent) * 100), text);
	else
		cli_say("%s", text);
}

void progress_show(struct progress *p, uint64_t sent, uint64_t received, int64_t now)
{
	if (!p->shown || now < p->next_ms)
		return;
	measure(p, counted(p, sent, received), now);
	draw(p, sent, received, p->speed);
	p->next_ms = now + (p->bar ? BAR_MS : LINE_MS);
}

void progress_finish(struct progress *p, uint64_t sent, uint64_t received, int64_t now)
{
	/* What began and ended in one tick of the clock was not without speed. */
	const int64_t ms = now > p->start_ms ? now - p->start_ms : 1;

	if (!p->shown)
		return;
	draw(p, sent, received, (double)counted(p, sent, received) * 1000 / (double)ms);
	if (p->drawn)
		put("\n");
	p->shown = false;
}
