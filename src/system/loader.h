/* SPDX-License-Identifier: MIT */
/* Loading and unloading kernel modules, as modprobe does. */
#ifndef SYSTEM_LOADER_H
#define SYSTEM_LOADER_H

#include <stddef.h>

/*
 * The command that modprobe.d wants run in place of loading @name ("install tls /bin/false") into @command, "" if there
 * is none. 0 or negative errno.
 */
int loader_install_command(const char *name, char *command, size_t size);

/*
 * Loads the module and what it depends on. Install commands for it are passed over, and so are blacklists, which are for
 * loading by alias. 0, also when it was there, or negative errno: -ENOENT no such module, -EPERM not allowed.
 */
int loader_load(const char *name);

/*
 * Unloads the module, never by force: the kernel refuses what is in use with -EBUSY or -EAGAIN. 0, also when it was not
 * there, or negative errno.
 */
int loader_unload(const char *name);

#endif
