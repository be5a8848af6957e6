// Dequantisation on NEON, which every 64-bit ARM has.

#include "dequant.h"

#if defined(__aarch64__)
#define CK_NAME(f) ck_##f##_neon
#include "dequant_body.h"
#endif
