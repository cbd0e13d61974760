/* SPDX-License-Identifier: MIT */
/* Reading the configuration, with the file and line of every mistake. */
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/conf_keys.h"
#include "system/lines.h"

enum {
	FILE_MAX = 256 * 1024,
};

/* One file under way. inih asks for line after line, so that the line of a key is the one handed out last. */
struct reading {
	struct conf *conf;
	struct lines lines;
	const char *file;
	unsigned line;
	bool in_section;		/* one that is known */
	enum conf_section section;
	char device[IFNAMSIZ];
	conf_complain *complain;
	void *arg;
	int mistakes;
	bool no_memory;
};

static void wrong(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct reading *r, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->complain(r->arg, r->file, r->line, text);
	r->mistakes++;
}

/* --- lines ---------------------------------------------------------------- */

static const struct {
	const char *name;
	enum conf_section section;
} sections[] = {
	{ "module", CONF_MODULE },
	{ "sysctl", CONF_SYSCTL },
	{ "exporter", CONF_EXPORTER },
};

static bool is_device_name(struct line name)
{
	return name.len && name.len < IFNAMSIZ && !memchr(name.s, '/', name.len) && !memchr(name.s, ':', name.len) &&
	       !line_equals(name, ".") && !line_equals(name, "..");
}

static void enter_nic(struct reading *r, struct line rest)
{
	struct line device = line_word(&rest);

	if (!is_device_name(device) || line_word(&rest).len) {
		wrong(r, "[nic DEVICE] takes the name of one device, or *");
		return;
	}
	r->section = CONF_NIC;
	r->in_section = line_copy(device, r->device, sizeof(r->device));
}

static void enter_section(struct reading *r, struct line name)
{
	struct line rest = name, first = line_word(&rest);

	r->in_section = false;
	r->device[0] = '\0';
	if (line_equals(first, "nic")) {
		enter_nic(r, rest);
		return;
	}
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (line_equals(line_trim(name), sections[i].name)) {
			r->section = sections[i].section;
			r->in_section = true;
			return;
		}
	wrong(r, "unknown section [%.*s]; there are [module], [nic DEVICE], [sysctl] and [exporter]",
	      (int)(name.len < 40 ? name.len : 40), name.s);
}

/* False for a line that inih is not to see: it would take it for something else, or cut it. */
static bool look_at_line(struct reading *r, struct line line, size_t room)
{
	const char *end;

	if (memchr(line.s, '\0', line.len)) {
		wrong(r, "the line has a NUL byte");
		return false;
	}
	/* inih takes lines with its newline, a NUL, and a carriage return. */
	if (line.len + 3 > room) {
		wrong(r, "the line is longer than %zu bytes", room - 3);
		return false;
	}
	if (!line_trim(line).len || strchr("#;", line_trim(line).s[0]))
		return true;
	if (line_is_blank_char(line.s[0])) {
		wrong(r, "the line starts with a blank; sections, keys and values do not go on over lines");
		return false;
	}
	if (line.s[0] == '[') {
		end = memchr(line.s, ']', line.len);
		if (end)
			enter_section(r, (struct line){ .s = line.s + 1, .len = (size_t)(end - line.s) - 1 });
		else
			wrong(r, "the section has no closing ]");
		return end;
	}
	if (memchr(line.s, '=', line.len))
		return true;
	wrong(r, "neither [SECTION] nor KEY=VALUE");
	return false;
}

static char *next_line(char *to, int size, void *stream)
{
	struct reading *r = stream;
	struct line line;

	if (size < 4 || !lines_next(&r->lines, &line))
		return NULL;
	r->line++;
	/* Editors of other systems mark their files. */
	if (r->line == 1 && line_starts_with(line, "\xef\xbb\xbf")) {
		line.s += 3;
		line.len -= 3;
	}
	if (!look_at_line(r, line, (size_t)size))
		line.len = 0;
	memcpy(to, line.s, line.len);
	to[line.len] = '\n';
	to[line.len + 1] = '\0';
	return to;
}

/* --- keys ----------------------------------------------------------------- */

static struct conf_setting *find(const struct reading *r, const struct conf_key *key)
{
	for (size_t i = 0; i < r->conf->n; i++) {
		struct conf_setting *s = &r->conf->list[i];

		if (s->key == key->name && s->section == r->section && strcmp(s->device, r->device) == 0)
			return s;
	}
	return NULL;
}

static struct conf_setting *add(struct reading *r)
{
	struct conf *conf = r->conf;

	if (conf->n == conf->room) {
		const size_t room = conf->room ? 2 * conf->room : 16;
		struct conf_setting *list = reallocarray(conf->list, room, sizeof(*list));

		if (!list) {
			r->no_memory = true;
			return NULL;
		}
		conf->list = list;
		conf->room = room;
	}
	conf->list[conf->n] = (struct conf_setting){ 0 };
	return &conf->list[conf->n++];
}

