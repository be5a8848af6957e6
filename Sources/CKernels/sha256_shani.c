// SHA-256 compression with the SHA extensions of x86-64, one to three messages interleaved.
//
// Instructions: Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2. SHA256RNDS2 wants the
// state as two vectors, (A,B,E,F) and (C,D,G,H), and the next four words plus constants.
// The rounds of one message form a chain of latencies; two or three messages in lock-step fill
// the gaps. `lanes` is a compile-time constant in each caller, so every loop over it unrolls.
//
// Promises: the same bits as `ck_sha256_portable`. Does not check the processor: see the dispatch.

#include "include/ck_sha256.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define SHANI __attribute__((target("sha,sse4.1,ssse3")))
#define INLINE static inline __attribute__((always_inline)) SHANI

// (A,B,C,D) and (E,F,G,H) to (A,B,E,F) and (C,D,G,H), most significant word first.
INLINE void load_state(const uint32_t s[8], __m128i *abef, __m128i *cdgh) {
  __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)s), 0xB1);
  __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(s + 4)), 0x1B);
  *abef = _mm_alignr_epi8(badc, hgfe, 8);
  *cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
}

INLINE void store_state(uint32_t s[8], __m128i abef, __m128i cdgh) {
  __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)s, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128((__m128i *)(s + 4), _mm_alignr_epi8(dchg, feba, 8));
}

// Four rounds of every lane with the words in m[l][r & 3]; the schedule runs alongside.
INLINE void four_rounds(int r, int lanes, __m128i abef[], __m128i cdgh[], __m128i m[][4]) {
  const __m128i k = _mm_loadu_si128((const __m128i *)(ck_sha256_k + 4 * r));
#pragma clang loop unroll(full)
  for (int l = 0; l < lanes; l++) {
    const __m128i now = m[l][r & 3];
    const __m128i words = _mm_add_epi32(now, k);
    cdgh[l] = _mm_sha256rnds2_epu32(cdgh[l], abef[l], words);
    if (r >= 3 && r < 15) {
      __m128i *next = &m[l][(r + 1) & 3];
      *next = _mm_add_epi32(*next, _mm_alignr_epi8(now, m[l][(r + 3) & 3], 4));
      *next = _mm_sha256msg2_epu32(*next, now);
    }
    abef[l] = _mm_sha256rnds2_epu32(abef[l], cdgh[l], _mm_shuffle_epi32(words, 0x0E));
    if (r >= 1 && r < 13) {
      __m128i *before = &m[l][(r + 3) & 3];
      *before = _mm_sha256msg1_epu32(*before, now);
    }
  }
}

INLINE void compress(uint32_t *const *states, const uint8_t *const *data, size_t blocks,
                     const int lanes) {
  const __m128i swap = _mm_set_epi64x(0x0C0D0E0F08090A0BULL, 0x0405060700010203ULL);
  __m128i abef[ck_sha256_streams_max], cdgh[ck_sha256_streams_max];
  const uint8_t *at[ck_sha256_streams_max];
#pragma clang loop unroll(full)
  for (int l = 0; l < lanes; l++) {
    load_state(states[l], &abef[l], &cdgh[l]);
    at[l] = data[l];
  }
  for (; blocks > 0; blocks--) {
    __m128i m[ck_sha256_streams_max][4], abef0[ck_sha256_streams_max];
    __m128i cdgh0[ck_sha256_streams_max];
#pragma clang loop unroll(full)
    for (int l = 0; l < lanes; l++) {
      abef0[l] = abef[l];
      cdgh0[l] = cdgh[l];
#pragma clang loop unroll(full)
      for (int i = 0; i < 4; i++) {
        __m128i raw = _mm_loadu_si128((const __m128i *)(at[l] + 16 * i));
        m[l][i] = _mm_shuffle_epi8(raw, swap);
      }
      at[l] += 64;
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < 16; r++) four_rounds(r, lanes, abef, cdgh, m);
#pragma clang loop unroll(full)
    for (int l = 0; l < lanes; l++) {
      abef[l] = _mm_add_epi32(abef[l], abef0[l]);
      cdgh[l] = _mm_add_epi32(cdgh[l], cdgh0[l]);
    }
  }
#pragma clang loop unroll(full)
  for (int l = 0; l < lanes; l++) store_state(states[l], abef[l], cdgh[l]);
}

SHANI static void compress1(uint32_t *const *s, const uint8_t *const *d, size_t n) {
  compress(s, d, n, 1);
}
SHANI static void compress2(uint32_t *const *s, const uint8_t *const *d, size_t n) {
  compress(s, d, n, 2);
}
SHANI static void compress3(uint32_t *const *s, const uint8_t *const *d, size_t n) {
  compress(s, d, n, 3);
}

void ck_sha256_shani(uint32_t *const *states, const uint8_t *const *data, size_t streams,
                     size_t blocks) {
  switch (streams) {
  case 1: compress1(states, data, blocks); break;
  case 2: compress2(states, data, blocks); break;
  case 3: compress3(states, data, blocks); break;
  default: break;
  }
}

#else

void ck_sha256_shani(uint32_t *const *states, const uint8_t *const *data, size_t streams,
                     size_t blocks) {
  for (size_t l = 0; l < streams; l++) ck_sha256_portable(states[l], data[l], blocks);
}

#endif
