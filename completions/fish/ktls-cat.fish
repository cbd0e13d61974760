# SPDX-License-Identifier: MIT
# fish completion for ktls-cat

complete -c ktls-cat -f -a '(__ktls_complete ktls-cat (__fish_print_hostnames))'
