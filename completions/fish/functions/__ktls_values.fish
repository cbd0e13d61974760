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
        case --pid
            string match -r '^[0-9]+$' (string replace -r '.*/' '' /proc/*)
        case --netns -n
            set -l names /run/netns/*
            string replace -r '.*/' '' $names
        case --tls --tls-min --tls-max
            printf '%s\n' 1.2 1.3
        case --tx --rx --record
            printf '%s\n' on off
        case --ktls --ktls-tx --ktls-rx
            printf '%s\n' auto on off
        case --mode
            printf '%s\n' none software device record
        case --operations
            printf '%s\n' seal open seal,open
        case --peer
            printf '%s\n' openssl nginx
        case --color
            printf '%s\n' auto always never
        case --file -f --defects --csv --baseline --output -o --cafile --cacert --cert --key --json
            __fish_complete_path $argv[3]
        case --capath
            __fish_complete_directories $argv[3]
        case --servername --verify-host
            __fish_print_hostnames
    end
end
