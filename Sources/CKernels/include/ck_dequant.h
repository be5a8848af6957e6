// Stored weights to float32, exactly as the formats define them: each value is the one float32
// that the format's formula gives, the same on every machine.
//
// Formats: the block types of GGUF (their numbers are ggml's type numbers), FP8 as in OCP 8-bit
// floating point. Types that need code books (IQ1, IQ2, IQ3) are not here.

#ifndef CK_DEQUANT_H
#define CK_DEQUANT_H

#include <stddef.h>
#include <stdint.h>

#include "ck_isa.h"

enum ck_type {
  ck_f32 = 0,
  ck_f16 = 1,
  ck_q4_0 = 2,
  ck_q4_1 = 3,
  ck_q5_0 = 6,
  ck_q5_1 = 7,
  ck_q8_0 = 8,
  ck_q2_k = 10,
  ck_q3_k = 11,
  ck_q4_k = 12,
  ck_q5_k = 13,
  ck_q6_k = 14,
  ck_iq4_nl = 20,
  ck_iq4_xs = 23,
  ck_f64 = 28,
  ck_bf16 = 30,
  ck_tq1_0 = 34,
  ck_tq2_0 = 35,
  ck_mxfp4 = 39,
  // Not of ggml.
  ck_f8_e4m3 = 1000,
  ck_f8_e5m2 = 1001,
};

/// Elements in one block of `type`, 0 for a type that is not known here.
size_t ck_block_elements(int32_t type);

/// Bytes in one block of `type`, 0 for a type that is not known here.
size_t ck_block_bytes(int32_t type);

/// Decodes `blocks` blocks. `type` is one that `ck_block_bytes` knows.
void ck_dequantize_f32(int32_t type, const uint8_t *bytes, size_t blocks, float *out, int32_t isa);

#endif
