# SPDX-License-Identifier: MIT
# KTLS_WARNINGS: collects in WARN_CFLAGS every warning option that this compiler knows.
AC_DEFUN([KTLS_WARNINGS], [
	WARN_CFLAGS=
	ktls_saved_cflags=$CFLAGS
	for ktls_flag in -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
			 -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough \
			 -Wnested-externs -Wredundant-decls -Wdate-time -Wmissing-include-dirs -Walloca \
			 -Wnull-dereference -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wswitch-default; do
		AC_MSG_CHECKING([whether $CC takes $ktls_flag])
		CFLAGS="$ktls_saved_cflags $ktls_flag -Werror"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
			[AC_MSG_RESULT([yes]); WARN_CFLAGS="$WARN_CFLAGS $ktls_flag"],
			[AC_MSG_RESULT([no])])
	done
	CFLAGS=$ktls_saved_cflags
	AC_SUBST([WARN_CFLAGS])
])
