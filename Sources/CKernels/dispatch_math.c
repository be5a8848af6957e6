// Sends each call of ck_dot.h, ck_math.h and ck_dequant.h to the code for the instruction set asked
// for. An instruction set this build does not hold is answered by the portable code: the bits are
// the same, and `ck_isa_available` says what there is.

#include "ck_dequant.h"
#include "ck_dot.h"
#include "ck_math.h"
#include "dequant.h"
#include "dot.h"
#include "rows.h"

#if defined(__x86_64__)
#define CHOOSE(f, ...)                                                                           \
  switch (isa) {                                                                                 \
    case ck_avx512: return f##_avx512(__VA_ARGS__);                                              \
    case ck_avx2: return f##_avx2(__VA_ARGS__);                                                  \
    default: return f##_portable(__VA_ARGS__);                                                   \
  }
#elif defined(__aarch64__)
#define CHOOSE(f, ...)                                                                           \
  switch (isa) {                                                                                 \
    case ck_neon: return f##_neon(__VA_ARGS__);                                                  \
    default: return f##_portable(__VA_ARGS__);                                                   \
  }
#else
#define CHOOSE(f, ...)                                                                           \
  (void)isa;                                                                                     \
  return f##_portable(__VA_ARGS__)
#endif

float ck_dot_f32(const float *a, const float *b, size_t count, int32_t isa) {
  CHOOSE(ck_dot, a, b, count)
}

void ck_matmul_f32(const float *x, size_t x_stride, size_t tokens, const float *w,
                   size_t w_stride, size_t rows, size_t columns, float *out, size_t out_stride,
                   int32_t isa) {
  CHOOSE(ck_matmul, x, x_stride, tokens, w, w_stride, rows, columns, out, out_stride)
}

void ck_weighted_sum_f32(const float *p, size_t count, const float *v, size_t v_stride,
                         size_t width, float *out, int32_t isa) {
  CHOOSE(ck_weighted_sum, p, count, v, v_stride, width, out)
}

void ck_exp_f32(const float *x, float *out, size_t count, int32_t isa) {
  CHOOSE(ck_exp, x, out, count)
}

float ck_exp_sum_f32(float *x, size_t count, float shift, int32_t isa) {
  CHOOSE(ck_exp_sum, x, count, shift)
}

float ck_max_f32(const float *x, size_t count, int32_t isa) {
  CHOOSE(ck_max, x, count)
}

float ck_sum_f32(const float *x, size_t count, int32_t isa) {
  CHOOSE(ck_sum, x, count)
}

void ck_scale_f32(const float *x, float factor, float *out, size_t count, int32_t isa) {
  CHOOSE(ck_scale, x, factor, out, count)
}

void ck_divide_f32(const float *x, float divisor, float *out, size_t count, int32_t isa) {
  CHOOSE(ck_divide, x, divisor, out, count)
}

void ck_add_f32(float *out, const float *x, size_t count, int32_t isa) {
  CHOOSE(ck_add, out, x, count)
}

void ck_add_scaled_f32(float *out, float factor, const float *x, size_t count, int32_t isa) {
  CHOOSE(ck_add_scaled, out, factor, x, count)
}

void ck_soft_cap_f32(float *x, float cap, size_t count, int32_t isa) {
  CHOOSE(ck_soft_cap, x, cap, count)
}

void ck_rms_norm_f32(const float *x, const float *weight, float epsilon, float *out, size_t count,
                     int32_t isa) {
  CHOOSE(ck_rms_norm, x, weight, epsilon, out, count)
}

void ck_layer_norm_f32(const float *x, const float *weight, const float *bias, float epsilon,
                       float *out, size_t count, int32_t isa) {
  CHOOSE(ck_layer_norm, x, weight, bias, epsilon, out, count)
}

void ck_silu_f32(float *x, size_t count, int32_t isa) {
  CHOOSE(ck_silu, x, count)
}

void ck_gelu_tanh_f32(float *x, size_t count, int32_t isa) {
  CHOOSE(ck_gelu_tanh, x, count)
}

void ck_gelu_erf_f32(float *x, size_t count, int32_t isa) {
  CHOOSE(ck_gelu_erf, x, count)
}

void ck_multiply_f32(float *x, const float *y, size_t count, int32_t isa) {
  CHOOSE(ck_multiply, x, y, count)
}

void ck_rotate_f32(float *a, float *b, const float *cosine, const float *sine, size_t count,
                   int32_t isa) {
  CHOOSE(ck_rotate, a, b, cosine, sine, count)
}

bool ck_log_softmax_f32(const float *x, float *out, size_t count, int32_t isa) {
  CHOOSE(ck_log_softmax, x, out, count)
}

void ck_dequantize_f32(int32_t type, const uint8_t *bytes, size_t blocks, float *out, int32_t isa) {
  CHOOSE(ck_dequantize, type, bytes, blocks, out)
}
