// Vectors of 16 float32 and 8 double lanes, and e^x on them: the words that dot_body.h and
// rows_body.h are written in. Included inside a target attribute; the compiler splits a vector
// into the registers there are. Every operation is element by element, so bits do not depend on
// the register width.

#include <stddef.h>
#include <stdint.h>

// Everything that takes or returns a vector is inlined, so no calling convention is involved.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef float v8 __attribute__((vector_size(32)));
typedef double d8 __attribute__((vector_size(64)));
typedef int64_t l8 __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline, unused))
#define FMA __builtin_elementwise_fma

INLINE v16 load16(const float *p) {
  v16 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

INLINE void store16(float *p, v16 v) { __builtin_memcpy(p, &v, sizeof v); }

// Up to 16 values; zeros stand for those past the end.
INLINE v16 take(const float *p, size_t count) {
  if (count >= 16) return load16(p);
  float padded[16] = {0};
  __builtin_memcpy(padded, p, count * sizeof *p);
  return load16(padded);
}

INLINE void give(float *p, v16 v, size_t count) {
  if (count >= 16) {
    store16(p, v);
  } else {
    __builtin_memcpy(p, &v, count * sizeof *p);
  }
}

// A value in all lanes. (x - 0 is x, also for -0.)
INLINE v16 all(float x) { return x - (v16){0}; }
INLINE d8 all_d(double x) { return x - (d8){0}; }

INLINE v16 choose(i16 mask, v16 yes, v16 no) {
  return (v16)((mask & (i16)yes) | (~mask & (i16)no));
}

INLINE d8 choose_d(l8 mask, d8 yes, d8 no) {
  return (d8)((mask & (l8)yes) | (~mask & (l8)no));
}

INLINE v8 low_half(v16 v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7); }
INLINE v8 high_half(v16 v) { return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15); }
INLINE v16 halves(v8 a, v8 b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

INLINE d8 widen(v8 v) { return __builtin_convertvector(v, d8); }
INLINE v8 narrow(d8 v) { return __builtin_convertvector(v, v8); }

// l[j] += l[j+8], l[j+4], l[j+2], l[j+1]: the tree of ck_dot.h.
INLINE float fold16(v16 v) {
  typedef float v4 __attribute__((vector_size(16)));
  v8 a = low_half(v) + high_half(v);
  v4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  float c = b[0] + b[2], d = b[1] + b[3];
  return c + d;
}

// The same tree on 8 double lanes.
INLINE double fold8(d8 v) {
  double a[4];
  for (int j = 0; j < 4; j++) a[j] = v[j] + v[j + 4];
  double c = a[0] + a[2], d = a[1] + a[3];
  return c + d;
}

// e^x: x = n log 2 + r with |r| <= log(2)/2, a Taylor polynomial of e^r whose first dropped term
// is below 2^-27, then a scaling by 2^n in two factors, so that subnormal results come out.
INLINE v16 exp16(v16 x) {
  const v16 magic = all(0x1.8p23f);  // adding it rounds to an integer
  v16 bounded = choose(x < all(-104.0f), all(-104.0f), x);
  bounded = choose(bounded > all(89.0f), all(89.0f), bounded);
  v16 shifted = FMA(bounded, all(0x1.715476p+0f), magic);
  v16 n = shifted - magic;
  v16 r = FMA(-n, all(0x1.62e4p-1f), bounded);  // 15 bits: n times it is exact
  r = FMA(-n, all(0x1.7f7d1cp-20f), r);
  v16 p = FMA(r, all(1.0f / 5040), all(1.0f / 720));
  p = FMA(p, r, all(1.0f / 120));
  p = FMA(p, r, all(1.0f / 24));
  p = FMA(p, r, all(1.0f / 6));
  p = FMA(p, r, all(0.5f));
  p = FMA(p, r, all(1.0f));
  p = FMA(p, r, all(1.0f));
  i16 whole = (i16)shifted - (i16)magic;
  i16 first = whole >> 1, second = whole - first;
  return p * (v16)((first + 127) << 23) * (v16)((second + 127) << 23);
}

// The same in double; the first dropped term is below 2^-56.
INLINE d8 exp8(d8 x) {
  const d8 magic = all_d(0x1.8p52);
  d8 bounded = choose_d(x < all_d(-746.0), all_d(-746.0), x);
  bounded = choose_d(bounded > all_d(710.0), all_d(710.0), bounded);
  d8 shifted = FMA(bounded, all_d(0x1.71547652b82fep+0), magic);
  d8 n = shifted - magic;
  d8 r = FMA(-n, all_d(0x1.62e42fefa38p-1), bounded);  // 43 bits: n times it is exact
  r = FMA(-n, all_d(0x1.ef35793c7673p-45), r);
  d8 p = FMA(r, all_d(1.0 / 6227020800), all_d(1.0 / 479001600));
  p = FMA(p, r, all_d(1.0 / 39916800));
  p = FMA(p, r, all_d(1.0 / 3628800));
  p = FMA(p, r, all_d(1.0 / 362880));
  p = FMA(p, r, all_d(1.0 / 40320));
  p = FMA(p, r, all_d(1.0 / 5040));
  p = FMA(p, r, all_d(1.0 / 720));
  p = FMA(p, r, all_d(1.0 / 120));
  p = FMA(p, r, all_d(1.0 / 24));
  p = FMA(p, r, all_d(1.0 / 6));
  p = FMA(p, r, all_d(0.5));
  p = FMA(p, r, all_d(1.0));
  p = FMA(p, r, all_d(1.0));
  l8 whole = (l8)shifted - (l8)magic;
  l8 first = whole >> 1, second = whole - first;
  return p * (d8)((first + 1023) << 52) * (d8)((second + 1023) << 52);
}
