# SPDX-License-Identifier: MIT
function __ktls_complete --description 'Candidates for the word at the cursor: PROGRAM [COMMAND], and after it the words that are no options'
    set -l program (string split ' ' -- $argv[1])
    set -l words $argv[2..-1]
    set -l now (commandline -ct)
    set -l before (commandline -opc)[-1]
    set -l options (__ktls_options $program)

    if string match -q -- '--*=*' $now
        # "--mode=so": the whole word is what is completed.
        set -l parts (string split -m 1 = -- $now)
        printf "$parts[1]=%s\n" (__ktls_values $parts[1] $parts[2])
    else if string match -q -- '-*' $before; and string match -q -- "$before=*" $options; and test $before != --json
        __ktls_values $before $now
    else if contains -- $before -n -f -o
        __ktls_values $before $now
    else if string match -q -- '-*' $now
        printf '%s\n' $options
    else
        printf '%s\n' $words
    end
end
