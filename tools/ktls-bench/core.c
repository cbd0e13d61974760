/* SPDX-License-Identifier: MIT */
/*
 * The CPU's core: how fast it runs at the moment, and whether somebody else uses it, too.
 *
 * A core is shared with the other thread of it, which may be another machine's and is not to be seen by any other means, and
 * with whoever comes in between. Who sits on it is found by work that fills it: AES units and the front end. Its time is
 * counted in core cycles, which a chain of dependent multiplications tells: each takes three on any x86-64 of the last ten
 * years. (Additions will not do: newer cores do away with some of them before they are executed.)
 */
#include <math.h>
#include <stdint.h>

#include "ktls-bench/clock.h"
#include "ktls-bench/core.h"
#include "ktls-bench/stats.h"

/* A tick may be as coarse as 10 ns: lengths at which that is less than one per cent. */
enum {
	CHAIN_TURNS = 150,
	CHAIN_CYCLES = CHAIN_TURNS * 20 * 3,
	PROBE_TURNS = 400,
	PROBE_STEPS = PROBE_TURNS * 12,
	LEARN_LOOKS = 100,
};

/* Alone it is 1.00 to 1.03 of what it should be, beside somebody else 1.5 to 2. */
static const double step_most = 1.045, step_least = 0.95;

static const double clock_differs = 0.015;

/* Few cycles, not the fewest of all: a clock that was read wrongly makes them too few. */
int core_alone(double *steps, size_t n, bool two_a_cycle)
{
	double low;

	/* Every CPU that has VAES does two AES rounds of 128 bits a cycle. */
	if (two_a_cycle)
		return 1;
	stats_of(steps, n);
	low = floor(steps[n / 10] + 0.2);
	return low > 1 ? (int)low : 1;
}

static bool is_alone(const struct core *core, const struct core_look *look)
{
	return look->step > step_least * core->alone && look->step < step_most * core->alone;
}

bool core_was_quiet(const struct core *core, const struct core_look *before, const struct core_look *after)
{
	return core->alone && is_alone(core, before) && is_alone(core, after) &&
	       fabs(before->clock - after->clock) < clock_differs * before->clock;
}

#ifdef __x86_64__
#include <cpuid.h>

static uint64_t time_chain(void)
{
	uint64_t a = 3, b = 7, turns = CHAIN_TURNS;
	const uint64_t start = clock_ticks();

	__asm__ volatile("1:\n\t"
			 ".rept 20\n\t"
			 "imul %1, %0\n\t"
			 ".endr\n\t"
			 "dec %2\n\t"
			 "jnz 1b"
			 : "+r"(a), "+r"(b), "+r"(turns)
			 :
			 : "cc");
	return clock_ticks() - start;
}

/* 128 bits wide: wider registers would want warming up first. Twelve of them, lest a round wait for the one before. */
#define STEP(x, y) "aesenc %%xmm15, %%xmm" #x "\n\taesenc %%xmm15, %%xmm" #y "\n\tnop\n\tnop\n\tnop\n\t"
#define SIX_STEPS STEP(0, 1) STEP(2, 3) STEP(4, 5) STEP(6, 7) STEP(8, 9) STEP(10, 11)

static uint64_t time_probe(void)
{
	uint64_t turns = PROBE_TURNS;
	const uint64_t start = clock_ticks();

	__asm__ volatile("1:\n\t" SIX_STEPS SIX_STEPS "dec %0\n\t"
			 "jnz 1b"
			 : "+r"(turns)
			 :
			 : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
			   "xmm11");
	return clock_ticks() - start;
}

void core_look(const struct core *core, struct core_look *look)
{
	const uint64_t chain = time_chain();

	look->clock = chain ? (double)CHAIN_CYCLES / (double)chain : 0;
	look->step = core->alone ? (double)time_probe() * look->clock / PROBE_STEPS : 0;
}

void core_learn(struct core *core)
{
	unsigned a, b, c, d;
	double steps[LEARN_LOOKS];
	bool has_vaes;

	core->alone = 0;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_AES))
		return;
	has_vaes = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & bit_VAES);
	core->alone = 1;
	for (int i = 0; i < LEARN_LOOKS; i++) {
		struct core_look look;

		core_look(core, &look);
		steps[i] = look.step;
	}
	core->alone = core_alone(steps, LEARN_LOOKS, has_vaes);
}
#else
void core_learn(struct core *core)
{
	core->alone = 0;
}

void core_look(const struct core *core, struct core_look *look)
{
	(void)core;
	*look = (struct core_look){ 0 };
}
#endif
