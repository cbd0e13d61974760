# SPDX-License-Identifier: MIT
# fish completion for ktls-bench

complete -c ktls-bench -f -a '(__ktls_complete ktls-bench throughput rr handshake rekey connections crypto)'
