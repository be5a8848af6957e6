// The shipped policy pack: the files of Policies/, byte for byte.
#ifndef CEMBEDDED_POLICY_H
#define CEMBEDDED_POLICY_H

#include "CEmbedded.h"  // ce_data

ce_data ce_policy_facts(void);
ce_data ce_policy_jurisdictions(void);
ce_data ce_policy_licence_rules(void);
ce_data ce_policy_api_terms(void);
ce_data ce_policy_licences(void);
ce_data ce_policy_models(void);
ce_data ce_policy_scenarios(void);

#endif
