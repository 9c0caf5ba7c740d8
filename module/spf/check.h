/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * One evaluation under way, shared by the files of this folder: check.c walks the records, lookup.c answers libspf2,
 * ahead.c asks early, explain.c makes the explanation, spf.c is the way in. What is known of DNS lies in the answer
 * book; when an answer is missing the evaluation halts and is made anew later, so it keeps no state between calls.
 */
#ifndef DMX_SPF_CHECK_H
#define DMX_SPF_CHECK_H

#include "dmx/spf/spf.h"
#include "library.h"
#include "limits.h"
#include "macro.h"
#include "record.h"

/* A name as libspf2 knows it, and what it stands for. */
struct dmx_spf_placeholder {
    enum { SPF_TARGET, SPF_HOST, SPF_CLIENT_NAME } kind;
    struct dmx_slice spec;    /* TARGET: a domain-spec, ptr NULL for the current domain; expanded when it is needed */
    struct dmx_slice current; /* TARGET: the domain of its record */
    struct dmx_name name;     /* HOST of an mx, CLIENT_NAME of a ptr */
    bool any_address;         /* "/0": whatever address it has is the client's (libspf2 refuses that length) */
};

struct dmx_spf_check {
    struct dmx_answers *book;
    struct dmx_arena *scratch; /* given back at the end of the call */
    struct dmx_spf_library *library;
    struct dmx_spf_values values; /* current and validated change on the way */
    struct dmx_spf_placeholder *placeholders;
    size_t placeholder_count, placeholder_room;
    size_t ptr_target;       /* the placeholder of the ptr term that runs now */
    struct dmx_slice record; /* of the identity, in the book */
    unsigned lookups, voids;
    unsigned flags;
    /* Halted by one of these; the first wins. */
    bool pending; /* an answer is missing */
    bool stopped; /* the whole evaluation has this result, whatever the records say */
    enum dmx_result result;
    struct dmx_reason reason;
    bool dns_failed;
};

/* Which record is being fetched: decides what it means that there is none. */
enum dmx_spf_entry { SPF_BY_IDENTITY = 0, SPF_BY_INCLUDE, SPF_BY_REDIRECT };

struct dmx_spf_outcome {
    enum dmx_result result;
    bool by_default;         /* no mechanism matched */
    struct dmx_slice domain; /* whose record decided (after redirects) */
    struct dmx_slice exp;    /* its exp=; ptr NULL: none */
};

static inline bool dmx_spf_halted(const struct dmx_spf_check *check)
{
    return check->pending || check->stopped;
}

/* Ends the evaluation with this result, if nothing ended it before. detail is hostile or empty. */
void dmx_spf_stop(struct dmx_spf_check *check, enum dmx_result result, enum dmx_spf_why why, struct dmx_slice detail);

/* check_host (section 4) for one domain, redirects followed. False: halted. */
bool dmx_spf_check_host(struct dmx_spf_check *check, struct dmx_slice domain, enum dmx_spf_entry entry,
                        struct dmx_spf_outcome *out) DMX_NODISCARD;

/* ---- lookup.c -------------------------------------------------------------------------------------------------- */

/*
 * The answer, or NULL when the evaluation halted: it is pending, or it was cut. A lookup that failed is an answer:
 * what it means depends on the mechanism.
 */
const struct dmx_answer *dmx_spf_ask(struct dmx_spf_check *check, const struct dmx_name *name, uint16_t type);

/* The target-name of a spec (ptr NULL: current itself). False: halted. */
bool dmx_spf_target(struct dmx_spf_check *check, struct dmx_slice spec, struct dmx_slice current,
                    struct dmx_slice *out) DMX_NODISCARD;

/* One more of the terms that cost a lookup; false over the limit. */
bool dmx_spf_count_lookup(struct dmx_spf_check *check) DMX_NODISCARD;

/* The name under which the client's address is looked up for PTR. */
bool dmx_spf_reverse_name(const struct dmx_spf_check *check, struct dmx_name *out) DMX_NODISCARD;

/* A or AAAA, as the client's address wants it. */
uint16_t dmx_spf_address_type(const struct dmx_spf_check *check);

/* Writes the placeholder for a new target into b; the index of it comes back. */
size_t dmx_spf_put_target(struct dmx_spf_check *check, struct dmx_builder *b, struct dmx_slice spec,
                          struct dmx_slice current, bool any_address);

/* The hooks of library.h; ctx is the check. */
enum dmx_spf_found dmx_spf_on_lookup(void *ctx, const char *name, uint16_t type, struct dmx_spf_hosts *out);
bool dmx_spf_on_include(void *ctx, const char *name, enum dmx_result *out);

/* ---- the rest -------------------------------------------------------------------------------------------------- */

/* normal.c: the next piece of a record in the form for libspf2, from *rest on; false at the end of the record. */
bool dmx_spf_next_piece(struct dmx_spf_check *check, struct dmx_slice *rest, struct dmx_slice current,
                        struct dmx_builder *out) DMX_NODISCARD;

/* ahead.c: puts into the book what the evaluation of domain will probably ask, as far as the records are known. */
void dmx_spf_ask_ahead(struct dmx_spf_check *check, struct dmx_slice domain);

/* explain.c: the explanation of a fail, in arena; ptr NULL: none. The check may be pending afterwards. */
struct dmx_slice dmx_spf_explain(struct dmx_spf_check *check, const struct dmx_spf_outcome *outcome,
                                 struct dmx_arena *arena);

/* Picks the one SPF record out of a TXT answer; how many there are comes back. */
size_t dmx_spf_select_record(const struct dmx_answer *answer, struct dmx_slice *out);

#endif
