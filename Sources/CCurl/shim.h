#pragma once
#include <curl/curl.h>

// Swift cannot call C functions with variable arguments. Each kind of argument that we use has a typed door here, and
// the compiler sees through them all. A function name in parentheses goes past curl's type-checking macros, which want a
// constant where we have a parameter.

/// The shape that curl's write, header and read callbacks share.
typedef size_t (*ccurl_data_callback)(char *_Nullable bytes, size_t size, size_t count, void *_Nullable context);
typedef int (*ccurl_seek_callback)(void *_Nullable context, curl_off_t offset, int origin);

static inline CURLcode ccurl_set_long(CURL *_Nonnull handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode ccurl_set_string(CURL *_Nonnull handle, CURLoption option, const char *_Nullable value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *_Nonnull handle, CURLoption option, void *_Nullable value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode ccurl_set_bytes(CURL *_Nonnull handle, CURLoption option, const void *_Nullable value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *_Nonnull handle, CURLoption option, struct curl_slist *_Nullable value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode ccurl_set_data_callback(CURL *_Nonnull handle, CURLoption option,
                                               ccurl_data_callback _Nullable value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode ccurl_set_seek_callback(CURL *_Nonnull handle, ccurl_seek_callback _Nullable value) {
    return (curl_easy_setopt)(handle, CURLOPT_SEEKFUNCTION, value);
}

static inline CURLcode ccurl_set_socket_callback(CURL *_Nonnull handle, curl_opensocket_callback _Nullable value) {
    return (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}

static inline CURLcode ccurl_set_request_callback(CURL *_Nonnull handle, curl_prereq_callback _Nullable value) {
    return (curl_easy_setopt)(handle, CURLOPT_PREREQFUNCTION, value);
}

/// http and https only, also after a redirect. The option that takes names came with 7.85; before it there is a bit mask.
static inline CURLcode ccurl_allow_only_http(CURL *_Nonnull handle) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code == CURLE_OK) return (curl_easy_setopt)(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    CURL_IGNORE_DEPRECATION(
        code = (curl_easy_setopt)(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
        if (code != CURLE_OK) return code;
        code = (curl_easy_setopt)(handle, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));)
    return code;
}

static inline CURLcode ccurl_get_long(CURL *_Nonnull handle, CURLINFO info, long *_Nonnull value) {
    return (curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode ccurl_get_offset(CURL *_Nonnull handle, CURLINFO info, curl_off_t *_Nonnull value) {
    return (curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode ccurl_get_private(CURL *_Nonnull handle, void *_Nullable *_Nonnull value) {
    return (curl_easy_getinfo)(handle, CURLINFO_PRIVATE, value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

/// What a CURLMSG_DONE message carries; Swift sees the union as opaque storage.
static inline CURLcode ccurl_message_result(const CURLMsg *_Nonnull message) {
    return message->data.result;
}
