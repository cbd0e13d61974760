# SPDX-License-Identifier: MIT
# KTLS_CHECK_AESNI: sets have_aesni and AESNI_CFLAGS if the compiler can build the AES-NI + PCLMULQDQ leaf.
AC_DEFUN([KTLS_CHECK_AESNI], [
	AESNI_CFLAGS="-msse4.1 -maes -mpclmul"
	ktls_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS $AESNI_CFLAGS"
	AC_MSG_CHECKING([whether $CC builds AES-NI and PCLMULQDQ intrinsics])
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <immintrin.h>]], [[
		__m128i a = _mm_setzero_si128();
		a = _mm_aesenc_si128(a, _mm_clmulepi64_si128(a, a, 0x11));
		return _mm_cvtsi128_si32(a);]])],
		[have_aesni=yes], [have_aesni=no])
	AC_MSG_RESULT([$have_aesni])
	CFLAGS=$ktls_saved_cflags
	AS_IF([test x$have_aesni = xyes],
		[AC_DEFINE([HAVE_AESNI], [1], [the AES-NI + PCLMULQDQ leaf is built])],
		[AC_DEFINE([HAVE_AESNI], [0])])
	AC_SUBST([AESNI_CFLAGS])
])
