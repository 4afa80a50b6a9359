#ifndef CLIBCIPHER_H
#define CLIBCIPHER_H

// The ciphers of OpenSSL (EVP), from the system's libcrypto, which is loaded with the first stream that is encrypted: a start does not wait for it.
//
// OpenSSL's functions have their own names. Those of `loaded.c` hand on to the library; what is not among them cannot be linked.
#include <openssl/evp.h>

/// Loads the library, once. NULL, or why it could not be loaded. Every other function may be called after that only.
const char *loaded_crypto(void);

#endif
