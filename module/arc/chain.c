/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "chain.h"

#include "dmx/arc/arc.h"
#include "dmx/base/builder.h"
#include "dmx/mail/resinfo.h"

#include "dmx/base/banned.h"

#define SETS      "RFC 8617 section 4.2.1"
#define RESULTS   "RFC 8617 section 4.1.1"
#define VALIDATOR "RFC 8617 section 5.2"

enum kind { KIND_NONE = 0, KIND_RESULTS, KIND_MESSAGE, KIND_SEAL };

struct reader {
    const struct dmx_message *message;
    struct dmx_arena *arena;
    struct arc_chain *chain;
    struct dmx_reason reason; /* the first one is kept */
};

struct dmx_slice arc_instance_text(unsigned instance, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, 8);
    dmx_put_cstr(&b, "i=");
    dmx_put_u64(&b, instance);
    return dmx_builder_text(&b);
}

static void refuse(struct reader *r, struct dmx_reason reason)
{
    if (!r->reason.token)
        r->reason = reason;
}

static void refuse_at(struct reader *r, struct dmx_reason reason, unsigned instance)
{
    reason.detail = arc_instance_text(instance, r->arena);
    refuse(r, reason);
}

static enum kind kind_of(struct dmx_slice name)
{
    static const struct {
        struct dmx_slice name;
        enum kind kind;
    } kinds[] = {
        {DMX_SLICE_INIT("ARC-Authentication-Results"), KIND_RESULTS},
        {DMX_SLICE_INIT("ARC-Message-Signature"), KIND_MESSAGE},
        {DMX_SLICE_INIT("ARC-Seal"), KIND_SEAL},
    };
    if (!dmx_slice_starts_nocase(name, DMX_SLICE("ARC-")))
        return KIND_NONE;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (dmx_slice_eq_nocase(name, kinds[i].name))
            return kinds[i].kind;
    return KIND_NONE;
}

/* The links of an instance, the chain made as long. */
static struct arc_links *links_of(struct reader *r, unsigned instance)
{
    if (r->chain->count < instance)
        r->chain->count = instance;
    return &r->chain->links[instance - 1];
}

/* Notes a field of an instance: each has its place once. */
static void note(struct reader *r, unsigned instance, size_t field, bool *has, size_t *out)
{
    if (*has)
        refuse_at(r, DMX_REASON("arc-field-twice", "an ARC set has a field twice", SETS), instance);
    *has = true;
    *out = field;
}

static void add_results(struct reader *r, size_t field)
{
    unsigned instance;
    struct dmx_slice position, payload;
    if (!dmx_arc_info_split(r->message->fields[field].value, &position, &payload) ||
        !dmx_arc_instance_parse(position, &instance))
        return refuse(r, DMX_REASON("arc-results-instance",
                                    "an ARC-Authentication-Results field does not begin with its instance", RESULTS));
    struct arc_links *links = links_of(r, instance);
    note(r, instance, field, &links->has_results, &links->results);
    links->payload = payload;
}

/* Why a signature field cannot be verified at all; token NULL when it can. */
static struct dmx_reason defect_of(struct reader *r, size_t field, enum dmx_signature_form form,
                                   struct dmx_signature *out)
{
    struct dmx_reason reason;
    if (dmx_signature_parse(&r->message->fields[field], form, r->arena, out, &reason) && out->hash == DMX_HASH_SHA1)
        reason = DMX_REASON("arc-sha1", "an ARC field is signed with rsa-sha1", "RFC 8301 section 3.1");
    return reason;
}

static void add_seal(struct reader *r, size_t field)
{
    struct dmx_signature signature;
    struct dmx_reason defect = defect_of(r, field, DMX_SIGNATURE_ARC_SEAL, &signature);
    if (defect.token)
        refuse(r, defect);
    if (!signature.instance)
        return;
    struct arc_links *links = links_of(r, signature.instance);
    note(r, signature.instance, field, &links->has_seal, &links->seal);
    links->seal_signature = signature;
}

/* Of the message signatures only the newest is verified: another one need but say to which set it belongs. */
static void add_message(struct reader *r, size_t field)
{
    struct dmx_signature signature;
    struct dmx_reason defect = defect_of(r, field, DMX_SIGNATURE_ARC_MESSAGE, &signature);
    if (!signature.instance)
        return refuse(r, defect);
    struct arc_links *links = links_of(r, signature.instance);
    note(r, signature.instance, field, &links->has_message, &links->message);
    links->message_signature = signature;
    links->message_defect = defect;
}

/* Fields of each kind are counted, so that a header of thousands costs no more than one of fifty. */
static void read_fields(struct reader *r)
{
    size_t counts[KIND_SEAL + 1] = {0};
    for (size_t i = 0; i < r->message->field_count; i++) {
        enum kind kind = kind_of(r->message->fields[i].name);
        if (kind == KIND_NONE)
            continue;
        if (++counts[kind] > DMX_ARC_MAX_INSTANCE)
            return refuse(r, DMX_REASON("arc-too-long", "there are more than 50 ARC sets", SETS));
        if (kind == KIND_RESULTS)
            add_results(r, i);
        else if (kind == KIND_SEAL)
            add_seal(r, i);
        else
            add_message(r, i);
    }
}

/* Section 5.2, steps 2 and 3: each set whole, none left out, and cv= as the place of the set wants it. */
static void check_link(struct reader *r, unsigned instance)
{
    const struct arc_links *links = &r->chain->links[instance - 1];
    enum dmx_result wanted = instance == 1 ? DMX_NONE : DMX_PASS;
    if (!links->has_results && !links->has_message && !links->has_seal)
        return refuse_at(r, DMX_REASON("arc-set-missing", "an ARC set is missing in the chain", VALIDATOR), instance);
    if (!links->has_results || !links->has_message || !links->has_seal)
        return refuse_at(r, DMX_REASON("arc-set-incomplete", "an ARC set lacks one of its three fields", VALIDATOR),
                         instance);
    if (links->seal_signature.chain_status == DMX_FAIL)
        return refuse_at(r, DMX_REASON("arc-chain-failed", "a sealer found the chain broken", VALIDATOR), instance);
    if (links->seal_signature.chain_status != wanted)
        refuse_at(r, DMX_REASON("arc-chain-status-wrong", "a seal's cv= is not the one of its place", VALIDATOR),
                  instance);
}

bool dmx_arc_present(const struct dmx_message *message)
{
    for (size_t i = 0; i < message->field_count; i++)
        if (kind_of(message->fields[i].name) != KIND_NONE)
            return true;
    return false;
}

bool arc_chain_read(const struct dmx_message *message, struct dmx_arena *arena, struct arc_chain *out,
                    struct dmx_reason *out_reason)
{
    struct reader r = {.message = message, .arena = arena, .chain = out, .reason = DMX_REASON_NONE};
    *out = (struct arc_chain){.count = 0};
    read_fields(&r);
    for (size_t i = out->count; !r.reason.token && i > 0; i--)
        check_link(&r, (unsigned)i);
    if (!r.reason.token && out->count > 0)
        r.reason = out->links[out->count - 1].message_defect;
    *out_reason = r.reason;
    return !r.reason.token && !dmx_arena_failed(arena);
}
