/* SPDX-License-Identifier: MIT */
/* ktlsctl doctor: the list of findings. */
#include <stdarg.h>
#include <stdio.h>

#include "doctor.h"

void find_that(struct findings *f, enum finding_state state, const char *fmt, ...)
{
	struct finding *one = &f->list[f->n];
	va_list ap;

	if (f->n == FINDINGS_MAX)
		return;
	f->n++;
	one->check = f->check;
	one->state = state;
	one->advice[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(one->why, sizeof(one->why), fmt, ap);
	va_end(ap);
}

void give_advice(struct findings *f, const char *fmt, ...)
{
	struct finding *one = &f->list[f->n - 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(one->advice, sizeof(one->advice), fmt, ap);
	va_end(ap);
}

size_t findings_count(const struct findings *f, enum finding_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->list[i].state == state;
	return n;
}

enum finding_state findings_worst(const struct findings *f)
{
	enum finding_state worst = FINDING_OK;

	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].state > worst)
			worst = f->list[i].state;
	return worst;
}

void findings_be_strict(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].state == FINDING_UNKNOWN || f->list[i].state == FINDING_WARNING)
			f->list[i].state++;
}

const char *finding_state_name(enum finding_state state)
{
	static const char *const names[] = {
		[FINDING_OK] = "ok",
		[FINDING_UNKNOWN] = "unknown",
		[FINDING_WARNING] = "warning",
		[FINDING_FAILED] = "failed",
	};

	return names[state];
}
