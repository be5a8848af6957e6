// Row operations on AVX2 and FMA.

#include "ck_math.h"
#include "rows.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), \
                             apply_to = function)
#define CK_NAME(f) ck_##f##_avx2
#include "rows_body.h"
#pragma clang attribute pop
#endif
