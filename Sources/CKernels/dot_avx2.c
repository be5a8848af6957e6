// Dot products on AVX2 and FMA: two registers are the 16 lanes; 2 rows x 3 tokens fill 12 of 16.

#include "dot.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_NAME(f) ck_##f##_avx2
#define CK_TILE_ROWS 2
#define CK_TILE_TOKENS 3
#include "dot_body.h"
#pragma clang attribute pop
#endif
