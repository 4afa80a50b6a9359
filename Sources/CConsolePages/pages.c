#include "CConsolePages.h"

// C has #embed since C23; the compilers of Swift's toolchains know it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "Pages/index.html"
};
static const unsigned char api_js[] = {
#embed "Pages/api.js"
};
static const unsigned char app_js[] = {
#embed "Pages/app.js"
};
static const unsigned char begin_js[] = {
#embed "Pages/begin.js"
};
static const unsigned char charts_js[] = {
#embed "Pages/charts.js"
};
static const unsigned char controls_js[] = {
#embed "Pages/controls.js"
};
static const unsigned char csv_js[] = {
#embed "Pages/csv.js"
};
static const unsigned char data_js[] = {
#embed "Pages/data.js"
};
static const unsigned char distribution_js[] = {
#embed "Pages/distribution.js"
};
static const unsigned char dom_js[] = {
#embed "Pages/dom.js"
};
static const unsigned char fidelity_js[] = {
#embed "Pages/fidelity.js"
};
static const unsigned char filters_js[] = {
#embed "Pages/filters.js"
};
static const unsigned char functions_js[] = {
#embed "Pages/functions.js"
};
static const unsigned char icon_svg[] = {
#embed "Pages/icon.svg"
};
static const unsigned char list_js[] = {
#embed "Pages/list.js"
};
static const unsigned char live_js[] = {
#embed "Pages/live.js"
};
static const unsigned char objects_js[] = {
#embed "Pages/objects.js"
};
static const unsigned char overview_js[] = {
#embed "Pages/overview.js"
};
static const unsigned char requests_js[] = {
#embed "Pages/requests.js"
};
static const unsigned char route_js[] = {
#embed "Pages/route.js"
};
static const unsigned char server_js[] = {
#embed "Pages/server.js"
};
static const unsigned char settings_js[] = {
#embed "Pages/settings.js"
};
static const unsigned char sign_js[] = {
#embed "Pages/sign.js"
};
static const unsigned char snippets_js[] = {
#embed "Pages/snippets.js"
};
static const unsigned char stacks_js[] = {
#embed "Pages/stacks.js"
};
static const unsigned char streams_js[] = {
#embed "Pages/streams.js"
};
static const unsigned char style_css[] = {
#embed "Pages/style.css"
};
static const unsigned char training_js[] = {
#embed "Pages/training.js"
};
static const unsigned char try_js[] = {
#embed "Pages/try.js"
};
static const unsigned char why_js[] = {
#embed "Pages/why.js"
};
static const unsigned char xml_js[] = {
#embed "Pages/xml.js"
};

static const struct ConsolePage pages[] = {
    {"console", "text/html; charset=utf-8", index_html, sizeof index_html},
    {"console/api.js", "text/javascript; charset=utf-8", api_js, sizeof api_js},
    {"console/app.js", "text/javascript; charset=utf-8", app_js, sizeof app_js},
    {"console/begin.js", "text/javascript; charset=utf-8", begin_js, sizeof begin_js},
    {"console/charts.js", "text/javascript; charset=utf-8", charts_js, sizeof charts_js},
    {"console/controls.js", "text/javascript; charset=utf-8", controls_js, sizeof controls_js},
    {"console/csv.js", "text/javascript; charset=utf-8", csv_js, sizeof csv_js},
    {"console/data.js", "text/javascript; charset=utf-8", data_js, sizeof data_js},
    {"console/distribution.js", "text/javascript; charset=utf-8", distribution_js, sizeof distribution_js},
    {"console/dom.js", "text/javascript; charset=utf-8", dom_js, sizeof dom_js},
    {"console/fidelity.js", "text/javascript; charset=utf-8", fidelity_js, sizeof fidelity_js},
    {"console/filters.js", "text/javascript; charset=utf-8", filters_js, sizeof filters_js},
    {"console/functions.js", "text/javascript; charset=utf-8", functions_js, sizeof functions_js},
    {"console/icon.svg", "image/svg+xml", icon_svg, sizeof icon_svg},
    {"console/list.js", "text/javascript; charset=utf-8", list_js, sizeof list_js},
    {"console/live.js", "text/javascript; charset=utf-8", live_js, sizeof live_js},
    {"console/objects.js", "text/javascript; charset=utf-8", objects_js, sizeof objects_js},
    {"console/overview.js", "text/javascript; charset=utf-8", overview_js, sizeof overview_js},
    {"console/requests.js", "text/javascript; charset=utf-8", requests_js, sizeof requests_js},
    {"console/route.js", "text/javascript; charset=utf-8", route_js, sizeof route_js},
    {"console/server.js", "text/javascript; charset=utf-8", server_js, sizeof server_js},
    {"console/settings.js", "text/javascript; charset=utf-8", settings_js, sizeof settings_js},
    {"console/sign.js", "text/javascript; charset=utf-8", sign_js, sizeof sign_js},
    {"console/snippets.js", "text/javascript; charset=utf-8", snippets_js, sizeof snippets_js},
    {"console/stacks.js", "text/javascript; charset=utf-8", stacks_js, sizeof stacks_js},
    {"console/streams.js", "text/javascript; charset=utf-8", streams_js, sizeof streams_js},
    {"console/style.css", "text/css; charset=utf-8", style_css, sizeof style_css},
    {"console/training.js", "text/javascript; charset=utf-8", training_js, sizeof training_js},
    {"console/try.js", "text/javascript; charset=utf-8", try_js, sizeof try_js},
    {"console/why.js", "text/javascript; charset=utf-8", why_js, sizeof why_js},
    {"console/xml.js", "text/javascript; charset=utf-8", xml_js, sizeof xml_js},
};

const struct ConsolePage *console_page(size_t number) {
    return number < sizeof pages / sizeof *pages ? pages + number : NULL;
}
