/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "check.h"

#include "dmx/base/invariant.h"

#include "dmx/base/banned.h"

enum { SHOWN_TERM_BYTES = 100 }; /* of a faulty term, in a reason */

void dmx_spf_stop(struct dmx_spf_check *check, enum dmx_result result, enum dmx_spf_why why, struct dmx_slice detail)
{
    if (dmx_spf_halted(check))
        return;
    check->stopped = true;
    check->result = result;
    check->reason = dmx_spf_reason(why, detail);
    check->dns_failed = why == SPF_DNS_FAILED;
}

/* "TERM at byte N of DOMAIN" */
static struct dmx_slice describe(struct dmx_spf_check *check, const struct dmx_spf_fault *fault,
                                 struct dmx_slice domain)
{
    struct dmx_builder b = dmx_builder_arena(check->scratch, SPF_MAX_VALUE);
    dmx_put(&b, dmx_slice_upto(fault->term, SHOWN_TERM_BYTES));
    dmx_put_cstr(&b, fault->term.len > SHOWN_TERM_BYTES ? "... at byte " : " at byte ");
    dmx_put_u64(&b, fault->offset);
    dmx_put_cstr(&b, " of ");
    dmx_put(&b, domain);
    return dmx_builder_text(&b);
}

size_t dmx_spf_select_record(const struct dmx_answer *answer, struct dmx_slice *out)
{
    size_t found = 0;
    for (size_t i = 0; i < answer->count; i++) {
        if (!dmx_spf_is_record(answer->rrs[i].data.text))
            continue;
        *out = answer->rrs[i].data.text;
        found++;
    }
    return found;
}

/* What it means that domain has no record (sections 4.5, 5.2, 6.1): none, or the end. */
static void no_record(struct dmx_spf_check *check, struct dmx_slice domain, enum dmx_spf_entry entry)
{
    if (entry != SPF_BY_IDENTITY)
        dmx_spf_stop(check, DMX_PERMERROR, entry == SPF_BY_INCLUDE ? SPF_INCLUDE_NONE : SPF_REDIRECT_NONE, domain);
}

static const struct dmx_answer *fetch(struct dmx_spf_check *check, struct dmx_slice domain)
{
    struct dmx_name name;
    if (domain.len == 0 || !dmx_name_from_text(domain, &name)) {
        dmx_spf_stop(check, DMX_PERMERROR, SPF_BAD_REDIRECT, domain);
        return NULL;
    }
    const struct dmx_answer *answer = dmx_spf_ask(check, &name, DMX_RR_TXT);
    if (answer && dmx_answer_is_temporary(answer)) {
        dmx_spf_stop(check, DMX_TEMPERROR, SPF_DNS_FAILED, domain);
        return NULL;
    }
    return answer;
}

/* Sections 4.4 to 4.6. False: halted, or there is none. */
static bool fetch_record(struct dmx_spf_check *check, struct dmx_slice domain, enum dmx_spf_entry entry,
                         struct dmx_spf_record *out)
{
    struct dmx_slice text;
    struct dmx_spf_fault fault;
    const struct dmx_answer *answer = fetch(check, domain);
    if (!answer)
        return false;
    size_t found = dmx_spf_select_record(answer, &text);
    if (found == 1 && entry == SPF_BY_IDENTITY)
        check->record = text;
    if (found == 1 && dmx_spf_record_parse(text, out, &fault))
        return true;
    if (found == 0)
        no_record(check, domain, entry);
    else if (found > 1)
        dmx_spf_stop(check, DMX_PERMERROR, SPF_SEVERAL_RECORDS, domain);
    else
        dmx_spf_stop(check, DMX_PERMERROR, fault.why, describe(check, &fault, domain));
    return false;
}

/* Lets libspf2 match the record piece by piece. True: a mechanism matched. */
static bool match(struct dmx_spf_check *check, const struct dmx_spf_record *record, struct dmx_slice domain,
                  enum dmx_result *out)
{
    char text[SPF_PIECE_TEXT];
    struct dmx_slice rest = record->terms;
    for (;;) {
        struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
        if (!dmx_spf_next_piece(check, &rest, domain, &b))
            return false;
        if (dmx_arena_failed(check->scratch))
            dmx_spf_stop(check, DMX_TEMPERROR, SPF_NO_MEMORY, DMX_SLICE_NONE);
        struct dmx_slice piece = dmx_builder_text(&b);
        if (DMX_BROKEN(piece.len > 0))
            dmx_spf_stop(check, DMX_TEMPERROR, SPF_LIBRARY, domain);
        if (dmx_spf_halted(check))
            return false;
        enum dmx_spf_run run = dmx_spf_library_run(check->library, piece.ptr, out);
        if (run == SPF_RUN_FAILED)
            dmx_spf_stop(check, DMX_TEMPERROR, SPF_LIBRARY, domain);
        if (dmx_spf_halted(check) || run == SPF_RUN_MATCH)
            return !dmx_spf_halted(check);
    }
}

/* Section 6.1: the target takes the place of the record. False: halted. */
static bool follow(struct dmx_spf_check *check, const struct dmx_spf_record *record, struct dmx_slice *domain)
{
    return dmx_spf_count_lookup(check) && dmx_spf_target(check, record->redirect, *domain, domain);
}

bool dmx_spf_check_host(struct dmx_spf_check *check, struct dmx_slice domain, enum dmx_spf_entry entry,
                        struct dmx_spf_outcome *out)
{
    for (;;) { /* each turn after the first counts as a lookup */
        struct dmx_spf_record record = {0};
        *out = (struct dmx_spf_outcome){.domain = domain, .result = DMX_NONE};
        if (!fetch_record(check, domain, entry, &record))
            return !dmx_spf_halted(check);
        out->exp = record.exp;
        if (match(check, &record, domain, &out->result))
            return true;
        if (dmx_spf_halted(check))
            return false;
        out->result = DMX_NEUTRAL;
        out->by_default = true;
        if (!record.redirect.ptr)
            return true;
        if (!follow(check, &record, &domain))
            return false;
        entry = SPF_BY_REDIRECT;
    }
}
