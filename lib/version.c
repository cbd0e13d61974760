/* SPDX-License-Identifier: MIT */
/* Words of the library about itself and about alerts. */
#include <ktls/types.h>

#include "tls/protocol.h"

const char *ktls_version(void)
{
	return PACKAGE_VERSION;
}

const char *ktls_alert_name(uint8_t description)
{
	return tls_alert_name(description);
}
