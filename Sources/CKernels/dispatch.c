// The only file that asks the processor what it can do. The compiler's runtime checks that the
// operating system saves the wide registers too.
#include <stddef.h>

#include "include/ck_isa.h"

int32_t ck_isa_available(int32_t isa) {
  switch (isa) {
  case ck_portable:
    return 1;
#if defined(__x86_64__)
  case ck_avx2:
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c");
  case ck_avx512:
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("fma");
#endif
#if defined(__aarch64__)
  case ck_neon:
    return 1;
#endif
  default:
    return 0;
  }
}

int32_t ck_sha_available(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1") &&
         __builtin_cpu_supports("ssse3");
#else
  return 0;
#endif
}

int32_t ck_isa_best(void) {
  static const int32_t order[] = {ck_avx512, ck_avx2, ck_neon};
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
    if (ck_isa_available(order[i])) return order[i];
  }
  return ck_portable;
}

int32_t ck_float_environment_is_standard(void) {
#if defined(__x86_64__)
  // Flush to zero (15), rounding mode (13-14), subnormals are zero (6) of the control register.
  return (__builtin_ia32_stmxcsr() & 0xe040u) == 0;
#elif defined(__aarch64__)
  uint64_t control;
  __asm__("mrs %0, fpcr" : "=r"(control));
  return (control & 0x1c00000u) == 0;  // rounding mode (22-23), flush to zero (24)
#else
  return 1;
#endif
}
