#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// What is defined here has the names of OpenSSL's functions, and must never be what the library itself finds under them.
#pragma GCC visibility push(hidden)
#include "CLibSSL.h"
#pragma GCC visibility pop

// Each with its result, its parameters and their names. The compiler holds them against OpenSSL's headers.
#define FUNCTIONS(each) \
    each(int, ASN1_INTEGER_set_uint64, (ASN1_INTEGER *a, uint64_t r), (a, r)) \
    each(size_t, BIO_ctrl_pending, (BIO *b), (b)) \
    each(int, BIO_free, (BIO *a), (a)) \
    each(BIO *, BIO_new, (const BIO_METHOD *type), (type)) \
    each(int, BIO_read, (BIO *b, void *data, int count), (b, data, count)) \
    each(const BIO_METHOD *, BIO_s_mem, (void), ()) \
    each(int, BIO_write, (BIO *b, const void *data, int count), (b, data, count)) \
    each(unsigned long, ERR_get_error, (void), ()) \
    each(void, ERR_clear_error, (void), ()) \
    each(void, ERR_error_string_n, (unsigned long e, char *buffer, size_t count), (e, buffer, count)) \
    each(void, EVP_PKEY_free, (EVP_PKEY *key), (key)) \
    each(const EVP_MD *, EVP_sha256, (void), ()) \
    each(int, OPENSSL_init_crypto, (uint64_t options, const OPENSSL_INIT_SETTINGS *settings), (options, settings)) \
    each(int, OPENSSL_sk_num, (const OPENSSL_STACK *stack), (stack)) \
    each(EVP_PKEY *, PEM_read_bio_PrivateKey, (BIO *b, EVP_PKEY **x, pem_password_cb *cb, void *u), (b, x, cb, u)) \
    each(X509 *, PEM_read_bio_X509, (BIO *b, X509 **x, pem_password_cb *cb, void *u), (b, x, cb, u)) \
    each(X509 *, PEM_read_bio_X509_AUX, (BIO *b, X509 **x, pem_password_cb *cb, void *u), (b, x, cb, u)) \
    each(int, PEM_write_bio_PKCS8PrivateKey, (BIO *b, const EVP_PKEY *x, const EVP_CIPHER *e, const char *s, int n, pem_password_cb *cb, void *u), \
        (b, x, e, s, n, cb, u)) \
    each(int, PEM_write_bio_X509, (BIO *b, const X509 *x), (b, x)) \
    each(long, SSL_CTX_ctrl, (SSL_CTX *context, int command, long number, void *value), (context, command, number, value)) \
    each(void, SSL_CTX_free, (SSL_CTX *context), (context)) \
    each(X509_STORE *, SSL_CTX_get_cert_store, (const SSL_CTX *context), (context)) \
    each(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *method), (method)) \
    each(int, SSL_CTX_set_alpn_protos, (SSL_CTX *context, const unsigned char *names, unsigned int count), (context, names, count)) \
    each(void, SSL_CTX_set_alpn_select_cb, (SSL_CTX *context, SSL_CTX_alpn_select_cb_func cb, void *argument), (context, cb, argument)) \
    each(int, SSL_CTX_set_cipher_list, (SSL_CTX *context, const char *names), (context, names)) \
    each(uint64_t, SSL_CTX_set_options, (SSL_CTX *context, uint64_t options), (context, options)) \
    each(void, SSL_CTX_set_verify, (SSL_CTX *context, int mode, SSL_verify_cb cb), (context, mode, cb)) \
    each(int, SSL_CTX_use_PrivateKey, (SSL_CTX *context, EVP_PKEY *key), (context, key)) \
    each(int, SSL_CTX_use_certificate, (SSL_CTX *context, X509 *certificate), (context, certificate)) \
    each(long, SSL_ctrl, (SSL *connection, int command, long number, void *value), (connection, command, number, value)) \
    each(int, SSL_do_handshake, (SSL *connection), (connection)) \
    each(void, SSL_free, (SSL *connection), (connection)) \
    each(void, SSL_get0_alpn_selected, (const SSL *connection, const unsigned char **name, unsigned int *count), (connection, name, count)) \
    each(int, SSL_get_error, (const SSL *connection, int result), (connection, result)) \
    each(const char *, SSL_get_version, (const SSL *connection), (connection)) \
    each(SSL *, SSL_new, (SSL_CTX *context), (context)) \
    each(int, SSL_read_ex, (SSL *connection, void *buffer, size_t count, size_t *read), (connection, buffer, count, read)) \
    each(int, SSL_set1_host, (SSL *connection, const char *name), (connection, name)) \
    each(void, SSL_set_accept_state, (SSL *connection), (connection)) \
    each(void, SSL_set_bio, (SSL *connection, BIO *incoming, BIO *outgoing), (connection, incoming, outgoing)) \
    each(void, SSL_set_connect_state, (SSL *connection), (connection)) \
    each(int, SSL_shutdown, (SSL *connection), (connection)) \
    each(int, SSL_write_ex, (SSL *connection, const void *buffer, size_t count, size_t *written), (connection, buffer, count, written)) \
    each(const SSL_METHOD *, TLS_client_method, (void), ()) \
    each(const SSL_METHOD *, TLS_server_method, (void), ()) \
    each(X509_EXTENSION *, X509V3_EXT_conf_nid, (LHASH_OF(CONF_VALUE) *conf, X509V3_CTX *context, int kind, const char *value), \
        (conf, context, kind, value)) \
    each(void, X509V3_set_ctx, (X509V3_CTX *context, X509 *issuer, X509 *subject, X509_REQ *request, X509_CRL *crl, int flags), \
        (context, issuer, subject, request, crl, flags)) \
    each(void, X509_EXTENSION_free, (X509_EXTENSION *extension), (extension)) \
    each(int, X509_NAME_add_entry_by_txt, (X509_NAME *name, const char *field, int type, const unsigned char *bytes, int count, int loc, int set), \
        (name, field, type, bytes, count, loc, set)) \
    each(int, X509_STORE_add_cert, (X509_STORE *store, X509 *x), (store, x)) \
    each(int, X509_add_ext, (X509 *x, X509_EXTENSION *extension, int loc), (x, extension, loc)) \
    each(void, X509_free, (X509 *x), (x)) \
    each(ASN1_INTEGER *, X509_get_serialNumber, (X509 *x), (x)) \
    each(X509_NAME *, X509_get_subject_name, (const X509 *x), (x)) \
    each(ASN1_TIME *, X509_getm_notAfter, (const X509 *x), (x)) \
    each(ASN1_TIME *, X509_getm_notBefore, (const X509 *x), (x)) \
    each(X509 *, X509_new, (void), ()) \
    each(int, X509_set_issuer_name, (X509 *x, const X509_NAME *name), (x, name)) \
    each(int, X509_set_pubkey, (X509 *x, EVP_PKEY *key), (x, key)) \
    each(int, X509_set_version, (X509 *x, long version), (x, version)) \
    each(int, X509_sign, (X509 *x, EVP_PKEY *key, const EVP_MD *hash), (x, key, hash)) \
    each(ASN1_TIME *, X509_time_adj_ex, (ASN1_TIME *s, int days, long seconds, time_t *from), (s, days, seconds, from)) \
    each(int, X509_up_ref, (X509 *x), (x))

