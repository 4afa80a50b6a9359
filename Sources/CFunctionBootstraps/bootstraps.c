#include "CFunctionBootstraps.h"

// C has #embed since C23; the compilers of Swift's toolchains know it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char node[] = {
#embed "Files/bootstrap.js"
};
static const unsigned char modules[] = {
#embed "Files/modules.mjs"
};
static const unsigned char sdk[] = {
#embed "Files/sdk.js"
};
static const unsigned char sdk_python[] = {
#embed "Files/sdk.py"
};
static const unsigned char python[] = {
#embed "Files/bootstrap.py"
};

struct FunctionBootstrap function_bootstrap_node(void) {
    struct FunctionBootstrap file = {node, sizeof node};
    return file;
}

struct FunctionBootstrap function_modules_node(void) {
    struct FunctionBootstrap file = {modules, sizeof modules};
    return file;
}

struct FunctionBootstrap function_sdk_node(void) {
    struct FunctionBootstrap file = {sdk, sizeof sdk};
    return file;
}

struct FunctionBootstrap function_sdk_python(void) {
    struct FunctionBootstrap file = {sdk_python, sizeof sdk_python};
    return file;
}

struct FunctionBootstrap function_bootstrap_python(void) {
    struct FunctionBootstrap file = {python, sizeof python};
    return file;
}
