// Arithmetic and hashing loops. Pointers and counts in, nothing allocated, no globals.
// Each kernel takes the instruction set as an argument and has a portable twin of equal bits.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "ck_dequant.h"
#include "ck_dot.h"
#include "ck_isa.h"
#include "ck_math.h"
#include "ck_sha256.h"

#endif
