# SPDX-License-Identifier: MIT
function __ktls_values --description 'What the value of an option may be on this machine: PROGRAM OPTION WORD'
    switch $argv[2]
        case --cipher
            if string match -q '*ktls-bench' -- $argv[1]
                printf '%s\n' aes-128-gcm aes-256-gcm chacha20-poly1305 aes-128-ccm
            else
                $argv[1] ciphers --json 2>/dev/null | sed -n 's/^ *"id": "\(.*\)",$/\1/p'
            end
        case --ciphers --ciphersuites
            # Of a list, the last name.
            set -l head (string match -r '^.*:' -- $argv[3])
            string join \n -- "$head"(__ktls_suites $argv[2])
        case --groups --curves
            set -l head (string match -r '^.*:' -- $argv[3])
            string join \n -- "$head"{X25519,X448,P-256,P-384,P-521,ffdhe2048,ffdhe3072,ffdhe4096,ffdhe6144,ffdhe8192}
        case --pass
            printf '%s\n' env: file: fd:
        case --pid
            string match -r '^[0-9]+$' (string replace -r '.*/' '' /proc/*)
        case --netns -n
            set -l names /run/netns/*
            string replace -r '.*/' '' $names
        case --tls --tls-min --tls-max
            printf '%s\n' 1.2 1.3
        case --tx --rx --record
            printf '%s\n' on off
        case --ktls --ktls-tx --ktls-rx --threads
            printf '%s\n' auto on off
        case --mode
            printf '%s\n' none software device record
        case --operations
            printf '%s\n' seal open seal,open seal-batch open-batch setup rekey
        case --peer
            printf '%s\n' openssl nginx
        case --color
            printf '%s\n' auto always never
        case --file -f --defects --csv --baseline --ipsec-mb --output -o --cafile --cacert --cert --key --keylog --json --proxy-pass-file
            __fish_complete_path $argv[3]
        case --capath
            __fish_complete_directories $argv[3]
        case --starttls
            printf '%s\n' smtp lmtp imap pop3 sieve ftp nntp xmpp xmpp-server ldap postgres mysql
        case --servername --verify-host --starttls-name
            __fish_print_hostnames
    end
end
