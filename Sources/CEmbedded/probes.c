// The texts on which outputs are compared if no others are given; see Tests/Models/README.md.
#include "include/probes.h"

static const unsigned char probes[] = {
#embed "probes.jsonl"
};

ce_data ce_probes(void) { return (ce_data){probes, sizeof probes}; }
