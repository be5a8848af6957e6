// The hashed licence texts of Policies/licences, and the identifiers of the SPDX list.
#ifndef CEMBEDDED_LICENCES_H
#define CEMBEDDED_LICENCES_H

#include "CEmbedded.h"  // ce_data

ce_data ce_licence_templates(void);
ce_data ce_spdx_identifiers(void);

#endif
