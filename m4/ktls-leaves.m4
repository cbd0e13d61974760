# SPDX-License-Identifier: MIT
# KTLS_CHECK_LEAF(NAME, FLAGS, WHAT, BODY): sets have_name, HAVE_NAME and NAME_CFLAGS if the compiler can build a leaf with FLAGS.
AC_DEFUN([KTLS_CHECK_LEAF], [
	$1_CFLAGS="$2"
	ktls_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS $$1_CFLAGS"
	AC_MSG_CHECKING([whether $CC builds $3 intrinsics])
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <immintrin.h>]], [[$4]])],
		[m4_tolower([have_$1])=yes], [m4_tolower([have_$1])=no])
	AC_MSG_RESULT([$m4_tolower([have_$1])])
	CFLAGS=$ktls_saved_cflags
	AS_IF([test x$m4_tolower([have_$1]) = xyes],
		[AC_DEFINE([HAVE_$1], [1], [the $3 leaf is built])],
		[AC_DEFINE([HAVE_$1], [0])])
	AC_SUBST([$1_CFLAGS])
	AM_CONDITIONAL([HAVE_$1], [test x$m4_tolower([have_$1]) = xyes])
])

# KTLS_CHECK_LEAVES: those of the record engine, fastest last: each takes parts of the one before it.
AC_DEFUN([KTLS_CHECK_LEAVES], [
	KTLS_CHECK_LEAF([AESNI], [-mavx -maes -mpclmul], [AES-NI, PCLMULQDQ and AVX], [
		__m128i a = _mm_setzero_si128();
		a = _mm_aesenc_si128(a, _mm_clmulepi64_si128(a, a, 0x11));
		return _mm_cvtsi128_si32(a);])
	KTLS_CHECK_LEAF([VAES256], [-mavx2 -maes -mpclmul -mvaes -mvpclmulqdq], [VAES, VPCLMULQDQ and AVX2], [
		typedef char has_64_bits@<:@sizeof(void *) == 8 ? 1 : -1@:>@;
		__m256i a = _mm256_setzero_si256();
		a = _mm256_aesenc_epi128(a, _mm256_clmulepi64_epi128(a, a, 0x11));
		return _mm256_extract_epi32(a, 0);])
	KTLS_CHECK_LEAF([VAES512], [-mavx512f -mavx512bw -mavx512dq -mavx512vl -maes -mpclmul -mvaes -mvpclmulqdq],
		[VAES, VPCLMULQDQ and AVX-512], [
		typedef char has_64_bits@<:@sizeof(void *) == 8 ? 1 : -1@:>@;
		__m512i a = _mm512_setzero_si512();
		a = _mm512_aesenc_epi128(a, _mm512_clmulepi64_epi128(a, a, 0x11));
		return _mm_cvtsi128_si32(_mm512_castsi512_si128(a));])
	AC_MSG_CHECKING([whether __builtin_cpu_supports() of $CC knows VAES])
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [[return __builtin_cpu_supports("vaes");]])],
		[ktls_vaes=yes], [ktls_vaes=no])
	AC_MSG_RESULT([$ktls_vaes])
	AS_IF([test x$ktls_vaes = xyes],
		[AC_DEFINE([HAVE_CPU_SUPPORTS_VAES], [1], [__builtin_cpu_supports("vaes") is there])],
		[AC_DEFINE([HAVE_CPU_SUPPORTS_VAES], [0])])
])
