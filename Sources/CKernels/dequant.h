// The functions behind ck_dequant.h, one for each instruction set. Only dispatch.c calls them.

#ifndef DEQUANT_H
#define DEQUANT_H

#include <stddef.h>
#include <stdint.h>

void ck_dequantize_portable(int32_t type, const uint8_t *bytes, size_t blocks, float *out);
void ck_dequantize_avx2(int32_t type, const uint8_t *bytes, size_t blocks, float *out);
void ck_dequantize_avx512(int32_t type, const uint8_t *bytes, size_t blocks, float *out);
void ck_dequantize_neon(int32_t type, const uint8_t *bytes, size_t blocks, float *out);

#endif
