// Elementary functions in double for tables and totals. One text for every machine: the fused
// multiply-adds are calls where the processor has none, with the same result.

#include <stdint.h>
#include <string.h>

#include "ck_math.h"

#define FMA __builtin_fma

static double power_of_two(int64_t n) {
  uint64_t bits = (uint64_t)(n + 1023) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

double ck_exp(double x) {
  if (x != x) return x;
  if (x < -746) return 0;
  if (x > 710) return __builtin_inf();
  const double magic = 0x1.8p52;  // adding it rounds to an integer
  double n = FMA(x, 0x1.71547652b82fep+0, magic) - magic;
  double r = FMA(-n, 0x1.62e42fefa38p-1, x);
  r = FMA(-n, 0x1.ef35793c7673p-45, r);
  static const double factorials[] = {
      1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600};
  double p = 1.0 / 6227020800;
  for (int k = 12; k >= 0; k--) p = FMA(p, r, 1 / factorials[k]);
  int64_t whole = (int64_t)n, half = whole / 2;
  return p * power_of_two(half) * power_of_two(whole - half);
}

// x = 2^e m with m in [sqrt(1/2), sqrt 2); log m = 2 atanh(f), f = (m - 1) / (m + 1), |f| < 0.172.
double ck_log(double x) {
  if (!(x > 0) || x - x != 0) {
    return x == 0 ? -__builtin_inf() : (x > 0 ? x : __builtin_nan(""));
  }
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int64_t e = (int64_t)(bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffffu) | (uint64_t)1023 << 52;
  double m;
  memcpy(&m, &bits, sizeof m);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e += 1;
  }
  double f = (m - 1) / (m + 1), square = f * f, p = 1.0 / 25;
  for (int k = 23; k >= 3; k -= 2) p = FMA(p, square, 1.0 / k);
  double atanh_rest = p * square * f;
  double low = FMA((double)e, 0x1.ef35793c7673p-45, atanh_rest + atanh_rest);
  return FMA((double)e, 0x1.62e42fefa38p-1, (f + f) + low);
}

// angle = k pi/2 + r with |r| <= pi/4. pi/2 is three doubles: k times the first is subtracted
// exactly, because the difference has no bit below 2^-52.
void ck_sin_cos(double angle, double *sine, double *cosine) {
  const double magic = 0x1.8p52;
  double k = FMA(angle, 0x1.45f306dc9c883p-1, magic) - magic;
  double r = FMA(-k, 0x1.921fb54442d18p+0, angle);
  r = FMA(-k, 0x1.1a62633145c07p-54, r);
  r = FMA(-k, -0x1.f1976b7ed8fbcp-110, r);
  double square = r * r;
  double s = 1.0 / 355687428096000, c = 1.0 / 6402373705728000;  // 1/17!, 1/18!
  static const double sines[] = {1307674368000, 6227020800, 39916800, 362880, 5040, 120, 6};
  static const double cosines[] = {20922789888000, 87178291200, 479001600, 3628800,
                                   40320,          720,         24,        2};
  for (int i = 0; i < 7; i++) s = FMA(-s, square, 1 / sines[i]);
  for (int i = 0; i < 8; i++) c = FMA(-c, square, 1 / cosines[i]);
  s = FMA(-s * square, r, r);
  c = FMA(-c, square, 1.0);
  switch ((int64_t)k & 3) {
    case 0: *sine = s, *cosine = c; break;
    case 1: *sine = c, *cosine = -s; break;
    case 2: *sine = -s, *cosine = -c; break;
    default: *sine = -c, *cosine = s; break;
  }
}
