// Row operations on NEON, which every 64-bit ARM has.

#include "ck_math.h"
#include "rows.h"

#if defined(__aarch64__)
#define CK_NAME(f) ck_##f##_neon
#include "rows_body.h"
#endif
