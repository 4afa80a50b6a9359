#pragma once

#include <stddef.h>

/// One file of the console, where it lies in the program's read-only data.
struct ConsolePage {
    /// Its path below `/_personalite/`.
    const char *name;
    /// Its media type.
    const char *type;
    const unsigned char *bytes;
    size_t count;
};

/// Every file has a number, from 0 on; NULL beyond the last.
const struct ConsolePage *console_page(size_t number);
