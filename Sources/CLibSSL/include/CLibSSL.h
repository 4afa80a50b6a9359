#ifndef CLIBSSL_H
#define CLIBSSL_H

// OpenSSL's TLS and certificates, from the system's library, which is loaded when they are first asked for: libssl and the whole of libcrypto
// are a tenth of a start's time and two megabytes, and most servers speak plain HTTP on loopback.
//
// OpenSSL's functions have their own names. Those of `loaded.c` hand on to the library; what is not among them cannot be linked.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/// Loads the library, once. NULL, or why it could not be loaded. Every other function may be called after that only.
const char *loaded_ssl(void);

// As functions those of OpenSSL's macros, and of its functions with any number of arguments, that Swift cannot see.

static inline int shim_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

static inline void shim_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_mode(context, mode);
}

static inline void shim_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

// A client that renegotiates makes the server work for nothing; TLS 1.3 has none of it.
static inline void shim_SSL_CTX_refuse_renegotiation(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

// Takes the certificate over where it answers 1.
static inline int shim_SSL_CTX_add0_chain_cert(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add0_chain_cert(context, certificate);
}

static inline int shim_SSL_set_tlsext_host_name(SSL *connection, const char *name) {
    return SSL_set_tlsext_host_name(connection, name);
}

EVP_PKEY *shim_EVP_EC_gen(const char *curve);

static inline void shim_X509V3_set_ctx_nodb(X509V3_CTX *context) {
    X509V3_set_ctx_nodb(context);
}

#endif
