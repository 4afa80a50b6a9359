#ifndef CLIBCURL_H
#define CLIBCURL_H

// The system's libcurl, which is loaded when the first request is sent: it brings some thirty libraries with it, and a server that asks nobody
// should not wait for them at its start. The functions that take any number of arguments have a name here for each kind of argument, since
// Swift cannot call them.

#include <curl/curl.h>

/// Loads the library, once. NULL, or why it could not be loaded. Every other function may be called after that only.
const char *loaded_curl(void);

CURL *loaded_easy_init(void);
void loaded_easy_cleanup(CURL *easy);
/// Lets a transfer speak http and https and nothing else, use no signals, and end without waiting for a name server.
CURLcode loaded_easy_restrict(CURL *easy);
const char *loaded_easy_strerror(CURLcode code);
CURLcode loaded_set_number(CURL *easy, CURLoption option, long value);
CURLcode loaded_set_size(CURL *easy, CURLoption option, curl_off_t value);
CURLcode loaded_set_pointer(CURL *easy, CURLoption option, const void *value);
CURLcode loaded_set_receiver(CURL *easy, CURLoption option, size_t (*value)(char *, size_t, size_t, void *));
CURLcode loaded_get_number(CURL *easy, CURLINFO info, long *value);
CURLcode loaded_get_pointer(CURL *easy, CURLINFO info, void **value);

struct curl_slist *loaded_slist_append(struct curl_slist *list, const char *text);
void loaded_slist_free_all(struct curl_slist *list);

CURLM *loaded_multi_init(void);
CURLMcode loaded_multi_set_number(CURLM *multi, CURLMoption option, long value);
CURLMcode loaded_multi_add(CURLM *multi, CURL *easy);
CURLMcode loaded_multi_remove(CURLM *multi, CURL *easy);
CURLMcode loaded_multi_perform(CURLM *multi, int *running);
/// Waits for the sockets of the transfers, for a wake-up, or for so many milliseconds.
CURLMcode loaded_multi_poll(CURLM *multi, int milliseconds);
CURLMcode loaded_multi_wakeup(CURLM *multi);
/// A transfer that has ended, with how; NULL when there is none.
CURL *loaded_multi_ended(CURLM *multi, CURLcode *result);

#endif
