# SPDX-License-Identifier: MIT
function __ktls_suites --description 'Names for --ciphers and --ciphersuites of ktls-cat, as in its completion of bash: OPTION'
    set -l suites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256
    set -l older ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE-ECDSA-AES128-CCM:DHE-RSA-AES128-CCM
    set -l tls -tls1_2

    command -q openssl; or return
    test $argv[1] = --ciphers; or set tls -tls1_3
    openssl ciphers -s $tls -ciphersuites $suites "$older:!aDSS:!aNULL:!PSK" 2>/dev/null | string split :
end
