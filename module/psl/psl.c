/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/psl/psl.h"

#include <errno.h>
#include <fcntl.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/psl/dafsa.h"

enum { MAX_DOMAIN = 253 }; /* RFC 1035 section 2.3.4; libpsl counts labels in eight bits */

struct dmx_psl {
    psl_ctx_t *list;
};

static enum dmx_status refuse(struct dmx_reason *out, enum dmx_status status, const char *token, const char *text)
{
    *out = DMX_REASON_ABOUT(token, text, "RFC 7489 section 3.2", out->detail);
    return status;
}

static bool knows(const psl_ctx_t *list, const char *suffix)
{
    return psl_is_public_suffix2(list, suffix, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

static enum dmx_status check_list(const psl_ctx_t *list, struct dmx_reason *out_reason)
{
    if (!list)
        return refuse(out_reason, DMX_INVALID, "psl-unreadable", "the suffix list cannot be loaded");
    if (!knows(list, "com") || !knows(list, "co.uk") || knows(list, "example.com"))
        return refuse(out_reason, DMX_INVALID, "psl-implausible", "the file is not the public suffix list");
    return DMX_OK;
}

/* The whole file, in memory that the caller frees: what has been checked is what libpsl gets to see. */
static enum dmx_status read_file(int fd, char **out, size_t *out_len, struct dmx_reason *out_reason)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return refuse(out_reason, DMX_INVALID, "psl-not-a-file", "the suffix list is not a regular file");
    if (st.st_size > DMX_DAFSA_MAX_BYTES)
        return refuse(out_reason, DMX_INVALID, "psl-too-large", "the suffix list is larger than 4 MB");
    size_t size = (size_t)st.st_size;
    *out = malloc(size + 1);
    if (!*out)
        return refuse(out_reason, DMX_NOMEM, "psl-memory", "no memory for the suffix list");
    ssize_t got = pread(fd, *out, size, 0);
    *out_len = got > 0 ? (size_t)got : 0;
    if (got < 0)
        return refuse(out_reason, DMX_IO, "psl-read", "the suffix list cannot be read");
    return DMX_OK;
}

/* libpsl reads from a stream only; the stream is closed before anything else happens. */
static enum dmx_status load_bytes(char *bytes, size_t len, psl_ctx_t **out, struct dmx_reason *out_reason)
{
    struct dmx_dafsa_seal seal;
    struct dmx_slice path = out_reason->detail;
    enum dmx_status status = dmx_dafsa_check(dmx_slice(bytes, len), &seal, out_reason);
    out_reason->detail = path;
    if (status != DMX_OK)
        return status;
    FILE *stream = fmemopen(bytes, len, "r");
    if (!stream)
        return refuse(out_reason, DMX_NOMEM, "psl-memory", "no memory for the suffix list");
    psl_ctx_t *list = psl_load_fp(stream);
    fclose(stream);
    status = check_list(list, out_reason);
    if (status != DMX_OK) {
        psl_free(list);
        list = NULL;
    }
    *out = list;
    return status;
}

/* Takes fd over. */
static enum dmx_status load_fd(int fd, psl_ctx_t **out, struct dmx_reason *out_reason)
{
    char *bytes = NULL;
    size_t len = 0;
    enum dmx_status status = read_file(fd, &bytes, &len, out_reason);
    close(fd);
    if (status == DMX_OK)
        status = load_bytes(bytes, len, out, out_reason);
    free(bytes);
    return status;
}

/*
 * The descriptor of the first path that exists, -1 for none. What exists and cannot be opened ends the search: to pass
 * over it silently would judge mail by another list than the administrator's. Symbolic links are followed, an
 * administrator may have made one; O_NONBLOCK keeps a FIFO from holding us.
 */
static int open_first(const char *const *paths, size_t count, struct dmx_slice *out_path)
{
    for (size_t i = 0; i < count; i++) {
        if (!paths[i] || !paths[i][0])
            continue;
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR)) {
            *out_path = dmx_slice_cstr(paths[i]);
            return fd;
        }
        if (out_path->len == 0)
            *out_path = dmx_slice_cstr(paths[i]);
    }
    return -1;
}

enum dmx_status dmx_psl_load(const char *const *paths, size_t count, struct dmx_psl **out,
                             struct dmx_reason *out_reason)
{
    *out = NULL;
    *out_reason = DMX_REASON_NONE;
    int fd = open_first(paths, count, &out_reason->detail);
    if (fd < 0)
        return refuse(out_reason, DMX_IO, "psl-open", "the suffix list cannot be opened");
    psl_ctx_t *list = NULL;
    enum dmx_status status = load_fd(fd, &list, out_reason);
    if (status != DMX_OK)
        return status;
    struct dmx_psl *psl = malloc(sizeof *psl);
    if (!psl) {
        psl_free(list);
        return refuse(out_reason, DMX_NOMEM, "psl-memory", "no memory for the suffix list");
    }
    psl->list = list;
    *out = psl;
    *out_reason = DMX_REASON_NONE;
    return DMX_OK;
}

void dmx_psl_free(struct dmx_psl **psl)
{
    if (!*psl)
        return;
    psl_free((*psl)->list);
    free(*psl);
    *psl = NULL;
}

/* A C string for libpsl. False for what cannot be a domain in normal form: libpsl would convert 8-bit text. */
static bool to_cstr(struct dmx_slice domain, char out[static MAX_DOMAIN + 1])
{
    if (domain.len == 0 || domain.len > MAX_DOMAIN)
        return false;
    for (size_t i = 0; i < domain.len; i++) {
        if (!dmx_is_vchar(domain.ptr[i]))
            return false;
        out[i] = domain.ptr[i];
    }
    out[domain.len] = '\0';
    return true;
}

struct dmx_slice dmx_psl_org_domain(const struct dmx_psl *psl, struct dmx_slice domain)
{
    char text[MAX_DOMAIN + 1];
    if (!psl || !to_cstr(domain, text))
        return domain;
    const char *org = psl_registrable_domain(psl->list, text);
    return org ? dmx_slice_from(domain, (size_t)(org - text)) : domain;
}

bool dmx_psl_is_suffix(const struct dmx_psl *psl, struct dmx_slice domain)
{
    char text[MAX_DOMAIN + 1];
    return psl && to_cstr(domain, text) && psl_is_public_suffix(psl->list, text) == 1;
}
