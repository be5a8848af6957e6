// The dot products of ck_dot.h on vectors of 16 lanes. Each dot_<isa>.c includes this text once,
// inside a target attribute, with
//   CK_NAME(f)      the name f gets for that instruction set
//   CK_TILE_ROWS    how many rows of w, and
//   CK_TILE_TOKENS  how many rows of x are in flight at once: their product is the number of
//                   accumulators, which the registers must hold.
// A lane of the vector is a lane of the definition, whatever register width it is split into.

#include "vector_body.h"

// Two vectors of partial sums become one: lanes of `a` folded by half, then lanes of `b`. Applied
// as a tree to 16 accumulators it ends with their 16 sums in order, in the order of `fold16`.
#define FOLD(name, ...)                                                                          \
  INLINE v16 name(v16 a, v16 b) {                                                                \
    return __builtin_shufflevector(a, b, __VA_ARGS__);                                           \
  }
FOLD(low8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
FOLD(high8, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
FOLD(low4, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
FOLD(high4, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
FOLD(low2, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
FOLD(high2, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31)
FOLD(low1, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
FOLD(high1, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#undef FOLD

INLINE v16 fold_eight(const v16 *acc) {
  v16 four[4], two[2];
  for (int i = 0; i < 4; i++) {
    four[i] = low8(acc[2 * i], acc[2 * i + 1]) + high8(acc[2 * i], acc[2 * i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    two[i] = low4(four[2 * i], four[2 * i + 1]) + high4(four[2 * i], four[2 * i + 1]);
  }
  return low2(two[0], two[1]) + high2(two[0], two[1]);
}

// rows * tokens dots, all in flight; both counts are constants where this is inlined.
INLINE void tile(const int rows, const int tokens, const float *x, size_t x_stride,
                 const float *w, size_t w_stride, size_t columns, float *out,
                 size_t out_stride) {
  v16 acc[CK_TILE_ROWS * CK_TILE_TOKENS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows * tokens; i++) acc[i] = (v16){0};
  for (size_t c = 0; c < columns; c += 16) {
    v16 weight[CK_TILE_ROWS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) weight[r] = load16(w + r * w_stride + c);
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
      v16 value = load16(x + t * x_stride + c);
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
        acc[t * rows + r] = FMA(value, weight[r], acc[t * rows + r]);
      }
    }
  }
  // Four rows of four tokens share one tree of shuffles; it is the tree of `fold16`, lane by lane.
  int done = 0;
  if (rows == 4) {
#pragma clang loop unroll(full)
    for (; done + 2 <= tokens; done += 2) {
      v16 pairs = fold_eight(acc + done * 4);
      v16 sums = low1(pairs, pairs) + high1(pairs, pairs);
      __builtin_memcpy(out + done * out_stride, &sums, 4 * sizeof *out);
      __builtin_memcpy(out + (done + 1) * out_stride, (const float *)&sums + 4, 4 * sizeof *out);
    }
  }
#pragma clang loop unroll(full)
  for (int t = done; t < tokens; t++) {
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) out[t * out_stride + r] = fold16(acc[t * rows + r]);
  }
}

float CK_NAME(dot)(const float *a, const float *b, size_t count) {
  v16 sum = {0};
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    sum = FMA(load16(a + i), load16(b + i), sum);
  }
  if (i < count) sum = FMA(take(a + i, count - i), take(b + i, count - i), sum);
  return fold16(sum);
}

// All rows for `tokens` rows of x, which stay in the first-level cache meanwhile.
INLINE void stripe(const int tokens, const float *x, size_t x_stride, const float *w,
                   size_t w_stride, size_t rows, size_t columns, float *out, size_t out_stride) {
  size_t r = 0;
  for (; r + CK_TILE_ROWS <= rows; r += CK_TILE_ROWS) {
    tile(CK_TILE_ROWS, tokens, x, x_stride, w + r * w_stride, w_stride, columns, out + r,
         out_stride);
  }
  for (; r < rows; r++) {
    tile(1, tokens, x, x_stride, w + r * w_stride, w_stride, columns, out + r, out_stride);
  }
}

void CK_NAME(matmul)(const float *x, size_t x_stride, size_t tokens, const float *w,
                     size_t w_stride, size_t rows, size_t columns, float *out,
                     size_t out_stride) {
  size_t t = 0;
  for (; t + CK_TILE_TOKENS <= tokens; t += CK_TILE_TOKENS) {
    stripe(CK_TILE_TOKENS, x + t * x_stride, x_stride, w, w_stride, rows, columns,
           out + t * out_stride, out_stride);
  }
  for (; t + 2 <= tokens; t += 2) {
    stripe(2, x + t * x_stride, x_stride, w, w_stride, rows, columns, out + t * out_stride,
           out_stride);
  }
  for (; t < tokens; t++) {
    stripe(1, x + t * x_stride, x_stride, w, w_stride, rows, columns, out + t * out_stride,
           out_stride);
  }
}

// `vectors` chains of 16 outputs each, over all j.
INLINE void weighted(const int vectors, const float *p, size_t count, const float *v,
                     size_t v_stride, float *out) {
  v16 sum[4];
#pragma clang loop unroll(full)
  for (int k = 0; k < vectors; k++) sum[k] = (v16){0};
  for (size_t j = 0; j < count; j++) {
    v16 weight = all(p[j]);
#pragma clang loop unroll(full)
    for (int k = 0; k < vectors; k++) {
      sum[k] = FMA(weight, load16(v + j * v_stride + 16 * k), sum[k]);
    }
  }
#pragma clang loop unroll(full)
  for (int k = 0; k < vectors; k++) store16(out + 16 * k, sum[k]);
}

void CK_NAME(weighted_sum)(const float *p, size_t count, const float *v, size_t v_stride,
                           size_t width, float *out) {
  size_t d = 0;
  for (; d + 64 <= width; d += 64) weighted(4, p, count, v + d, v_stride, out + d);
  for (; d < width; d += 16) weighted(1, p, count, v + d, v_stride, out + d);
}
