/* SPDX-License-Identifier: MIT */
/* Folders of CA certificates, read before there is a peer: a lookup method of libcrypto whose files are in memory. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "session/trust.h"

enum {
	HASH_LEN = 8,			/* of a name: "5ed36f99.0" */
	FILE_MAX = 1024 * 1024,
};

/* One file, until its certificates are in the store. */
struct trusted_file {
	unsigned long hash;
	char *text;
	size_t len;
};

struct trusted_folder {
	struct trusted_file *files;
	size_t n, room;
};

/* --- reading --------------------------------------------------------------- */

/* "5ed36f99.0"; "5ed36f99.r0" is a revocation list. */
static bool parse_name(const char *name, unsigned long *hash)
{
	char *end;

	if (strspn(name, "0123456789abcdef") != HASH_LEN || name[HASH_LEN] != '.' || !isdigit((unsigned char)name[HASH_LEN + 1]))
		return false;
	*hash = strtoul(name, &end, 16);
	return name[HASH_LEN + 1 + strspn(name + HASH_LEN + 1, "0123456789")] == '\0';
}

static bool read_whole(int fd, struct trusted_file *file)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FILE_MAX)
		return false;
	file->text = malloc((size_t)st.st_size);
	while (file->text && file->len < (size_t)st.st_size) {
		const ssize_t n = read(fd, file->text + file->len, (size_t)st.st_size - file->len);

		if (n <= 0)
			break;
		file->len += (size_t)n;
	}
	return file->len > 0;
}

static int keep(struct trusted_folder *folder, const struct trusted_file *file)
{
	const size_t room = folder->room ? folder->room * 2 : 256;
	struct trusted_file *files;

	if (folder->n == folder->room) {
		files = realloc(folder->files, room * sizeof(*files));
		if (!files)
			return -ENOMEM;
		folder->files = files;
		folder->room = room;
	}
	folder->files[folder->n++] = *file;
	return 0;
}

static int read_file(struct trusted_folder *folder, int dir, const char *name, unsigned long hash)
{
	struct trusted_file file = { .hash = hash };
	const int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret = 0;

	if (fd < 0)
		return 0;
	if (read_whole(fd, &file))
		ret = keep(folder, &file);
	else
		ret = -ENODATA;
	close(fd);
	if (ret)
		free(file.text);
	return ret == -ENODATA ? 0 : ret;
}

static int read_folder(struct trusted_folder *folder, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned long hash;
	int ret = 0;

	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir)))
		if (parse_name(entry->d_name, &hash))
			ret = read_file(folder, dirfd(dir), entry->d_name, hash);
	closedir(dir);
	return ret;
}

static void free_folder(struct trusted_folder *folder)
{
	if (!folder)
		return;
	for (size_t i = 0; i < folder->n; i++)
		free(folder->files[i].text);
	free(folder->files);
	free(folder);
}

/* --- looking up ------------------------------------------------------------ */

static void take_certificates(X509_STORE *store, struct trusted_file *file)
{
	BIO *bio = BIO_new_mem_buf(file->text, (int)file->len);
	X509 *cert;

	/* "TRUSTED CERTIFICATE", too. */
	while (bio && (cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL))) {
		X509_STORE_add_cert(store, cert);
		X509_free(cert);
	}
	BIO_free(bio);
	/* That no more follows is no error. */
	ERR_clear_error();
	free(file->text);
	file->text = NULL;
}

/* The certificate of this subject among those that the store has now. Borrowed: the caller in libcrypto takes a reference of its own. */
static int find(X509_STORE *store, const X509_NAME *name, X509_OBJECT *out)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
	int found = 0;

	X509_STORE_lock(store);
	for (int i = 0; !found && i < sk_X509_OBJECT_num(objects); i++) {
		X509 *cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));

		if (!cert || X509_NAME_cmp(X509_get_subject_name(cert), name) != 0)
			continue;
		found = X509_OBJECT_set1_X509(out, cert);
		if (found)
			X509_free(cert);
	}
	X509_STORE_unlock(store);
	return found;
}

static int by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *out)
{
	struct trusted_folder *folder = X509_LOOKUP_get_method_data(lookup);
	X509_STORE *store = X509_LOOKUP_get_store(lookup);
	unsigned long hash;
	int ok = 0;

	if (type != X509_LU_X509 || !folder)
		return 0;
	hash = X509_NAME_hash_ex(name, NULL, NULL, &ok);
	for (size_t i = 0; ok && i < folder->n; i++)
		if (folder->files[i].hash == hash && folder->files[i].text)
			take_certificates(store, &folder->files[i]);
	return ok ? find(store, name, out) : 0;
}

static void lookup_free(X509_LOOKUP *lookup)
{
	free_folder(X509_LOOKUP_get_method_data(lookup));
}

/* One for the life of the process, as libcrypto's own are. */
static X509_LOOKUP_METHOD *method(void)
{
	static X509_LOOKUP_METHOD *m;

	if (m)
		return m;
	m = X509_LOOKUP_meth_new("CA certificates in memory");
	if (m) {
		X509_LOOKUP_meth_set_get_by_subject(m, by_subject);
		X509_LOOKUP_meth_set_free(m, lookup_free);
	}
	return m;
}

/* --- both ------------------------------------------------------------------ */

/* A store has each method once, so all folders share one. */
static struct trusted_folder *files_of(X509_STORE *store)
{
	X509_LOOKUP *lookup = method() ? X509_STORE_add_lookup(store, method()) : NULL;
	struct trusted_folder *folder = lookup ? X509_LOOKUP_get_method_data(lookup) : NULL;

	if (!lookup || folder)
		return folder;
	folder = calloc(1, sizeof(*folder));
	X509_LOOKUP_set_method_data(lookup, folder);
	return folder;
}

int session_trust_folder(X509_STORE *store, const char *path)
{
	struct trusted_folder *folder = files_of(store);

	return folder ? read_folder(folder, path) : -ENOMEM;
}

int session_trust_default_folders(X509_STORE *store)
{
	const char *named = secure_getenv(X509_get_default_cert_dir_env());
	char *list = strdup(named ? named : X509_get_default_cert_dir()), *rest = list, *path;
	int ret = list ? 0 : -ENOMEM;

	while (list && (path = strsep(&rest, ":")))
		if (*path && session_trust_folder(store, path) == -ENOMEM)
			ret = -ENOMEM;
	free(list);
	return ret;
}
