// The probes of the output tests, as JSON lines.
#ifndef CEMBEDDED_PROBES_H
#define CEMBEDDED_PROBES_H

#include "CEmbedded.h"  // ce_data

ce_data ce_probes(void);

#endif
