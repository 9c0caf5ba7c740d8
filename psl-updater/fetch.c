/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "fetch.h"

#include <stdlib.h>

#include "complaint.h"
#include "curl_library.h"
#include "dmx/version.h"
#include "list.h"

#include "dmx/base/banned.h"

enum {
    CONNECT_S = 20, /* with name, TCP, proxy and TLS */
    TOTAL_S = 120,  /* 300 kB at 3 kB/s */
    SLOW_BYTES_S = 1000,
    SLOW_S = 15,   /* that slow for that long: a server that drips, or says nothing at all */
    REDIRECTS = 5, /* a mirror behind a balancer has two */
    /* Of all replies. libcurl keeps each field, and counts neither those behind a chunked body nor, before 8.4, any. */
    FIELDS_MAX_BYTES = 128 * 1024,
    HTTP_OK = 200,
    HTTP_NOT_MODIFIED = 304,
    HTTP_REDIRECT = 300, /* and all below 400 */
    HTTP_CLIENT = 400,
};

struct fetching {
    struct curl_library curl;
    CURL *handle;
    struct curl_slist *headers;
    const struct fetch_request *request;
    struct dmx_builder body;
    struct about about;
    size_t field_bytes;
    bool is_conditional, too_long, compressed;
    char error[CURL_ERROR_SIZE];
};

static size_t take_body(char *bytes, size_t one, size_t count, void *ctx)
{
    struct fetching *f = ctx;
    dmx_put(&f->body, dmx_slice(bytes, one * count));
    f->too_long = f->body.failed;
    return f->too_long || f->compressed ? 0 : count; /* anything but count ends the transfer */
}

/* One field line; each response of a row of redirects begins with its status line. */
static size_t take_header(char *bytes, size_t one, size_t count, void *ctx)
{
    struct fetching *f = ctx;
    struct dmx_slice value = dmx_slice(bytes, one * count), name;
    f->field_bytes += value.len;
    if (f->field_bytes > FIELDS_MAX_BYTES)
        return 0;
    if (dmx_slice_starts(value, DMX_SLICE("HTTP/"))) {
        f->about.etag[0] = f->about.last_modified[0] = '\0';
        f->compressed = false;
        return count;
    }
    if (!dmx_slice_split(&value, ':', &name) || !value.ptr)
        return count;
    value = dmx_slice_trim(value);
    if (dmx_slice_eq_nocase(name, DMX_SLICE("ETag")))
        (void)about_set(f->about.etag, value);
    else if (dmx_slice_eq_nocase(name, DMX_SLICE("Last-Modified")))
        (void)about_set(f->about.last_modified, value);
    else if (dmx_slice_eq_nocase(name, DMX_SLICE("Content-Encoding")))
        f->compressed = !dmx_slice_eq_nocase(value, DMX_SLICE("identity"));
    return count;
}

static bool add_header(struct fetching *f, const char *name, const char *value)
{
    char line[ABOUT_VALUE_BYTES + 64];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    if (!value[0])
        return true;
    dmx_put_cstr(&b, name);
    dmx_put_cstr(&b, ": ");
    dmx_put_cstr(&b, value);
    if (dmx_builder_text(&b).len == 0)
        return false;
    struct curl_slist *longer = f->curl.slist_append(f->headers, line);
    if (longer)
        f->headers = longer;
    return longer != NULL;
}

/* A file of certificates in the place of the system's, as curl(1), OpenSSL and others take it: a site's own authority. */
static bool set_trust(struct fetching *f)
{
    const char *file = getenv("SSL_CERT_FILE"); /* NOLINT(concurrency-mt-unsafe): one thread */
    return !file || !*file || f->curl.easy_setopt(f->handle, CURLOPT_CAINFO, file) == CURLE_OK;
}

static bool set_protocols(struct fetching *f)
{
    const struct fetch_request *r = f->request;
    const char *redirects = r->allow_http ? "https,http" : "https";
    const char *first = r->allow_file ? (r->allow_http ? "https,http,file" : "https,file") : redirects;
    return f->curl.easy_setopt(f->handle, CURLOPT_PROTOCOLS_STR, first) == CURLE_OK &&
           f->curl.easy_setopt(f->handle, CURLOPT_REDIR_PROTOCOLS_STR, redirects) == CURLE_OK;
}

static bool set_numbers(struct fetching *f)
{
    const struct {
        CURLoption option;
        long value;
    } rows[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 1},
        {CURLOPT_MAXREDIRS, REDIRECTS},
        {CURLOPT_CONNECTTIMEOUT, CONNECT_S},
        {CURLOPT_TIMEOUT, TOTAL_S},
        {CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES_S},
        {CURLOPT_LOW_SPEED_TIME, SLOW_S},
        {CURLOPT_MAXFILESIZE,
         DMX_LIST_MAX_BYTES}, /* by the length that the server tells; the builder counts the rest */
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
    };
    bool set = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        set = set && f->curl.easy_setopt(f->handle, rows[i].option, rows[i].value) == CURLE_OK;
    return set;
}

