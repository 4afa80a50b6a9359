// The hash functions of OpenSSL's libcrypto, as plain structs that need neither heap memory nor any initialisation of the library.
//
// OpenSSL 3 recommends EVP in their place. Measured with OpenSSL 3.0.22, SHA-256 over 60 bytes and HMAC-SHA256 with a prepared key:
// structs 124 and 194 ns, EVP with a context made for each 321 and 384 ns or more; the first EVP_MD_fetch alone takes 1.8 ms, for it
// reads openssl.cnf and sets up providers. The structs have no method that can fail and use the same instructions of the processor.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>
