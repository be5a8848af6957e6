// The rows of ck_math.h on vectors. Each rows_<isa>.c includes this text once, inside a target
// attribute, with CK_NAME(f) the name f gets there.

#include <stdbool.h>

#include "vector_body.h"

#define BLOCKS(i, count) for (size_t i = 0; i < (count); i += 16)

void CK_NAME(exp)(const float *x, float *out, size_t count) {
  BLOCKS(i, count) { give(out + i, exp16(take(x + i, count - i)), count - i); }
}

float CK_NAME(exp_sum)(float *x, size_t count, float shift) {
  v16 sum = {0};
  BLOCKS(i, count) {
    give(x + i, exp16(take(x + i, count - i) - all(shift)), count - i);
    sum += take(x + i, count - i);  // read back: past the end it must be zero, not e^-shift
  }
  return fold16(sum);
}

float CK_NAME(max)(const float *x, size_t count) {
  if (count == 0) return -__builtin_inff();
  v16 best = all(x[0]), nan = {0};
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    v16 v = load16(x + i);
    best = choose(v > best, v, best);
    nan = choose(v != v, v, nan);
  }
  float result = best[0];
  for (int j = 0; j < 16; j++) {
    if (best[j] > result) result = best[j];
    if (nan[j] != nan[j]) return nan[j];
  }
  for (; i < count; i++) {
    if (x[i] != x[i]) return x[i];
    if (x[i] > result) result = x[i];
  }
  return x[0] != x[0] ? x[0] : result;
}

float CK_NAME(sum)(const float *x, size_t count) {
  v16 sum = {0};
  BLOCKS(i, count) { sum += take(x + i, count - i); }
  return fold16(sum);
}

void CK_NAME(scale)(const float *x, float factor, float *out, size_t count) {
  BLOCKS(i, count) { give(out + i, take(x + i, count - i) * all(factor), count - i); }
}

void CK_NAME(divide)(const float *x, float divisor, float *out, size_t count) {
  BLOCKS(i, count) { give(out + i, take(x + i, count - i) / all(divisor), count - i); }
}

void CK_NAME(add)(float *out, const float *x, size_t count) {
  BLOCKS(i, count) {
    give(out + i, take(out + i, count - i) + take(x + i, count - i), count - i);
  }
}

void CK_NAME(add_scaled)(float *out, float factor, const float *x, size_t count) {
  BLOCKS(i, count) {
    v16 sum = FMA(all(factor), take(x + i, count - i), take(out + i, count - i));
    give(out + i, sum, count - i);
  }
}

void CK_NAME(multiply)(float *x, const float *y, size_t count) {
  BLOCKS(i, count) { give(x + i, take(x + i, count - i) * take(y + i, count - i), count - i); }
}

void CK_NAME(rms_norm)(const float *x, const float *weight, float epsilon, float *out,
                       size_t count) {
  v16 squares = {0};
  BLOCKS(i, count) {
    v16 v = take(x + i, count - i);
    squares = FMA(v, v, squares);
  }
  float root = __builtin_sqrtf(fold16(squares) / (float)count + epsilon);
  BLOCKS(i, count) {
    v16 v = take(x + i, count - i) / all(root);
    if (weight) v *= take(weight + i, count - i);
    give(out + i, v, count - i);
  }
}

void CK_NAME(layer_norm)(const float *x, const float *weight, const float *bias, float epsilon,
                         float *out, size_t count) {
  float mean = CK_NAME(sum)(x, count) / (float)count;
  BLOCKS(i, count) { give(out + i, take(x + i, count - i) - all(mean), count - i); }
  v16 squares = {0};
  BLOCKS(i, count) {
    v16 v = take(out + i, count - i);
    squares = FMA(v, v, squares);
  }
  float root = __builtin_sqrtf(fold16(squares) / (float)count + epsilon);
  BLOCKS(i, count) {
    v16 v = take(out + i, count - i) / all(root) * take(weight + i, count - i);
    if (bias) v += take(bias + i, count - i);
    give(out + i, v, count - i);
  }
}

void CK_NAME(silu)(float *x, size_t count) {
  BLOCKS(i, count) {
    v16 v = take(x + i, count - i);
    give(x + i, v / (all(1) + exp16(-v)), count - i);
  }
}

void CK_NAME(rotate)(float *a, float *b, const float *cosine, const float *sine, size_t count) {
  BLOCKS(i, count) {
    v16 x = take(a + i, count - i), y = take(b + i, count - i);
    v16 c = take(cosine + i, count - i), s = take(sine + i, count - i);
    give(a + i, FMA(x, c, -(y * s)), count - i);
    give(b + i, FMA(y, c, x * s), count - i);
  }
}

// MARK: Functions evaluated in double

// cap * tanh(x / cap) with tanh u = 1 - 2 / (1 + e^2u): absolute error below 1e-15 * cap.
INLINE v8 soft_cap8(v8 x, double cap) {
  d8 u = widen(x) / all_d(cap);
  d8 t = all_d(1) - all_d(2) / (all_d(1) + exp8(u + u));
  return narrow(all_d(cap) * t);
}

