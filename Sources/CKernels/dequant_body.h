// The formulas of ck_dequant.h. Each dequant_<isa>.c includes this text once, inside a target
// attribute, with CK_NAME(f) the name f gets there; the compiler vectorises the inner loops.
//
// A product of a half-precision scale, a small scale and a small integer is exact in float32, so
// only the last addition or subtraction of a formula rounds: nothing here depends on the order.

#include <string.h>

#include "ck_dequant.h"

#define INLINE static inline __attribute__((always_inline, unused))

INLINE float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE uint16_t u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
INLINE uint32_t u32(const uint8_t *p) { return u16(p) | (uint32_t)u16(p + 2) << 16; }

// IEEE half to float: every half is a float; a signalling NaN comes out quiet.
INLINE float half(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, magnitude = h & 0x7fff;
  // Exponent 0: the fraction times 2^-24. Otherwise rebias by 112.
  float small = (float)(int32_t)magnitude * 0x1p-24f;
  uint32_t bits;
  memcpy(&bits, &small, sizeof bits);
  uint32_t normal = (magnitude << 13) + (112u << 23);
  uint32_t special = 0x7f800000u | magnitude << 13 | (magnitude > 0x7c00 ? 0x400000u : 0);
  bits = magnitude < 0x400 ? bits : (magnitude < 0x7c00 ? normal : special);
  return from_bits(sign | bits);
}

INLINE float half_at(const uint8_t *p) { return half(u16(p)); }

// 2^(e - 127); e = 0 is the subnormal 2^-127.
INLINE float power(uint8_t e) { return from_bits(e ? (uint32_t)e << 23 : 0x400000u); }

// MARK: Blocks of one element

// With CK_HALF_VECTORS the processor converts 16 halves at a time, to the same bits.
INLINE void one_f16(const uint8_t *p, size_t count, float *out) {
  size_t i = 0;
#ifdef CK_HALF_VECTORS
  typedef _Float16 h16 __attribute__((vector_size(32)));
  typedef float v16 __attribute__((vector_size(64)));
  for (; i + 16 <= count; i += 16) {
    h16 halves;
    memcpy(&halves, p + 2 * i, sizeof halves);
    v16 values = __builtin_convertvector(halves, v16);
    memcpy(out + i, &values, sizeof values);
  }
#endif
  for (; i < count; i++) out[i] = half_at(p + 2 * i);
}

INLINE void one_bf16(const uint8_t *p, size_t count, float *out) {
  for (size_t i = 0; i < count; i++) out[i] = from_bits((uint32_t)u16(p + 2 * i) << 16);
}

INLINE void one_f64(const uint8_t *p, size_t count, float *out) {
  for (size_t i = 0; i < count; i++) {
    double value;
    memcpy(&value, p + 8 * i, sizeof value);
    out[i] = (float)value;
  }
}

// E4M3FN: bias 7, no infinity, NaN only at 0x7f and 0xff.
INLINE float e4m3(uint8_t b) {
  uint32_t sign = (uint32_t)(b & 0x80) << 24, exponent = b >> 3 & 15, fraction = b & 7;
  if ((b & 0x7f) == 0x7f) return from_bits(sign | 0x7fc00000u);
  if (exponent == 0) {
    float value = (float)fraction * 0x1p-9f;
    return sign ? -value : value;
  }
  return from_bits(sign | (exponent + 120) << 23 | fraction << 20);
}

// E5M2 is the upper byte of a half.
INLINE void one_f8(int32_t type, const uint8_t *p, size_t count, float *out) {
  for (size_t i = 0; i < count; i++) {
    out[i] = type == ck_f8_e4m3 ? e4m3(p[i]) : half((uint16_t)(p[i] << 8));
  }
}

// MARK: Blocks of 32

INLINE void block_q4_0(const uint8_t *p, float *x) {
  float d = half_at(p);
  for (int j = 0; j < 16; j++) {
    x[j] = d * (float)((p[2 + j] & 15) - 8);
    x[j + 16] = d * (float)((p[2 + j] >> 4) - 8);
  }
}

INLINE void block_q4_1(const uint8_t *p, float *x) {
  float d = half_at(p), m = half_at(p + 2);
  for (int j = 0; j < 16; j++) {
    x[j] = d * (float)(p[4 + j] & 15) + m;
    x[j + 16] = d * (float)(p[4 + j] >> 4) + m;
  }
}

INLINE void block_q5_0(const uint8_t *p, float *x) {
  float d = half_at(p);
  uint32_t high = u32(p + 2);
  for (int j = 0; j < 16; j++) {
    int low = (p[6 + j] & 15) | (high >> j & 1) << 4;
    int top = p[6 + j] >> 4 | (high >> (j + 16) & 1) << 4;
    x[j] = d * (float)(low - 16);
    x[j + 16] = d * (float)(top - 16);
  }
}

