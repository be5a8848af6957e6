// The dashboard: one page, its style and its script.
#include "include/dashboard.h"

static const unsigned char page[] = {
#embed "dashboard/page.html"
};

static const unsigned char style[] = {
#embed "dashboard/page.css"
};

static const unsigned char script[] = {
#embed "dashboard/page.js"
};

ce_data ce_dashboard_page(void) { return (ce_data){page, sizeof page}; }
ce_data ce_dashboard_style(void) { return (ce_data){style, sizeof style}; }
ce_data ce_dashboard_script(void) { return (ce_data){script, sizeof script}; }
