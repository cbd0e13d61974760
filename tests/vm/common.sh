# SPDX-License-Identifier: MIT
# What the scripts of the kernel matrix share.
# shellcheck shell=bash disable=SC2034

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${KTLS_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ktls-tools/vm}

# Could not run at all, as against ran and failed: 77 is what automake calls a skip; strict mode knows no skips.
cannot_run() {
	if [ "${KTLS_VM_STRICT-}" = 1 ]; then
		echo "vm: failed: $*" >&2
		exit 1
	fi
	echo "vm: skipped: $*"
	exit 77
}

# Lines of the table, comments left out.
kernel_lines() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$vm_dir/kernels.conf"
}
