// An option that newer headers call deprecated is what older ones have as well.
#define CURL_DISABLE_DEPRECATION
#include "CLibCurl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// The headers' macros of these names check the kinds of arguments at compile time; here they are members.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define FUNCTIONS(each) \
    each(curl_global_init) each(curl_easy_init) each(curl_easy_cleanup) each(curl_easy_strerror) each(curl_easy_setopt) \
    each(curl_easy_getinfo) each(curl_slist_append) each(curl_slist_free_all) each(curl_multi_init) each(curl_multi_setopt) \
    each(curl_multi_add_handle) each(curl_multi_remove_handle) each(curl_multi_perform) each(curl_multi_poll) each(curl_multi_wakeup) \
    each(curl_multi_info_read)

#define MEMBER(name) __typeof__(&name) name;
static struct {
    FUNCTIONS(MEMBER)
} library;

static const char *fault = 0;
static char reason[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
#ifdef __APPLE__
    void *handle = dlopen("libcurl.4.dylib", RTLD_NOW | RTLD_LOCAL);
#else
    void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
#endif
    if (!handle) {
        snprintf(reason, sizeof reason, "libcurl cannot be loaded (Debian's package: libcurl4): %s", dlerror());
        fault = reason;
        return;
    }
#define FIND(name) \
    if (!(library.name = (__typeof__(&name))dlsym(handle, #name))) { \
        fault = "libcurl is older than 7.68: it has no " #name; \
        return; \
    }
    FUNCTIONS(FIND)
    if (library.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) { fault = "libcurl could not be set up"; }
}

const char *loaded_curl(void) {
    pthread_once(&once, load);
    return fault;
}

CURL *loaded_easy_init(void) { return library.curl_easy_init(); }
void loaded_easy_cleanup(CURL *easy) { library.curl_easy_cleanup(easy); }
CURLcode loaded_easy_restrict(CURL *easy) {
    CURLcode code = library.curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    if (code == CURLE_OK) { code = library.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L); }
#if LIBCURL_VERSION_NUM >= 0x075700
    // A library that does not know the option waits for the name server, as all did before.
    library.curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    return code;
}
const char *loaded_easy_strerror(CURLcode code) { return library.curl_easy_strerror(code); }
CURLcode loaded_set_number(CURL *easy, CURLoption option, long value) { return library.curl_easy_setopt(easy, option, value); }
CURLcode loaded_set_size(CURL *easy, CURLoption option, curl_off_t value) { return library.curl_easy_setopt(easy, option, value); }
CURLcode loaded_set_pointer(CURL *easy, CURLoption option, const void *value) { return library.curl_easy_setopt(easy, option, value); }
CURLcode loaded_set_receiver(CURL *easy, CURLoption option, size_t (*value)(char *, size_t, size_t, void *)) {
    return library.curl_easy_setopt(easy, option, value);
}
CURLcode loaded_get_number(CURL *easy, CURLINFO info, long *value) { return library.curl_easy_getinfo(easy, info, value); }
CURLcode loaded_get_pointer(CURL *easy, CURLINFO info, void **value) { return library.curl_easy_getinfo(easy, info, value); }

struct curl_slist *loaded_slist_append(struct curl_slist *list, const char *text) { return library.curl_slist_append(list, text); }
void loaded_slist_free_all(struct curl_slist *list) { library.curl_slist_free_all(list); }

CURLM *loaded_multi_init(void) { return library.curl_multi_init(); }
CURLMcode loaded_multi_set_number(CURLM *multi, CURLMoption option, long value) { return library.curl_multi_setopt(multi, option, value); }
CURLMcode loaded_multi_add(CURLM *multi, CURL *easy) { return library.curl_multi_add_handle(multi, easy); }
CURLMcode loaded_multi_remove(CURLM *multi, CURL *easy) { return library.curl_multi_remove_handle(multi, easy); }
CURLMcode loaded_multi_perform(CURLM *multi, int *running) { return library.curl_multi_perform(multi, running); }
CURLMcode loaded_multi_poll(CURLM *multi, int milliseconds) { return library.curl_multi_poll(multi, 0, 0, milliseconds, 0); }
CURLMcode loaded_multi_wakeup(CURLM *multi) { return library.curl_multi_wakeup(multi); }

CURL *loaded_multi_ended(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = library.curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return 0;
}
