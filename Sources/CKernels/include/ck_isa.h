// Which instruction sets this processor and this operating system offer.
#ifndef CK_ISA_H
#define CK_ISA_H

#include <stdint.h>

// Instruction sets a kernel may be asked for. `ck_portable` is there on every machine.
enum ck_isa { ck_portable = 0, ck_avx2 = 1, ck_avx512 = 2, ck_neon = 3 };

// 1 if kernels for `isa` may run here, else 0.
int32_t ck_isa_available(int32_t isa);

// 1 if the SHA-256 instructions may be used here, else 0.
int32_t ck_sha_available(void);

// The fastest instruction set that may be used here.
int32_t ck_isa_best(void);

// 1 if this thread rounds to nearest and keeps subnormal numbers, as the arithmetic kernels
// require; a library loaded into the process may have changed it.
int32_t ck_float_environment_is_standard(void);

#endif