INLINE void block_q5_1(const uint8_t *p, float *x) {
  float d = half_at(p), m = half_at(p + 2);
  uint32_t high = u32(p + 4);
  for (int j = 0; j < 16; j++) {
    int low = (p[8 + j] & 15) | (high >> j & 1) << 4;
    int top = p[8 + j] >> 4 | (high >> (j + 16) & 1) << 4;
    x[j] = d * (float)low + m;
    x[j + 16] = d * (float)top + m;
  }
}

INLINE void block_q8_0(const uint8_t *p, float *x) {
  float d = half_at(p);
  for (int j = 0; j < 32; j++) x[j] = d * (float)(int8_t)p[2 + j];
}

static const float nonlinear[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                    1,    13,   25,  38,  53,  69,  89,  113};

INLINE void block_iq4_nl(const uint8_t *p, float *x) {
  float d = half_at(p);
  for (int j = 0; j < 16; j++) {
    x[j] = d * nonlinear[p[2 + j] & 15];
    x[j + 16] = d * nonlinear[p[2 + j] >> 4];
  }
}

// Twice the FP4 values, with half the scale; code 8 is +0, as in ggml's integer table.
static const float fp4_doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

INLINE void block_mxfp4(const uint8_t *p, float *x) {
  // 2^(e - 128): exact, also where it is subnormal.
  float d = power(p[0]) * 0.5f;
  for (int j = 0; j < 16; j++) {
    x[j] = d * fp4_doubled[p[1 + j] & 15];
    x[j + 16] = d * fp4_doubled[p[1 + j] >> 4];
  }
}

// MARK: Blocks of 256

INLINE void block_q2_k(const uint8_t *p, float *x) {
  float d = half_at(p + 80), dmin = half_at(p + 82);
  for (int n = 0; n < 2; n++) {
    for (int j = 0; j < 4; j++) {
      for (int l = 0; l < 32; l++) {
        uint8_t scale = p[8 * n + 2 * j + (l >= 16)];
        int q = p[16 + 32 * n + l] >> (2 * j) & 3;
        x[128 * n + 32 * j + l] = d * (float)(scale & 15) * (float)q - dmin * (float)(scale >> 4);
      }
    }
  }
}

INLINE void block_q3_k(const uint8_t *p, float *x) {
  const uint8_t *packed = p + 96;
  float d = half_at(p + 108);
  int scale[16];
  for (int k = 0; k < 16; k++) {
    int low = k < 8 ? packed[k] & 15 : packed[k - 8] >> 4;
    scale[k] = (low | (packed[8 + k % 4] >> (2 * (k / 4)) & 3) << 4) - 32;
  }
  for (int n = 0; n < 2; n++) {
    for (int j = 0; j < 4; j++) {
      for (int l = 0; l < 32; l++) {
        int q = (p[32 + 32 * n + l] >> (2 * j) & 3) - (p[l] >> (4 * n + j) & 1 ? 0 : 4);
        x[128 * n + 32 * j + l] = d * (float)scale[8 * n + 2 * j + (l >= 16)] * (float)q;
      }
    }
  }
}

