// Dequantisation on AVX-512.

#include "dequant.h"

#if defined(__x86_64__)
#pragma clang attribute push(                                                                    \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c"))), apply_to = function)
#define CK_NAME(f) ck_##f##_avx512
#define CK_HALF_VECTORS
#include "dequant_body.h"
#pragma clang attribute pop
#endif
