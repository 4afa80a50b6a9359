#include "CPostStack.h"

// C has #embed since C23; the compilers of Swift's toolchains know it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char template_yaml[] = {
#embed "../../testdata/post/template.yaml"
};
static const unsigned char node_createCampaign[] = {
#embed "../../testdata/post/handlers/node/createCampaign/index.js"
};
static const unsigned char node_createEventTracker[] = {
#embed "../../testdata/post/handlers/node/createEventTracker/index.js"
};
static const unsigned char node_createSolutionVersion[] = {
#embed "../../testdata/post/handlers/node/createSolutionVersion/index.js"
};
static const unsigned char node_deleteResources[] = {
#embed "../../testdata/post/handlers/node/deleteResources/index.js"
};
static const unsigned char node_describeCampaign[] = {
#embed "../../testdata/post/handlers/node/describeCampaign/index.js"
};
static const unsigned char node_describeSolutionVersion[] = {
#embed "../../testdata/post/handlers/node/describeSolutionVersion/index.js"
};
static const unsigned char node_getRecommendations[] = {
#embed "../../testdata/post/handlers/node/getRecommendations/index.js"
};
static const unsigned char node_putEvents[] = {
#embed "../../testdata/post/handlers/node/putEvents/index.js"
};
static const unsigned char python_createCampaign[] = {
#embed "../../testdata/post/handlers/python/createCampaign/index.py"
};
static const unsigned char python_createEventTracker[] = {
#embed "../../testdata/post/handlers/python/createEventTracker/index.py"
};
static const unsigned char python_createSolutionVersion[] = {
#embed "../../testdata/post/handlers/python/createSolutionVersion/index.py"
};
static const unsigned char python_deleteResources[] = {
#embed "../../testdata/post/handlers/python/deleteResources/index.py"
};
static const unsigned char python_describeCampaign[] = {
#embed "../../testdata/post/handlers/python/describeCampaign/index.py"
};
static const unsigned char python_describeSolutionVersion[] = {
#embed "../../testdata/post/handlers/python/describeSolutionVersion/index.py"
};
static const unsigned char python_getRecommendations[] = {
#embed "../../testdata/post/handlers/python/getRecommendations/index.py"
};
static const unsigned char python_putEvents[] = {
#embed "../../testdata/post/handlers/python/putEvents/index.py"
};

static const struct PostFile files[] = {
    {"template.yaml", template_yaml, sizeof template_yaml},
    {"handlers/node/createCampaign/index.js", node_createCampaign, sizeof node_createCampaign},
    {"handlers/node/createEventTracker/index.js", node_createEventTracker, sizeof node_createEventTracker},
    {"handlers/node/createSolutionVersion/index.js", node_createSolutionVersion, sizeof node_createSolutionVersion},
    {"handlers/node/deleteResources/index.js", node_deleteResources, sizeof node_deleteResources},
    {"handlers/node/describeCampaign/index.js", node_describeCampaign, sizeof node_describeCampaign},
    {"handlers/node/describeSolutionVersion/index.js", node_describeSolutionVersion, sizeof node_describeSolutionVersion},
    {"handlers/node/getRecommendations/index.js", node_getRecommendations, sizeof node_getRecommendations},
    {"handlers/node/putEvents/index.js", node_putEvents, sizeof node_putEvents},
    {"handlers/python/createCampaign/index.py", python_createCampaign, sizeof python_createCampaign},
    {"handlers/python/createEventTracker/index.py", python_createEventTracker, sizeof python_createEventTracker},
    {"handlers/python/createSolutionVersion/index.py", python_createSolutionVersion, sizeof python_createSolutionVersion},
    {"handlers/python/deleteResources/index.py", python_deleteResources, sizeof python_deleteResources},
    {"handlers/python/describeCampaign/index.py", python_describeCampaign, sizeof python_describeCampaign},
    {"handlers/python/describeSolutionVersion/index.py", python_describeSolutionVersion, sizeof python_describeSolutionVersion},
    {"handlers/python/getRecommendations/index.py", python_getRecommendations, sizeof python_getRecommendations},
    {"handlers/python/putEvents/index.py", python_putEvents, sizeof python_putEvents},
};

const struct PostFile *post_file(size_t number) {
    return number < sizeof files / sizeof *files ? files + number : NULL;
}
