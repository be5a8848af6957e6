// Dot products on AVX-512: one register is the 16 lanes; 4 rows x 6 tokens fill 24 of 32 registers.

#include "dot.h"

#if defined(__x86_64__)
#pragma clang attribute push(                                                                    \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
#define CK_NAME(f) ck_##f##_avx512
#define CK_TILE_ROWS 4
#define CK_TILE_TOKENS 6
#include "dot_body.h"
#pragma clang attribute pop
#endif
