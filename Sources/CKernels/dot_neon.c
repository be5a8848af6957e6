// Dot products on NEON, which every 64-bit ARM has: four registers are the 16 lanes.

#include "dot.h"

#if defined(__aarch64__)
#define CK_NAME(f) ck_##f##_neon
#define CK_TILE_ROWS 2
#define CK_TILE_TOKENS 3
#include "dot_body.h"
#endif