// Scale and minimum of sub-block j, six bits each, of the 12 bytes that Q4_K and Q5_K share.
INLINE void scale_min(const uint8_t *s, int j, int *scale, int *min) {
  if (j < 4) {
    *scale = s[j] & 63;
    *min = s[j + 4] & 63;
  } else {
    *scale = (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
    *min = s[j + 4] >> 4 | (s[j] >> 6) << 4;
  }
}

INLINE void block_q4_k(const uint8_t *p, float *x) {
  float d = half_at(p), dmin = half_at(p + 2);
  for (int sub = 0; sub < 8; sub++) {
    int scale, min;
    scale_min(p + 4, sub, &scale, &min);
    const uint8_t *qs = p + 16 + 32 * (sub / 2);
    for (int l = 0; l < 32; l++) {
      int q = sub % 2 ? qs[l] >> 4 : qs[l] & 15;
      x[32 * sub + l] = d * (float)scale * (float)q - dmin * (float)min;
    }
  }
}

INLINE void block_q5_k(const uint8_t *p, float *x) {
  float d = half_at(p), dmin = half_at(p + 2);
  for (int sub = 0; sub < 8; sub++) {
    int scale, min;
    scale_min(p + 4, sub, &scale, &min);
    const uint8_t *qs = p + 48 + 32 * (sub / 2);
    for (int l = 0; l < 32; l++) {
      int q = (sub % 2 ? qs[l] >> 4 : qs[l] & 15) + (p[16 + l] >> sub & 1) * 16;
      x[32 * sub + l] = d * (float)scale * (float)q - dmin * (float)min;
    }
  }
}

INLINE void block_q6_k(const uint8_t *p, float *x) {
  float d = half_at(p + 208);
  for (int h = 0; h < 2; h++) {
    for (int k = 0; k < 4; k++) {
      for (int l = 0; l < 32; l++) {
        uint8_t low = p[64 * h + l + 32 * (k & 1)];
        int q = (k < 2 ? low & 15 : low >> 4) | (p[128 + 32 * h + l] >> (2 * k) & 3) << 4;
        int scale = (int8_t)p[192 + 8 * h + 2 * k + (l >= 16)];
        x[128 * h + 32 * k + l] = d * (float)scale * (float)(q - 32);
      }
    }
  }
}

INLINE void block_iq4_xs(const uint8_t *p, float *x) {
  float d = half_at(p);
  uint16_t high = u16(p + 2);
  for (int b = 0; b < 8; b++) {
    int scale = (p[4 + b / 2] >> (4 * (b & 1)) & 15) | (high >> (2 * b) & 3) << 4;
    float factor = d * (float)(scale - 32);
    const uint8_t *qs = p + 8 + 16 * b;
    for (int j = 0; j < 16; j++) {
      x[32 * b + j] = factor * nonlinear[qs[j] & 15];
      x[32 * b + j + 16] = factor * nonlinear[qs[j] >> 4];
    }
  }
}

// Digit n of a byte that holds five base-3 digits as a fraction of 256.
INLINE float ternary(uint8_t byte, int n) {
  static const uint8_t powers[5] = {1, 3, 9, 27, 81};
  uint8_t shifted = (uint8_t)(byte * powers[n]);
  return (float)((shifted * 3 >> 8) - 1);
}

INLINE void block_tq1_0(const uint8_t *p, float *x) {
  float d = half_at(p + 52);
  for (int n = 0; n < 5; n++) {
    for (int m = 0; m < 32; m++) x[32 * n + m] = d * ternary(p[m], n);
    for (int m = 0; m < 16; m++) x[160 + 16 * n + m] = d * ternary(p[32 + m], n);
  }
  for (int n = 0; n < 4; n++) {
    for (int m = 0; m < 4; m++) x[240 + 4 * n + m] = d * ternary(p[48 + m], n);
  }
}

INLINE void block_tq2_0(const uint8_t *p, float *x) {
  float d = half_at(p + 64);
  for (int h = 0; h < 2; h++) {
    for (int l = 0; l < 4; l++) {
      for (int m = 0; m < 32; m++) {
        x[128 * h + 32 * l + m] = d * (float)((p[32 * h + m] >> (2 * l) & 3) - 1);
      }
    }
  }
}

#define EACH(f, size, elements)                                                                  \
  for (size_t b = 0; b < blocks; b++) f(bytes + (size)*b, out + (elements)*b);                   \
  return

void CK_NAME(dequantize)(int32_t type, const uint8_t *bytes, size_t blocks, float *out) {
  switch (type) {
    case ck_f32: memcpy(out, bytes, blocks * sizeof *out); return;
    case ck_f16: one_f16(bytes, blocks, out); return;
    case ck_bf16: one_bf16(bytes, blocks, out); return;
    case ck_f64: one_f64(bytes, blocks, out); return;
    case ck_f8_e4m3:
    case ck_f8_e5m2: one_f8(type, bytes, blocks, out); return;
    case ck_q4_0: EACH(block_q4_0, 18, 32);
    case ck_q4_1: EACH(block_q4_1, 20, 32);
    case ck_q5_0: EACH(block_q5_0, 22, 32);
    case ck_q5_1: EACH(block_q5_1, 24, 32);
    case ck_q8_0: EACH(block_q8_0, 34, 32);
    case ck_iq4_nl: EACH(block_iq4_nl, 18, 32);
    case ck_mxfp4: EACH(block_mxfp4, 17, 32);
    case ck_q2_k: EACH(block_q2_k, 84, 256);
    case ck_q3_k: EACH(block_q3_k, 110, 256);
    case ck_q4_k: EACH(block_q4_k, 144, 256);
    case ck_q5_k: EACH(block_q5_k, 176, 256);
    case ck_q6_k: EACH(block_q6_k, 210, 256);
    case ck_iq4_xs: EACH(block_iq4_xs, 136, 256);
    case ck_tq1_0: EACH(block_tq1_0, 54, 256);
    case ck_tq2_0: EACH(block_tq2_0, 66, 256);
  }
}
