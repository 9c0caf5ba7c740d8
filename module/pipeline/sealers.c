/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "sealers.h"

#include "dmx/base/builder.h"
#include "dmx/mail/resinfo.h"

#include "dmx/base/banned.h"

#define SECTION "RFC 8617 section 7.2.1"

enum {
    COMMENT_BYTES = 2048, /* sealers beyond it are only counted: the comment goes into reports */
    SEALER_BYTES = 600,   /* of one: two names of DNS and some words */
};

/* The sets at the end of the chain that listed domains sealed begin here; arc->count: not even the newest. */
static size_t first_listed(const struct dmx_arc_result *arc, const struct dmx_domain_list *trusted)
{
    size_t first = arc->count;
    while (first > 0 && dmx_domain_list_contains(trusted, arc->sets[first - 1].domain))
        first--;
    return first;
}

static void put_sealer(struct dmx_builder *b, const struct dmx_arc_set *set)
{
    const struct {
        const char *tag;
        struct dmx_slice value;
    } parts[] = {{".d=", set->domain}, {".s=", set->selector}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        dmx_put_cstr(b, " as[");
        dmx_put_u64(b, set->instance);
        dmx_put_cstr(b, "]");
        dmx_put_cstr(b, parts[i].tag);
        dmx_put(b, parts[i].value);
    }
}

/* In the form of RFC 8617 section 7.2.2. */
static struct dmx_slice comment_of(const struct dmx_arc_result *arc, size_t relied_on, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, COMMENT_BYTES + SEALER_BYTES);
    dmx_put_cstr(&b, "arc=pass");
    for (size_t i = arc->count; i > relied_on; i--) {
        if (b.len > COMMENT_BYTES) {
            dmx_put_cstr(&b, " ...");
            break;
        }
        put_sealer(&b, &arc->sets[i - 1]);
    }
    return dmx_builder_text(&b);
}

static bool refuse(struct dmx_reason *out_reason, const char *token, const char *text, struct dmx_slice about)
{
    *out_reason = DMX_REASON_ABOUT(token, text, SECTION, about);
    return false;
}

bool sealers_vouch(const struct dmx_arc_result *arc, const struct dmx_domain_list *trusted, struct dmx_slice author,
                   struct dmx_arena *arena, struct dmx_slice *out_comment, struct dmx_reason *out_reason)
{
    *out_reason = DMX_REASON_NONE;
    if (arc->result != DMX_PASS || trusted->count == 0 || author.len == 0)
        return false;
    size_t first = first_listed(arc, trusted);
    if (first == arc->count)
        return refuse(out_reason, "sealer-not-listed", "the newest seal of the ARC chain is not by a trusted sealer",
                      arc->sets[arc->count - 1].domain);
    for (size_t i = first; i < arc->count; i++) {
        const struct dmx_arc_set *set = &arc->sets[i];
        enum dmx_result result;
        struct dmx_slice domain;
        if (!dmx_resinfos_dmarc(set->results, arena, &result, &domain) || !dmx_slice_eq(domain, author))
            continue;
        if (result == DMX_FAIL)
            return refuse(out_reason, "sealer-saw-fail", "a trusted sealer saw the message fail DMARC", set->domain);
        if (result != DMX_PASS)
            continue;
        *out_comment = comment_of(arc, i, arena);
        return out_comment->len > 0;
    }
    return refuse(out_reason, "no-sealer-saw-pass",
                  "no trusted sealer says without doubt that the message passed DMARC for this domain", author);
}