/* No compression is asked for: a small reply could then be a large list. */
static bool set_up(struct fetching *f)
{
    const struct about *known = f->request->known;
    __typeof__(f->curl.easy_setopt) setopt = f->curl.easy_setopt;
    if (!add_header(f, "Accept", "text/plain, */*") || !add_header(f, "If-None-Match", known ? known->etag : "") ||
        !add_header(f, "If-Modified-Since", known ? known->last_modified : ""))
        return false;
    f->is_conditional = known && (known->etag[0] || known->last_modified[0]);
    return set_numbers(f) && set_protocols(f) && set_trust(f) &&
           setopt(f->handle, CURLOPT_URL, f->request->url) == CURLE_OK &&
           setopt(f->handle, CURLOPT_USERAGENT, "dmx-psl-updater/" DMX_VERSION) == CURLE_OK &&
           setopt(f->handle, CURLOPT_HTTPHEADER, f->headers) == CURLE_OK &&
           setopt(f->handle, CURLOPT_ERRORBUFFER, f->error) == CURLE_OK &&
           setopt(f->handle, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           setopt(f->handle, CURLOPT_HEADERDATA, (void *)f) == CURLE_OK &&
           setopt(f->handle, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           setopt(f->handle, CURLOPT_WRITEDATA, (void *)f) == CURLE_OK;
}

static long status_of(const struct fetching *f)
{
    long status = 0;
    if (f->curl.easy_getinfo(f->handle, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
        return 0;
    return status;
}

static int say_error(const struct fetching *f, CURLcode error)
{
    const char *url = f->request->url;
    long status = status_of(f);
    if (f->compressed)
        return complain(EXIT_REJECTED, "%s: the reply is compressed, which nobody asked for", url);
    if (f->field_bytes > FIELDS_MAX_BYTES)
        return complain(EXIT_NETWORK, "%s: more than %d kB of header fields", url, FIELDS_MAX_BYTES / 1024);
    if (f->too_long || error == CURLE_FILESIZE_EXCEEDED)
        return complain(EXIT_REJECTED, "%s: more than %d MB, which is no suffix list", url,
                        DMX_LIST_MAX_BYTES / 1024 / 1024);
    if (error == CURLE_UNSUPPORTED_PROTOCOL && status >= HTTP_REDIRECT && status < HTTP_CLIENT)
        return complain(EXIT_NETWORK, "%s: redirected to a URL that is not https", url);
    if (error == CURLE_TOO_MANY_REDIRECTS)
        return complain(EXIT_NETWORK, "%s: more than %d redirects", url, REDIRECTS);
    return complain(EXIT_NETWORK, "%s: %s", url, f->error[0] ? f->error : f->curl.easy_strerror(error));
}

static int judge(struct fetching *f, struct fetch_reply *out)
{
    const char *url = f->request->url;
    long status = status_of(f);
    bool is_file = dmx_slice_starts_nocase(dmx_slice_cstr(url), DMX_SLICE("file:"));
    if (status == HTTP_NOT_MODIFIED && f->is_conditional) {
        out->unchanged = true;
        return EXIT_OK;
    }
    if (!is_file && status != HTTP_OK)
        return complain(EXIT_NETWORK, "%s: the server answered with status %ld, not 200", url, status);
    if (f->compressed) /* and empty */
        return say_error(f, CURLE_OK);
    out->text = dmx_builder_text(&f->body);
    f->about.url = dmx_slice_cstr(url);
    out->about = f->about;
    return EXIT_OK;
}

static int perform(struct fetching *f, struct fetch_reply *out)
{
    if (f->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(f->handle = f->curl.easy_init()) || !set_up(f))
        return complain(EXIT_BROKEN, "libcurl cannot be set up");
    CURLcode error = f->curl.easy_perform(f->handle);
    int code = error == CURLE_OK ? judge(f, out) : say_error(f, error);
    f->curl.easy_cleanup(f->handle);
    f->curl.slist_free_all(f->headers);
    return code;
}

int fetch(const struct fetch_request *request, struct dmx_arena *arena, struct fetch_reply *out)
{
    const char *why = NULL;
    struct fetching f = {.request = request, .body = dmx_builder_arena(arena, DMX_LIST_MAX_BYTES)};
    *out = (struct fetch_reply){.unchanged = false};
    if (!curl_library_load(&f.curl, &why))
        return complain(EXIT_BROKEN, "%s", why ? why : "libcurl cannot be loaded");
    return perform(&f, out);
}
