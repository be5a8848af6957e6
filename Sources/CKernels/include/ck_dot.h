// Dot products of float32 in one fixed order, so that every machine gives the same bits.
//
// Definition. Sixteen float32 accumulators start at +0. Lane j takes the elements i with
// i mod 16 = j, in increasing i, by fused multiply-add (one rounding). A short tail is padded with
// zeros. Then l[j] += l[j+8], l[j] += l[j+4], l[j] += l[j+2], l[0] += l[1]; the result is l[0].
// Speed comes from many dots in flight, never from splitting one.

#ifndef CK_DOT_H
#define CK_DOT_H

#include <stddef.h>
#include <stdint.h>

#include "ck_isa.h"

/// The dot product of `a` and `b`, of any length.
float ck_dot_f32(const float *a, const float *b, size_t count, int32_t isa);

/// out[t * out_stride + r] = dot(x + t * x_stride, w + r * w_stride) for every t and r.
/// `columns` is a multiple of 16: whoever fills `x` and `w` pads rows with zeros.
void ck_matmul_f32(const float *x, size_t x_stride, size_t tokens, const float *w,
                   size_t w_stride, size_t rows, size_t columns, float *out, size_t out_stride,
                   int32_t isa);

/// out[d] = sum over j of p[j] * v[j * v_stride + d], by fused multiply-add in increasing j from
/// +0: one chain for each d. `width` is a multiple of 16.
void ck_weighted_sum_f32(const float *p, size_t count, const float *v, size_t v_stride,
                         size_t width, float *out, int32_t isa);

#endif
