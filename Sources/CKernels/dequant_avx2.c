// Dequantisation on AVX2.

#include "dequant.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), \
                             apply_to = function)
#define CK_NAME(f) ck_##f##_avx2
#define CK_HALF_VECTORS
#include "dequant_body.h"
#pragma clang attribute pop
#endif
