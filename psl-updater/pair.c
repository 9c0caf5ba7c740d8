/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "pair.h"

#include <errno.h>
#include <sys/stat.h>

#include "dmx/base/crc.h"
#include "dmx/psl/psl.h"
#include "file.h"
#include "list.h"

#include "dmx/base/banned.h"

enum { FUTURE_S = 60 * 60 }; /* two clocks may differ a little: that of a file server and ours */

static void damaged(struct pair *pair, const char *token, const char *text)
{
    pair->state = PAIR_DAMAGED;
    pair->reason = DMX_REASON(token, text, NULL);
}

/* As the module loads it, from the path that the module knows. */
static bool loads(const char *path, struct dmx_reason *out_reason)
{
    struct dmx_psl *psl = NULL;
    enum dmx_status status = dmx_psl_load(&path, 1, &psl, out_reason);
    dmx_psl_free(&psl);
    return status == DMX_OK;
}

static void judge_compiled(const struct place *place, struct dmx_slice compiled, struct pair *out)
{
    if (dmx_dafsa_check(compiled, &out->seal, &out->reason) != DMX_OK || !loads(place->path, &out->reason)) {
        out->state = PAIR_DAMAGED;
        out->reason.detail = DMX_SLICE_NONE; /* the path, which whoever tells the reason names */
    }
}

static void judge_text(struct pair *out)
{
    if (!out->text.ptr)
        damaged(out, "text-missing", "there is no text beside the compiled list, or it cannot be read");
    else if (out->seal.present && dmx_crc32(0, out->text) != out->seal.text_crc)
        damaged(out, "text-other", "the text is not the one that the list was compiled from");
}

enum dmx_status pair_read(const struct place *place, struct dmx_arena *arena, struct pair *out)
{
    struct file compiled = {.mtime_s = 0}, text = {.mtime_s = 0};
    *out = (struct pair){.state = PAIR_WHOLE};
    enum dmx_status status = file_read(place->dir_fd, place->dafsa, DMX_DAFSA_MAX_BYTES, arena, &compiled);
    if (status == DMX_NOMEM)
        return status;
    if (status == DMX_IO && (errno == ENOENT || errno == ENOTDIR))
        out->state = PAIR_MISSING;
    else if (status != DMX_OK)
        damaged(out, "compiled-unreadable", "the compiled list cannot be read");
    status = file_read(place->dir_fd, place->text, DMX_LIST_MAX_BYTES, arena, &text);
    if (status == DMX_NOMEM)
        return status;
    out->text = text.bytes;
    if (out->state == PAIR_WHOLE)
        judge_compiled(place, compiled.bytes, out);
    if (out->state == PAIR_WHOLE)
        judge_text(out);
    return DMX_OK;
}

struct pair_age pair_age(const struct place *place, int64_t checked_s, int64_t now_s)
{
    struct stat st;
    if (fstatat(place->dir_fd, place->dafsa, &st, 0) != 0)
        return (struct pair_age){.kind = PAIR_AGE_NONE};
    int64_t since = st.st_mtime;
    if (checked_s > 0 && checked_s < since)
        since = checked_s;
    if (since > now_s + FUTURE_S)
        return (struct pair_age){.kind = PAIR_AGE_FUTURE};
    return (struct pair_age){.kind = PAIR_AGE_KNOWN, .seconds = since < now_s ? now_s - since : 0};
}

bool pair_is_fresh(const struct place *place, int64_t checked_s, int64_t max_age_s, int64_t now_s)
{
    struct dmx_reason reason;
    struct pair_age age = pair_age(place, checked_s, now_s);
    return age.kind == PAIR_AGE_KNOWN && age.seconds < max_age_s && loads(place->path, &reason);
}
