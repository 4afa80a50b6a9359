// zlib's C interface, and what Swift does not import of it: macros with the size of a structure.
#include <zlib.h>

// 15 bits of window, and 16 for a header and a trailer of gzip.
static inline int czlib_begin_gzip(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int czlib_begin_gunzip(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}
