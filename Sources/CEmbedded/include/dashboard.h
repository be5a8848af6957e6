#ifndef CE_DASHBOARD_H
#define CE_DASHBOARD_H

#include "CEmbedded.h"

ce_data ce_dashboard_page(void);
ce_data ce_dashboard_style(void);
ce_data ce_dashboard_script(void);

#endif
