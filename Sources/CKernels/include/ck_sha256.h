// SHA-256 compression (FIPS 180-4, section 6.2): whole blocks in, chaining values updated.
//
// Several independent messages may be compressed side by side ("streams"): one message leaves
// the SHA unit of a core half idle, because each round waits for the one before it.
// Every implementation gives the same bits; `ck_sha256_portable` is the twin they are held to.
// Nothing is allocated, no state is kept. Padding and lengths are the caller's work.

#ifndef CK_SHA256_H
#define CK_SHA256_H

#include <stddef.h>
#include <stdint.h>

/// Implementations. `ck_sha_available` (ck_isa.h) says whether the second may be asked for.
enum { ck_sha256_c = 0, ck_sha256_extensions = 1 };

/// The most streams one call may carry.
enum { ck_sha256_streams_max = 3 };

/// Compresses `blocks` blocks of 64 bytes of each message. `states[i]` holds the eight words of
/// message i, `data[i]` its bytes (any alignment). `streams` is 1 to ck_sha256_streams_max;
/// the states must not overlap. Ask for `ck_sha256_extensions` only where they are available.
void ck_sha256_compress(uint32_t *const *states, const uint8_t *const *data, size_t streams,
                        size_t blocks, int32_t implementation);

/// The portable twin, one message at a time.
void ck_sha256_portable(uint32_t state[8], const uint8_t *data, size_t blocks);

/// The SHA extensions of x86-64, 1 to 3 messages interleaved; elsewhere the portable code.
void ck_sha256_shani(uint32_t *const *states, const uint8_t *const *data, size_t streams,
                     size_t blocks);

/// The 64 round constants.
extern const uint32_t ck_sha256_k[64];

#endif