static void take_value(struct reading *r, const struct conf_key *key, const char *text)
{
	struct conf_setting *s = find(r, key);
	char value[CONF_VALUE_MAX];
	const char *should = key->check(key, text, value);

	if (should) {
		wrong(r, "%s is to be %s, not '%.60s'", key->name, should, text);
		return;
	}
	if (s && s->file == r->file) {
		wrong(r, "%s is there twice, first in line %u", key->name, s->line);
		return;
	}
	if (!s)
		s = add(r);
	if (!s)
		return;
	*s = (struct conf_setting){ .section = r->section, .key = key->name, .file = r->file, .line = r->line };
	memcpy(s->device, r->device, sizeof(s->device));
	memcpy(s->value, value, strlen(value) + 1);
}

/* inih's handler. The section is known from its line. */
static int take_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	const struct conf_key *key;

	if (!r->in_section) {
		/* Of a section that is unknown enough was said. */
		if (!section[0])
			wrong(r, "%.40s stands before the first section", name);
		return 1;
	}
	key = conf_key_find(r->section, name);
	if (key)
		take_value(r, key, value ? value : "");
	else
		wrong(r, r->section == CONF_SYSCTL ? "%.60s is not among the settings that ktls.conf(5) lists" : "unknown key %.60s", name);
	return 1;
}

/* --- files ---------------------------------------------------------------- */

/* The name lives as long as the configuration: settings point to it. */
static const char *keep_name(struct conf *conf, const char *file)
{
	char **files = reallocarray(conf->files, conf->n_files + 1, sizeof(*files));

	if (!files)
		return NULL;
	conf->files = files;
	files[conf->n_files] = strdup(file);
	return files[conf->n_files] ? files[conf->n_files++] : NULL;
}

int conf_parse(struct conf *conf, const char *file, const char *text, size_t len, conf_complain *complain, void *arg)
{
	struct reading r = { .conf = conf, .lines = lines_of(text, len), .file = keep_name(conf, file), .complain = complain,
			     .arg = arg };
	const int ret = r.file ? ini_parse_stream(next_line, &r, take_key, &r) : -2;

	if (ret < 0 || r.no_memory)
		return -ENOMEM;
	/* Only if inih sees a mistake where none was seen here. */
	if (ret > 0 && !r.mistakes) {
		r.line = (unsigned)ret;
		wrong(&r, "neither [SECTION] nor KEY=VALUE");
	}
	return r.mistakes;
}

static int load_file(struct conf *conf, const struct sysroot *root, const char *file, bool must, conf_complain *complain, void *arg)
{
	char *text;
	size_t len;
	int ret = sysroot_read(root, file, FILE_MAX, &text, &len);

	if (ret == -ENOENT && !must)
		return 0;
	if (ret == -ENOMEM)
		return ret;
	if (ret) {
		complain(arg, file, 0, ret == -EFBIG ? "longer than a configuration can be (256 KiB)" : strerror(-ret));
		return 1;
	}
	ret = conf_parse(conf, file, text, len, complain, arg);
	free(text);
	return ret;
}

static int is_drop_in(const struct dirent *entry)
{
	const size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static int load_drop_ins(struct conf *conf, const struct sysroot *root, conf_complain *complain, void *arg)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int count, sum = 0;

	snprintf(path, sizeof(path), "%s" CONF_DROP_INS, root->dir ? root->dir : "");
	count = scandir(path, &entries, is_drop_in, alphasort);
	if (count < 0 && errno != ENOENT && errno != ENOTDIR) {
		complain(arg, CONF_DROP_INS, 0, strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		int ret = 0;

		snprintf(path, sizeof(path), CONF_DROP_INS "/%s", entries[i]->d_name);
		if (sum >= 0)
			ret = load_file(conf, root, path, true, complain, arg);
		sum = ret < 0 ? ret : sum + ret;
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return sum;
}

int conf_load(struct conf *conf, const struct sysroot *root, const char *only, conf_complain *complain, void *arg)
{
	const struct sysroot system = { .fd = -1 };
	int ret, more;

	if (only)
		return load_file(conf, &system, only, true, complain, arg);
	ret = load_file(conf, root, CONF_FILE, false, complain, arg);
	if (ret < 0)
		return ret;
	more = load_drop_ins(conf, root, complain, arg);
	return more < 0 ? more : ret + more;
}

void conf_free(struct conf *conf)
{
	for (size_t i = 0; i < conf->n_files; i++)
		free(conf->files[i]);
	free(conf->files);
	free(conf->list);
	*conf = (struct conf){ 0 };
}
