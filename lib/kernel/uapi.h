/* SPDX-License-Identifier: MIT */
/* The kernel's TLS interface, with what headers older than the running kernel lack. Documentation/networking/tls.rst */
#ifndef KTLS_KERNEL_UAPI_H
#define KTLS_KERNEL_UAPI_H

#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef TLS_TX_ZEROCOPY_RO
#define TLS_TX_ZEROCOPY_RO 3	/* Linux 5.19 */
#endif
#ifndef TLS_RX_EXPECT_NO_PAD
#define TLS_RX_EXPECT_NO_PAD 4	/* Linux 6.0 */
#endif
#ifndef TLS_TX_MAX_PAYLOAD_LEN
#define TLS_TX_MAX_PAYLOAD_LEN 5	/* Linux 6.19 */
#endif

#endif