#define MEMBER(result, name, parameters, arguments) __typeof__(&name) name;
static struct {
    FUNCTIONS(MEMBER)
    __typeof__(&EVP_PKEY_Q_keygen) EVP_PKEY_Q_keygen;
} library;

#define FORWARD(result, name, parameters, arguments) \
    result name parameters { return library.name arguments; }
FUNCTIONS(FORWARD)

EVP_PKEY *shim_EVP_EC_gen(const char *curve) { return library.EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve); }

static const char *fault = 0;
static char reason[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
#ifdef __APPLE__
    void *handle = dlopen("libssl.3.dylib", RTLD_NOW | RTLD_LOCAL);
#else
    void *handle = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
#endif
    if (!handle) {
        snprintf(reason, sizeof reason, "libssl cannot be loaded (Debian's package: libssl3): %s", dlerror());
        fault = reason;
        return;
    }
    // Those of libcrypto are found too, since libssl brings it.
#define FIND(result, name, parameters, arguments) \
    if (!(library.name = (__typeof__(&name))dlsym(handle, #name))) { \
        fault = "libssl is older than 3.0: it has no " #name; \
        return; \
    }
    FUNCTIONS(FIND)
    FIND(, EVP_PKEY_Q_keygen, , )
    // Threads may still be in OpenSSL when the process exits; it then frees nothing.
    if (library.OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1) { fault = "libcrypto could not be set up"; }
}

const char *loaded_ssl(void) {
    pthread_once(&once, load);
    return fault;
}
