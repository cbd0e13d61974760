# SPDX-License-Identifier: MIT
function __ktls_options --description 'Options of PROGRAM [COMMAND], with their descriptions, out of its own --help'
    $argv --help 2>/dev/null | awk '
    function flush(  n, i, list) {
        n = split(names, list, ", ")
        for (i = 1; i <= n; i++) {
            sub(/\[=.*/, "", list[i])
            sub(/=.*/, "=", list[i])
            print list[i] "\t" text
        }
        names = ""
    }
    /^(  |      )-/ {
        flush()
        sub(/^ +/, "")
        at = match($0, /   *[^ ]/)
        names = at ? substr($0, 1, at - 1) : $0
        text = at ? substr($0, at + RLENGTH - 1) : ""
        next
    }
    /^                    +[^ ]/ { sub(/^ +/, ""); if (names != "") text = text (text == "" ? "" : " ") $0; next }
    { flush() }
    END { flush() }'
end
