# SPDX-License-Identifier: MIT
function __ktls_complete --description 'Candidates for the word at the cursor: "PROGRAM [COMMAND]", and after it the words that are no options'
    set -l asked (string split ' ' -- $argv[1])
    set -l program (__ktls_program $asked[1]); or return
    set -l words $argv[2..-1]
    set -l now (commandline -ct)
    set -l before (commandline -opc)[-1]
    set -l options (__ktls_options $program $asked[2..-1])

    if string match -q -- '--*=*' $now
        # "--mode=so": the whole word is what is completed.
        set -l parts (string split -m 1 = -- $now)
        string join \n -- $parts[1]=(__ktls_values $program $parts)
    else if string match -q -- '-*' $before; and string match -q -- "$before=*" $options; and test $before != --json
        __ktls_values $program $before $now
    else if contains -- $before -n -f -o
        __ktls_values $program $before $now
    else if string match -q -- '-*' $now
        printf '%s\n' $options
    else
        printf '%s\n' $words
    end
end
