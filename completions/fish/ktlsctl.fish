# SPDX-License-Identifier: MIT
# fish completion for ktlsctl

function __ktlsctl_commands --description 'Commands with their descriptions, out of the help'
    set -l program (__ktls_program ktlsctl); or return
    $program help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  *\([[A-Z][^ ]* \)\{0,1\} *\(.*\)/\1\t\3/p'
end

# The first word that is neither an option nor the value of one.
function __ktlsctl_command
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word -n --netns --color
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
            return
        end
    end
end

function __ktlsctl_candidates
    set -l command (__ktlsctl_command)
    switch "$command"
        case ''
            __ktls_complete ktlsctl (__ktlsctl_commands)
        case help
            __ktlsctl_commands
        case nic
            # Folders: bonding has a file among the devices.
            set -l devices /sys/class/net/*/
            __ktls_complete 'ktlsctl nic' (string replace -r '.*/(.*)/$' '$1' $devices)
        case config
            __ktls_complete 'ktlsctl config' show check diff apply rollback
        case '*'
            __ktls_complete "ktlsctl $command"
    end
end

complete -c ktlsctl -f -a '(__ktlsctl_candidates)'
