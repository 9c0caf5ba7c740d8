/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/psl/psl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/ascii.h"
#include "dmx/psl/lookup.h"
#include "psl_library.h"

#include "dmx/base/banned.h"

enum { MAX_DOMAIN = 253 }; /* RFC 1035 section 2.3.4; libpsl counts labels in eight bits */

/* A list of ours stays as it was read; any other one is libpsl's. */
struct dmx_psl {
    char *bytes; /* NULL: libpsl has it */
    size_t len;
    psl_ctx_t *list;
    const struct psl_library *lib;
};

static struct dmx_slice ours(const struct dmx_psl *psl)
{
    return dmx_slice(psl->bytes, psl->len);
}

static enum dmx_status refuse(struct dmx_reason *out, enum dmx_status status, const char *token, const char *text)
{
    *out = DMX_REASON_ABOUT(token, text, "RFC 7489 section 3.2", out->detail);
    return status;
}

/* By a rule, and not because it is a name of one label. */
static bool knows(const struct dmx_psl *psl, const char *suffix)
{
    if (psl->bytes)
        return dmx_dafsa_is_suffix(ours(psl), dmx_slice_cstr(suffix));
    return psl->lib->psl_is_public_suffix2(psl->list, suffix, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

static enum dmx_status check_list(const struct dmx_psl *psl, struct dmx_reason *out_reason)
{
    if (!knows(psl, "com") || !knows(psl, "co.uk") || knows(psl, "example.com"))
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

/* libpsl reads from a stream only, and makes a copy; the stream is closed before anything else happens. */
static enum dmx_status hand_over(struct dmx_psl *psl, struct dmx_reason *out_reason)
{
    psl->lib = psl_library();
    if (!psl->lib)
        return refuse(out_reason, DMX_IO, "psl-library", "libpsl, which reads this list, cannot be loaded");
    FILE *stream = fmemopen(psl->bytes, psl->len, "r");
    if (!stream)
        return refuse(out_reason, DMX_NOMEM, "psl-memory", "no memory for the suffix list");
    psl->list = psl->lib->psl_load_fp(stream);
    fclose(stream);
    free(psl->bytes);
    psl->bytes = NULL;
    if (!psl->list)
        return refuse(out_reason, DMX_INVALID, "psl-unreadable", "the suffix list cannot be loaded");
    return DMX_OK;
}

static enum dmx_status check(struct dmx_psl *psl, struct dmx_reason *out_reason)
{
    struct dmx_dafsa_seal seal;
    struct dmx_slice path = out_reason->detail;
    enum dmx_status status = dmx_dafsa_check(dmx_slice(psl->bytes, psl->len), &seal, out_reason);
    out_reason->detail = path;
    if (status == DMX_OK && !seal.present)
        status = hand_over(psl, out_reason);
    return status == DMX_OK ? check_list(psl, out_reason) : status;
}

/* Takes fd over. */
static enum dmx_status load_fd(int fd, struct dmx_psl *psl, struct dmx_reason *out_reason)
{
    enum dmx_status status = read_file(fd, &psl->bytes, &psl->len, out_reason);
    close(fd);
    return status == DMX_OK ? check(psl, out_reason) : status;
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
    struct dmx_psl *psl = calloc(1, sizeof *psl);
    if (!psl) {
        close(fd);
        return refuse(out_reason, DMX_NOMEM, "psl-memory", "no memory for the suffix list");
    }
    enum dmx_status status = load_fd(fd, psl, out_reason);
    if (status != DMX_OK) {
        dmx_psl_free(&psl);
        return status;
    }
    *out = psl;
    *out_reason = DMX_REASON_NONE;
    return DMX_OK;
}

void dmx_psl_free(struct dmx_psl **psl)
{
    if (!*psl)
        return;
    if ((*psl)->list)
        (*psl)->lib->psl_free((*psl)->list);
    free((*psl)->bytes);
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

/* The public suffix and one label more; all of a name that is a suffix. */
static struct dmx_slice registrable(struct dmx_slice file, struct dmx_slice domain)
{
    size_t suffix_len = dmx_dafsa_suffix(file, domain).len;
    if (suffix_len == domain.len)
        return domain;
    struct dmx_slice above = dmx_slice_upto(domain, domain.len - suffix_len - 1);
    size_t dot = dmx_slice_rfind(above, '.');
    return dot == above.len ? domain : dmx_slice_from(domain, dot + 1);
}

struct dmx_slice dmx_psl_org_domain(const struct dmx_psl *psl, struct dmx_slice domain)
{
    char text[MAX_DOMAIN + 1];
    if (!psl || !to_cstr(domain, text))
        return domain;
    if (psl->bytes)
        return registrable(ours(psl), domain);
    const char *org = psl->lib->psl_registrable_domain(psl->list, text);
    return org ? dmx_slice_from(domain, (size_t)(org - text)) : domain;
}

bool dmx_psl_is_suffix(const struct dmx_psl *psl, struct dmx_slice domain)
{
    char text[MAX_DOMAIN + 1];
    if (!psl || !to_cstr(domain, text))
        return false;
    if (psl->bytes)
        return dmx_slice_find(domain, '.') == domain.len || dmx_dafsa_is_suffix(ours(psl), domain);
    return psl->lib->psl_is_public_suffix(psl->list, text) == 1;
}
