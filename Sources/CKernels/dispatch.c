// The only file that asks the processor what it can do. The compiler's runtime checks that the
// operating system saves the wide registers too.
#include "include/ck_isa.h"

int32_t ck_isa_available(int32_t isa) {
  switch (isa) {
  case ck_portable:
    return 1;
#if defined(__x86_64__)
  case ck_avx2:
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
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
