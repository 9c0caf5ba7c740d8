/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/psl/psl.h"

#include <errno.h>
#include <fcntl.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum {
    MAX_FILE = 4 * 1024 * 1024, /* the list of today compiles to 55 kB */
    MAX_DOMAIN = 253,           /* RFC 1035 section 2.3.4; libpsl counts labels in eight bits */
};

/* The line with which a DAFSA file begins; without it libpsl reads the file as text, whatever it is. */
static const char magic[] = ".DAFSA@PSL_0   \n";
enum { MAGIC_LEN = sizeof magic - 1 };

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

static enum dmx_status check_file(int fd, struct dmx_reason *out_reason)
{
    struct stat st;
    char head[MAGIC_LEN];
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return refuse(out_reason, DMX_INVALID, "psl-not-a-file", "the suffix list is not a regular file");
    if (st.st_size > MAX_FILE)
        return refuse(out_reason, DMX_INVALID, "psl-too-large", "the suffix list is larger than 4 MB");
    ssize_t got = pread(fd, head, sizeof head, 0);
    if (got < 0)
        return refuse(out_reason, DMX_IO, "psl-read", "the suffix list cannot be read");
    if (st.st_size <= MAGIC_LEN || got != MAGIC_LEN || memcmp(head, magic, sizeof head) != 0)
        return refuse(out_reason, DMX_INVALID, "psl-format", "the suffix list is not a compiled one (DAFSA)");
    return DMX_OK;
}

/* Takes fd over. libpsl reads from a stream only; the stream is closed before anything else happens. */
static enum dmx_status load_fd(int fd, psl_ctx_t **out, struct dmx_reason *out_reason)
{
    enum dmx_status status = check_file(fd, out_reason);
    FILE *stream = status == DMX_OK ? fdopen(fd, "r") : NULL;
    if (!stream) {
        close(fd);
        return status == DMX_OK ? refuse(out_reason, DMX_NOMEM, "psl-memory", "no memory for the suffix list") : status;
    }
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
