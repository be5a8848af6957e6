// The functions behind ck_dot.h, one set for each instruction set. Only dispatch.c calls them.

#ifndef DOT_H
#define DOT_H

#include <stddef.h>

#define CK_DECLARE_DOT(isa)                                                                      \
  float ck_dot_##isa(const float *a, const float *b, size_t count);                              \
  void ck_matmul_##isa(const float *x, size_t x_stride, size_t tokens, const float *w,           \
                       size_t w_stride, size_t rows, size_t columns, float *out,                 \
                       size_t out_stride);                                                       \
  void ck_weighted_sum_##isa(const float *p, size_t count, const float *v, size_t v_stride,      \
                             size_t width, float *out)

CK_DECLARE_DOT(portable);
CK_DECLARE_DOT(avx2);
CK_DECLARE_DOT(avx512);
CK_DECLARE_DOT(neon);

#endif
