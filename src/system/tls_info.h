/* SPDX-License-Identifier: MIT */
/*
 * What sock_diag says about a kernel TLS socket, by number: the values of linux/tls.h and linux/inet_diag.h, which lib/kernel
 * alone includes and which older headers lack in part.
 */
#ifndef SYSTEM_TLS_INFO_H
#define SYSTEM_TLS_INFO_H

/* Attributes of a socket. */
enum {
	DIAG_ATTR_INFO = 2,		/* struct tcp_info */
	DIAG_ATTR_ULP_INFO = 19,	/* nested */
};

/* Within DIAG_ATTR_ULP_INFO. */
enum {
	ULP_INFO_NAME = 1,
	ULP_INFO_TLS = 2,	/* nested */
};

/* Within ULP_INFO_TLS. */
enum {
	TLS_INFO_VERSION = 1,
	TLS_INFO_CIPHER = 2,
	TLS_INFO_TXCONF = 3,
	TLS_INFO_RXCONF = 4,
	TLS_INFO_ZC_RO_TX = 5,			/* a flag; Linux 5.19 */
	TLS_INFO_RX_NO_PAD = 6,			/* a flag; Linux 6.0 */
	TLS_INFO_TX_MAX_PAYLOAD_LEN = 7,	/* Linux 6.19 */
	TLS_INFO_MAX = 7,
};

#endif
