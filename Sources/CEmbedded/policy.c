// The shipped policy pack: the files of Policies/, byte for byte.
#include "include/policy.h"

static const unsigned char facts[] = {
#embed "../../Policies/facts.json"
};
static const unsigned char jurisdictions[] = {
#embed "../../Policies/jurisdictions.json"
};
static const unsigned char licence_rules[] = {
#embed "../../Policies/licence-rules.json"
};
static const unsigned char api_terms[] = {
#embed "../../Policies/api-terms.json"
};
static const unsigned char licences[] = {
#embed "../../Policies/licences.json"
};
static const unsigned char models[] = {
#embed "../../Policies/models.json"
};
static const unsigned char scenarios[] = {
#embed "../../Policies/scenarios.json"
};

ce_data ce_policy_facts(void) { return (ce_data){facts, sizeof facts}; }
ce_data ce_policy_jurisdictions(void) { return (ce_data){jurisdictions, sizeof jurisdictions}; }
ce_data ce_policy_licence_rules(void) { return (ce_data){licence_rules, sizeof licence_rules}; }
ce_data ce_policy_api_terms(void) { return (ce_data){api_terms, sizeof api_terms}; }
ce_data ce_policy_licences(void) { return (ce_data){licences, sizeof licences}; }
ce_data ce_policy_models(void) { return (ce_data){models, sizeof models}; }
ce_data ce_policy_scenarios(void) { return (ce_data){scenarios, sizeof scenarios}; }