// x (1 + tanh u) / 2 = x / (1 + e^-2u) with u = sqrt(2/pi) (x + 0.044715 x^3)
INLINE v8 gelu_tanh8(v8 x) {
  d8 z = widen(x);
  d8 u = all_d(0.79788456080286535588) * FMA(all_d(0.044715) * z * z, z, z);
  return narrow(z / (all_d(1) + exp8(-(u + u))));
}

// Chebyshev coefficients on [-1, 1] of log(e^(z^2) erfc(z) / t), z >= 0, t = 2 / (2 + z), in the
// variable 2t - 1: fitted at 40 nodes with 40 digits, truncated below 1e-17.
static const double erfc_coefficients[] = {
    -0.6513268598908547,
    0.6419697923564902,
    0.019476473204185836,
    -0.009561514786808632,
    -0.0009465953444820368,
    0.00036683949785276145,
    4.252332480690777e-05,
    -2.027857811253424e-05,
    -1.6242900046470311e-06,
    1.3036558355805306e-06,
    1.562644172205739e-08,
    -8.523809591491713e-08,
    6.529054439089493e-09,
    5.059343495560076e-09,
    -9.913641565002424e-10,
    -2.273651222879131e-10,
    9.646791101721892e-11,
    2.394038083421253e-12,
    -6.886027524297166e-12,
    8.944879226917465e-13,
    3.1309214662152373e-13,
    -1.1270823186838575e-13,
    3.810997276582594e-16,
    7.106088155177348e-15,
    -1.5230191970379456e-15,
    -9.458281998174276e-17,
    1.2102987184186865e-16,
    -2.817060057693156e-17,
};

// erfc of |z|, relative error below 1e-14 times max(1, z^2).
INLINE d8 erfc8(d8 z) {
  d8 magnitude = choose_d(z < all_d(0), -z, z);
  d8 t = all_d(2) / (all_d(2) + magnitude);
  d8 u = t + t - all_d(1), twice = u + u, a = {0}, b = {0};
  const int last = sizeof erfc_coefficients / sizeof *erfc_coefficients - 1;
  for (int k = last; k >= 1; k--) {  // Clenshaw's recurrence
    d8 next = FMA(twice, a, all_d(erfc_coefficients[k]) - b);
    b = a;
    a = next;
  }
  d8 logarithm = FMA(u, a, all_d(erfc_coefficients[0]) - b);
  return t * exp8(FMA(-magnitude, magnitude, logarithm));
}

// x (1 + erf(x / sqrt 2)) / 2, from erfc of the magnitude, so that nothing cancels.
INLINE v8 gelu_erf8(v8 x) {
  d8 z = widen(x);
  d8 tail = erfc8(z * all_d(0.70710678118654752440));
  return narrow(all_d(0.5) * z * choose_d(z < all_d(0), tail, all_d(2) - tail));
}

void CK_NAME(soft_cap)(float *x, float cap, size_t count) {
  BLOCKS(i, count) {
    v16 v = take(x + i, count - i);
    v = halves(soft_cap8(low_half(v), cap), soft_cap8(high_half(v), cap));
    give(x + i, v, count - i);
  }
}

void CK_NAME(gelu_tanh)(float *x, size_t count) {
  BLOCKS(i, count) {
    v16 v = take(x + i, count - i);
    give(x + i, halves(gelu_tanh8(low_half(v)), gelu_tanh8(high_half(v))), count - i);
  }
}

void CK_NAME(gelu_erf)(float *x, size_t count) {
  BLOCKS(i, count) {
    v16 v = take(x + i, count - i);
    give(x + i, halves(gelu_erf8(low_half(v)), gelu_erf8(high_half(v))), count - i);
  }
}

// MARK: Log-softmax

INLINE v8 take8(const float *x, size_t count) {
  v8 v = {0};
  __builtin_memcpy(&v, x, (count < 8 ? count : 8) * sizeof *x);
  return v;
}

bool CK_NAME(log_softmax)(const float *x, float *out, size_t count) {
  i16 strange = {0};
  BLOCKS(i, count) {
    v16 v = take(x + i, count - i);
    strange |= (v - v) != (v16){0};  // NaN for NaN and for both infinities
  }
  for (int j = 0; j < 16; j++) {
    if (strange[j]) return false;
  }
  double max = CK_NAME(max)(x, count);
  d8 sum = {0};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) sum += exp8(widen(take8(x + i, 8)) - all_d(max));
  if (i < count) {
    d8 last = exp8(widen(take8(x + i, count - i)) - all_d(max));
    for (size_t j = 0; i + j < count; j++) sum[j] += last[j];
  }
  d8 total = all_d(max + ck_log(fold8(sum)));
  for (i = 0; i < count; i += 8) {
    v8 v = narrow(widen(take8(x + i, count - i)) - total);
    __builtin_memcpy(out + i, &v, (count - i < 8 ? count - i : 8) * sizeof *out);
  }
  return true;
}
