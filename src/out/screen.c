/* SPDX-License-Identifier: MIT */
/* Text that is shown anew every few seconds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "out/screen.h"

/* ECMA-48 and xterm: what every terminal emulator of today knows. */
#define ENTER "\033[?1049h\033[?25l\033[?7l"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"

/* Single keys without echo. A stopped program would leave the shell on the alternate screen, so ^Z stops nothing. */
static void take_keys(struct out_screen *s)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &s->old))
		return;
	raw = s->old;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	s->keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

int out_screen_open(struct out_screen *s, struct out *o, struct cli_failure *f)
{
	const char *term = getenv("TERM");

	*s = (struct out_screen){ .o = o };
	if (cli_wait_init(&s->wait, f))
		return f->code;
	s->live = out_is_terminal(o) && term && strcmp(term, "dumb") != 0;
	if (!s->live)
		return 0;
	take_keys(s);
	fputs(ENTER, o->to);
	return 0;
}

int out_frame_open(struct out_frame *frame, const struct out_screen *s)
{
	*frame = (struct out_frame){ .out.colour = s->o->colour };
	frame->out.to = open_memstream(&frame->text, &frame->len);
	return frame->out.to ? 0 : -ENOMEM;
}

void out_frame_drop(struct out_frame *frame)
{
	if (frame->out.to)
		fclose(frame->out.to);
	free(frame->text);
	*frame = (struct out_frame){ 0 };
}

/* Lines of the frame that fit; a frame that does not fit loses its end and not its beginning. */
static void show_in_place(const struct out_frame *frame, FILE *to)
{
	struct winsize size = { 0 };
	const char *at = frame->text, *end;
	unsigned rows;

	rows = ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row : 24;
	fputs(HOME, to);
	for (unsigned row = 0; row < rows && *at; row++) {
		end = strchrnul(at, '\n');
		/* A newline in the last row would scroll. */
		fprintf(to, "%s%.*s" CLEAR_LINE, row ? "\r\n" : "", (int)(end - at), at);
		at = *end ? end + 1 : end;
	}
	fputs(CLEAR_BELOW, to);
}

int out_frame_show(struct out_frame *frame, struct out_screen *s)
{
	int ret = fclose(frame->out.to) ? -ENOMEM : 0;

	frame->out.to = NULL;
	if (!ret && s->live)
		show_in_place(frame, s->o->to);
	else if (!ret)
		fprintf(s->o->to, "%s%s", s->shown ? "\n" : "", frame->text);
	s->shown++;
	out_frame_drop(frame);
	return ret ? ret : out_finish(s->o);
}

/* True for q. What cannot be read is not looked at again. */
static bool key_says_end(struct out_screen *s, struct pollfd *fd)
{
	char key;

	if (read(STDIN_FILENO, &key, 1) == 1)
		return key == 'q' || key == 'Q';
	fd->fd = -1;
	s->keys = false;
	return false;
}

int out_screen_wait(struct out_screen *s, int64_t ms)
{
	const int64_t end = cli_now_ms() + ms;

	for (;;) {
		struct pollfd fds[2] = { [1] = { .fd = s->keys ? STDIN_FILENO : -1, .events = POLLIN } };
		int64_t left = end - cli_now_ms();
		int ret = cli_wait_poll(&s->wait, fds, 2, left > 0 ? left : 0);

		if (ret == -EINTR)
			return 0;
		if (ret < 0)
			return ret;
		if (fds[1].revents && key_says_end(s, &fds[1]))
			return 0;
		if (ret == 0 && cli_now_ms() >= end)
			return 1;
	}
}

void out_screen_close(struct out_screen *s)
{
	if (s->wait.signal_fd >= 0)
		close(s->wait.signal_fd);
	s->wait.signal_fd = -1;
	if (s->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->old);
	if (!s->live)
		return;
	fputs(LEAVE, s->o->to);
	fflush(s->o->to);
	s->keys = s->live = false;
}
