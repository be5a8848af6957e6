// The files are written by `assay licence learn`; see Policies/licences/README.md.
#include "include/licences.h"

static const unsigned char templates[] = {
#embed "../../Policies/licences/templates.bin"
};

static const unsigned char identifiers[] = {
#embed "../../Policies/licences/spdx-identifiers.txt"
};

ce_data ce_licence_templates(void) { return (ce_data){templates, sizeof templates}; }

ce_data ce_spdx_identifiers(void) { return (ce_data){identifiers, sizeof identifiers}; }
