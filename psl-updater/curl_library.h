/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * libcurl, loaded when something is to be fetched and not before: with the thirty libraries behind it, it takes 7 ms to
 * load, and on most days psl-updater has nothing to fetch.
 */
#ifndef DMX_UPDATER_CURL_LIBRARY_H
#define DMX_UPDATER_CURL_LIBRARY_H

#include <curl/curl.h>
#include <stdbool.h>

struct curl_library {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_easy_init) *easy_init;
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...); /* curl.h has macros of these names: numbers must be long here */
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    __typeof__(curl_easy_perform) *easy_perform;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
    __typeof__(curl_version_info) *version_info;
};

/* False: it is not there or too old, and *out_why says why, in memory of the loader's. It stays loaded. */
bool curl_library_load(struct curl_library *out, const char **out_why);

#endif
