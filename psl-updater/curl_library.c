/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "curl_library.h"

#include <dlfcn.h>
#include <string.h>

#include "dmx/base/banned.h"

/* The name that Debian 12 and all later ones have, and that curl has kept since 2006. */
static const char name[] = "libcurl.so.4";

/* dlsym gives an object's address, and C lets none become a function's but by its bytes. */
static bool find(void *library, const char *symbol, void *out, size_t size)
{
    void *address = dlsym(library, symbol);
    if (address && size == sizeof address)
        memcpy(out, &address, size);
    return address != NULL;
}
#define FIND(member) find(library, "curl_" #member, &out->member, sizeof out->member)

bool curl_library_load(struct curl_library *out, const char **out_why)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    bool found = library && FIND(global_init) && FIND(easy_init) && FIND(easy_setopt) && FIND(easy_getinfo) &&
                 FIND(easy_perform) && FIND(easy_cleanup) && FIND(easy_strerror) && FIND(slist_append) &&
                 FIND(slist_free_all) && FIND(version_info);
    if (!found) {
        *out_why = dlerror();
        return false;
    }
    /* CURLOPT_PROTOCOLS_STR: without it nothing would hold a redirect to https. */
    *out_why = "libcurl is older than 7.85";
    return out->version_info(CURLVERSION_NOW)->version_num >= 0x075500;
}
