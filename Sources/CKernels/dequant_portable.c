// Dequantisation for any machine: the same text as the fast ones, without a target attribute.

#include "dequant.h"

#define CK_NAME(f) ck_##f##_portable
#include "dequant_body.h"
