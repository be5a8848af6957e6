// Runs the SHA-256 kernel that was asked for. Which one a machine offers: `ck_sha_available`.
#include "include/ck_sha256.h"

void ck_sha256_compress(uint32_t *const *states, const uint8_t *const *data, size_t streams,
                        size_t blocks, int32_t implementation) {
  if (implementation == ck_sha256_extensions) {
    ck_sha256_shani(states, data, streams, blocks);
    return;
  }
  for (size_t l = 0; l < streams; l++) ck_sha256_portable(states[l], data[l], blocks);
}
