#pragma once

#include <stddef.h>

/// One file of `testdata/post`, where it lies in the program's read-only data.
struct PostFile {
    /// Its path below `testdata/post`.
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

/// Every file has a number, from 0 on; NULL beyond the last. The template has the number 0.
const struct PostFile *post_file(size_t number);
