// Row operations for any machine: the same text as the fast ones, without a target attribute, so
// that fused multiply-adds become calls of the C library, whose result is the same.

#include "ck_math.h"
#include "rows.h"

#define CK_NAME(f) ck_##f##_portable
#include "rows_body.h"
