# SPDX-License-Identifier: MIT
# What the running kernel is, and must be.
# shellcheck shell=bash

# In the kernel matrix: what needs kernel TLS fails where it would be skipped.
kernel_is_required() {
	[ "${KTLS_TEST_REQUIRE_KERNEL-}" = 1 ]
}

# kernel_is_at_least VERSION
kernel_is_at_least() {
	printf '%s\n%s\n' "$1" "$(uname -r)" | sort -V -C
}
