/* SPDX-License-Identifier: MIT */
/** Words that every part of libktls shares. */
#ifndef KTLS_TYPES_H
#define KTLS_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** A direction of a connection, as seen from this end. */
enum ktls_dir {
	KTLS_TX = 0,	/**< sending */
	KTLS_RX = 1,	/**< receiving */
};

/** Who carries the records of a direction. */
enum ktls_path {
	KTLS_PATH_KERNEL = 1,	/**< the kernel, by TCP_ULP "tls" */
	KTLS_PATH_ENGINE = 2,	/**< libktls in user space */
};

/** What the caller wants for a direction. */
enum ktls_want {
	KTLS_AUTO = 0,	/**< the kernel if it takes it, else the engine */
	KTLS_ON = 1,	/**< the kernel or fail */
	KTLS_OFF = 2,	/**< the engine */
};

/** libktls's version, "0.1.0". Since 0.1. */
const char *ktls_version(void);

/** "close_notify" and so on for an alert description (RFC 8446 section 6); "unknown" for unregistered ones. Since 0.1. */
const char *ktls_alert_name(uint8_t description);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
