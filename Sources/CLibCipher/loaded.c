#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// What is defined here has the names of OpenSSL's functions, and must never be what the library itself finds under them.
#pragma GCC visibility push(hidden)
#include "CLibCipher.h"
#pragma GCC visibility pop

// Each with its result, its parameters and their names. The compiler holds them against OpenSSL's headers.
#define FUNCTIONS(each) \
    each(EVP_CIPHER *, EVP_CIPHER_fetch, (OSSL_LIB_CTX *where, const char *name, const char *properties), (where, name, properties)) \
    each(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), ()) \
    each(void, EVP_CIPHER_CTX_free, (EVP_CIPHER_CTX *context), (context)) \
    each(int, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX *context, int kind, int number, void *value), (context, kind, number, value)) \
    each(int, EVP_CipherInit_ex2, (EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, const unsigned char *key, const unsigned char *iv, \
        int is_sealing, const OSSL_PARAM settings[]), (context, cipher, key, iv, is_sealing, settings)) \
    each(int, EVP_CipherUpdate, (EVP_CIPHER_CTX *context, unsigned char *out, int *written, const unsigned char *in, int count), \
        (context, out, written, in, count)) \
    each(int, EVP_CipherFinal_ex, (EVP_CIPHER_CTX *context, unsigned char *out, int *written), (context, out, written))

#define MEMBER(result, name, parameters, arguments) __typeof__(&name) name;
static struct {
    FUNCTIONS(MEMBER)
    __typeof__(&OPENSSL_init_crypto) OPENSSL_init_crypto;
} library;

#define FORWARD(result, name, parameters, arguments) \
    result name parameters { return library.name arguments; }
FUNCTIONS(FORWARD)

static const char *fault = 0;
static char reason[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
#ifdef __APPLE__
    void *handle = dlopen("libcrypto.3.dylib", RTLD_NOW | RTLD_LOCAL);
#else
    void *handle = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
#endif
    if (!handle) {
        snprintf(reason, sizeof reason, "libcrypto cannot be loaded (Debian's package: libssl3): %s", dlerror());
        fault = reason;
        return;
    }
#define FIND(result, name, parameters, arguments) \
    if (!(library.name = (__typeof__(&name))dlsym(handle, #name))) { \
        fault = "libcrypto is older than 3.0: it has no " #name; \
        return; \
    }
    FUNCTIONS(FIND)
    FIND(, OPENSSL_init_crypto, , )
    // Threads may still be in OpenSSL when the process exits; it then frees nothing.
    if (library.OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1) { fault = "libcrypto could not be set up"; }
}

const char *loaded_crypto(void) {
    pthread_once(&once, load);
    return fault;
}
