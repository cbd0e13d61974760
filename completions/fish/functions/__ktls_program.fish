# SPDX-License-Identifier: MIT
function __ktls_program --description 'Path of the program that is being completed: as it was typed, or, where an alias was, by its NAME'
    # With the folders that have programs for root.
    set -lx PATH $PATH /usr/local/sbin /usr/sbin /sbin
    set -l typed (string replace -r '^~/' "$HOME/" -- (commandline -opc)[1])

    command -s -- $typed; or begin
        not string match -q '*/*' -- $typed; and command -s -- $argv[1]
    end
end
