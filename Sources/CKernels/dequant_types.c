// Sizes of the blocks of ck_dequant.h.

#include "ck_dequant.h"

struct size {
  int32_t type;
  uint16_t elements, bytes;
};

static const struct size sizes[] = {
    {ck_f32, 1, 4},       {ck_f16, 1, 2},       {ck_q4_0, 32, 18},    {ck_q4_1, 32, 20},
    {ck_q5_0, 32, 22},    {ck_q5_1, 32, 24},    {ck_q8_0, 32, 34},    {ck_q2_k, 256, 84},
    {ck_q3_k, 256, 110},  {ck_q4_k, 256, 144},  {ck_q5_k, 256, 176},  {ck_q6_k, 256, 210},
    {ck_iq4_nl, 32, 18},  {ck_iq4_xs, 256, 136}, {ck_f64, 1, 8},      {ck_bf16, 1, 2},
    {ck_tq1_0, 256, 54},  {ck_tq2_0, 256, 66},  {ck_mxfp4, 32, 17},   {ck_f8_e4m3, 1, 1},
    {ck_f8_e5m2, 1, 1},
};

static const struct size *find(int32_t type) {
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    if (sizes[i].type == type) return &sizes[i];
  }
  return NULL;
}

size_t ck_block_elements(int32_t type) {
  const struct size *size = find(type);
  return size ? size->elements : 0;
}

size_t ck_block_bytes(int32_t type) {
  const struct size *size = find(type);
  return size ? size->bytes : 0;
}
