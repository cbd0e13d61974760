/* SPDX-License-Identifier: MIT */
/* The machine that a report speaks of, and its counters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <ktls/probe.h>

#include "ktls-bench/machine.h"
#include "system/tls_stat.h"

/* The value of the first line of /proc/cpuinfo that begins with @key. */
static void cpuinfo(const char *key, char *value, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[4096];

	value[0] = '\0';
	while (f && !value[0] && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, key, strlen(key)) != 0)
			continue;
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(value, size, "%s", colon[1] ? colon + 2 : "");
	}
	if (f)
		fclose(f);
}

static void first_line(const char *path, char *value, size_t size)
{
	FILE *f = fopen(path, "re");

	if (!f || !fgets(value, (int)size, f))
		value[0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void leaf_of(const char *cipher, char *leaf, size_t size)
{
	struct ktls_cipher_info info;

	leaf[0] = '\0';
	for (size_t i = 0; !ktls_cipher_at(i, &info); i++)
		if (strcmp(info.id, cipher) == 0)
			snprintf(leaf, size, "%s", info.engine_leaf);
}

void machine_look(struct machine *m, const char *cipher)
{
	char flags[4096];
	struct utsname u;

	*m = (struct machine){ .cpus = sysconf(_SC_NPROCESSORS_ONLN) };
	if (uname(&u) == 0)
		snprintf(m->kernel, sizeof(m->kernel), "%s", u.release);
	cpuinfo("model name", m->cpu, sizeof(m->cpu));
	cpuinfo("flags", flags, sizeof(flags));
	first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", m->governor, sizeof(m->governor));
	snprintf(m->virt, sizeof(m->virt), "%s", strstr(flags, " hypervisor") ? "guest" : "");
	snprintf(m->libssl, sizeof(m->libssl), "%s", OpenSSL_version(OPENSSL_FULL_VERSION_STRING));
	snprintf(m->libktls, sizeof(m->libktls), "%s", ktls_version());
	leaf_of(cipher, m->leaf, sizeof(m->leaf));
}

/* "cpu user nice system idle iowait irq softirq ..." in ticks. */
static double softirq_now(void)
{
	char line[512];
	double value = -1;

	first_line("/proc/stat", line, sizeof(line));
	if (sscanf(line, "cpu %*s %*s %*s %*s %*s %*s %lf", &value) != 1)
		return -1;
	return value / (double)sysconf(_SC_CLK_TCK);
}

void machine_read_counters(struct machine_counters *c)
{
	const struct sysroot system = { .fd = -1 };
	struct tls_stat stat;

	*c = (struct machine_counters){ .softirq = softirq_now(), .kernel_tx = -1, .kernel_rx = -1 };
	if (tls_stat_read(&system, &stat))
		return;
	c->kernel_tx = tls_stat_get(&stat, "TlsTxSw") + tls_stat_get(&stat, "TlsTxDevice");
	c->kernel_rx = tls_stat_get(&stat, "TlsRxSw") + tls_stat_get(&stat, "TlsRxDevice");
}

static int64_t grown(int64_t before, int64_t after)
{
	return before < 0 || after < 0 ? -1 : after - before;
}

struct machine_counters machine_counters_since(const struct machine_counters *before)
{
	struct machine_counters now;

	machine_read_counters(&now);
	return (struct machine_counters){
		.softirq = before->softirq < 0 || now.softirq < 0 ? -1 : now.softirq - before->softirq,
		.kernel_tx = grown(before->kernel_tx, now.kernel_tx),
		.kernel_rx = grown(before->kernel_rx, now.kernel_rx),
	};
}
