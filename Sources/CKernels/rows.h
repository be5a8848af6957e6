// The functions behind the rows of ck_math.h, one set for each instruction set. Only dispatch.c
// calls them.

#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>
#include <stddef.h>

#define CK_DECLARE_ROWS(isa)                                                                     \
  void ck_exp_##isa(const float *x, float *out, size_t count);                                   \
  float ck_exp_sum_##isa(float *x, size_t count, float shift);                                   \
  float ck_max_##isa(const float *x, size_t count);                                              \
  float ck_sum_##isa(const float *x, size_t count);                                              \
  void ck_scale_##isa(const float *x, float factor, float *out, size_t count);                   \
  void ck_divide_##isa(const float *x, float divisor, float *out, size_t count);                 \
  void ck_add_##isa(float *out, const float *x, size_t count);                                   \
  void ck_add_scaled_##isa(float *out, float factor, const float *x, size_t count);              \
  void ck_soft_cap_##isa(float *x, float cap, size_t count);                                     \
  void ck_rms_norm_##isa(const float *x, const float *weight, float epsilon, float *out,         \
                         size_t count);                                                          \
  void ck_layer_norm_##isa(const float *x, const float *weight, const float *bias,               \
                           float epsilon, float *out, size_t count);                             \
  void ck_silu_##isa(float *x, size_t count);                                                    \
  void ck_gelu_tanh_##isa(float *x, size_t count);                                               \
  void ck_gelu_erf_##isa(float *x, size_t count);                                                \
  void ck_multiply_##isa(float *x, const float *y, size_t count);                                \
  void ck_rotate_##isa(float *a, float *b, const float *cosine, const float *sine,               \
                       size_t count);                                                            \
  bool ck_log_softmax_##isa(const float *x, float *out, size_t count)

CK_DECLARE_ROWS(portable);
CK_DECLARE_ROWS(avx2);
CK_DECLARE_ROWS(avx512);
CK_DECLARE_ROWS(neon);

#endif
