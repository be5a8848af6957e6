// Data that the program carries inside itself: packs, hashed licences, schemas, the page.
// One header and one small C file for each thing, put together by `#embed`.
#ifndef CEMBEDDED_H
#define CEMBEDDED_H

#include <stddef.h>

// A run of bytes that lives as long as the program.
typedef struct {
  const unsigned char *bytes;
  size_t count;
} ce_data;

#include "dashboard.h"
#include "licences.h"
#include "policy.h"
#include "probes.h"

#endif
