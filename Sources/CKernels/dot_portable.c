// The dot products of ck_dot.h, as the definition reads: the twin that the fast ones must equal.

#include <math.h>

#include "dot.h"

static float fold(float lane[16]) {
  for (int width = 8; width >= 1; width /= 2) {
    for (int j = 0; j < width; j++) lane[j] += lane[j + width];
  }
  return lane[0];
}

float ck_dot_portable(const float *a, const float *b, size_t count) {
  float lane[16] = {0};
  size_t padded = (count + 15) / 16 * 16;
  for (size_t i = 0; i < padded; i++) {
    float left = i < count ? a[i] : 0, right = i < count ? b[i] : 0;
    lane[i % 16] = fmaf(left, right, lane[i % 16]);
  }
  return fold(lane);
}

void ck_matmul_portable(const float *x, size_t x_stride, size_t tokens, const float *w,
                        size_t w_stride, size_t rows, size_t columns, float *out,
                        size_t out_stride) {
  for (size_t t = 0; t < tokens; t++) {
    for (size_t r = 0; r < rows; r++) {
      out[t * out_stride + r] = ck_dot_portable(x + t * x_stride, w + r * w_stride, columns);
    }
  }
}

void ck_weighted_sum_portable(const float *p, size_t count, const float *v, size_t v_stride,
                              size_t width, float *out) {
  for (size_t d = 0; d < width; d++) {
    float sum = 0;
    for (size_t j = 0; j < count; j++) sum = fmaf(p[j], v[j * v_stride + d], sum);
    out[d] = sum;
  }
}
