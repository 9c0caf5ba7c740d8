/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/spf/spf.h"

#include "check.h"
#include "dmx/mail/address.h"
#include "dmx/mail/domain.h"

#include "dmx/base/banned.h"

/* RFC 7208 section 4.3: the local part of a sender that has none. */
static const struct dmx_slice postmaster = DMX_SLICE_INIT("postmaster");

/* Who is checked, and what the macros stand for. */
struct subject {
    struct dmx_slice local;
    struct dmx_slice domain; /* as it came */
};

/* Section 2.4: the null sender is postmaster at the HELO name; section 2.3: so is the HELO identity. */
static struct subject find_subject(const struct dmx_spf_request *request)
{
    struct subject subject = {postmaster, request->helo};
    if (request->identity == DMX_SPF_HELO || request->mail_from.len == 0)
        return subject;
    dmx_path_split(request->mail_from, &subject.local, &subject.domain);
    if (subject.local.len == 0)
        subject.local = postmaster;
    return subject;
}

static bool is_ascii(struct dmx_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] > 0x7f)
            return false;
    }
    return true;
}

static struct dmx_ip plain_client(const struct dmx_ip *client)
{
    return client->family == DMX_IP_V6 ? dmx_ip_v6(client->bytes) : *client;
}

/* domain is the normal form; what the macros show is the sender's own writing, but never a U-label. */
static void set_values(struct dmx_spf_check *check, const struct dmx_spf_request *request,
                       const struct subject *subject, struct dmx_slice domain)
{
    struct dmx_spf_values *values = &check->values;
    values->local = subject->local;
    values->domain = is_ascii(subject->domain) ? subject->domain : domain;
    values->helo = request->helo;
    values->receiver = request->receiver;
    values->client = plain_client(&request->client);
    values->now_s = request->now_s;
    struct dmx_builder b = dmx_builder_arena(check->scratch, SPF_MAX_VALUE);
    dmx_put(&b, values->local);
    dmx_put_char(&b, '@');
    dmx_put(&b, values->domain);
    values->sender = dmx_builder_text(&b);
    if (b.failed)
        dmx_spf_stop(check, DMX_TEMPERROR, SPF_NO_MEMORY, DMX_SLICE_NONE);
}

static enum dmx_spf_why why_of(const struct dmx_spf_outcome *outcome)
{
    switch (outcome->result) {
    case DMX_NONE:
        return SPF_NO_RECORD;
    case DMX_FAIL:
        return SPF_NOT_PERMITTED;
    case DMX_SOFTFAIL:
        return SPF_PROBABLY_NOT;
    case DMX_NEUTRAL:
        return outcome->by_default ? SPF_NO_MATCH : SPF_NO_ASSERTION;
    case DMX_PASS:
    case DMX_POLICY:
    case DMX_TEMPERROR:
    case DMX_PERMERROR:
        break;
    }
    return SPF_FINE;
}

/* Texts of a reason may lie in the scratch: copied where they are handed over. */
static void keep_reason(struct dmx_spf_result *out, struct dmx_reason reason, struct dmx_arena *arena)
{
    out->reason = reason;
    out->reason.detail = reason.detail.len > 0 ? dmx_arena_dup(arena, reason.detail) : DMX_SLICE_NONE;
}

static void conclude(struct dmx_spf_check *check, const struct dmx_spf_outcome *outcome, struct dmx_arena *arena,
                     struct dmx_spf_result *out)
{
    if (check->stopped) {
        out->result = check->result;
        out->dns_failed = check->dns_failed;
        keep_reason(out, check->reason, arena);
    } else {
        out->result = outcome->result;
        out->explanation = dmx_spf_explain(check, outcome, arena);
        enum dmx_spf_why why = why_of(outcome);
        keep_reason(out, dmx_spf_reason(why, why == SPF_FINE ? DMX_SLICE_NONE : outcome->domain), arena);
    }
    out->record = check->record.len > 0 ? dmx_arena_dup(arena, check->record) : DMX_SLICE_NONE;
    out->flags = check->flags;
    out->lookups = check->lookups;
}

static enum dmx_step evaluate(struct dmx_spf_check *check, struct dmx_slice domain, struct dmx_arena *arena,
                              struct dmx_spf_result *out)
{
    struct dmx_spf_outcome outcome = {.result = DMX_NONE};
    struct dmx_spf_hooks hooks = {.ctx = check, .lookup = dmx_spf_on_lookup, .include = dmx_spf_on_include};
    check->library = dmx_spf_library_new(&hooks, &check->values.client);
    if (!check->library)
        dmx_spf_stop(check, DMX_TEMPERROR, SPF_NO_MEMORY, DMX_SLICE_NONE);
    if (!dmx_spf_halted(check) && !dmx_spf_check_host(check, domain, SPF_BY_IDENTITY, &outcome) &&
        !dmx_spf_halted(check))
        dmx_spf_stop(check, DMX_TEMPERROR, SPF_LIBRARY, DMX_SLICE_NONE);
    dmx_spf_library_free(&check->library);
    if (check->pending) {
        dmx_spf_ask_ahead(check, domain);
        return DMX_PENDING;
    }
    conclude(check, &outcome, arena, out);
    return check->pending ? DMX_PENDING : DMX_DONE;
}

static void no_evaluation(struct dmx_spf_result *out, enum dmx_result result, enum dmx_spf_why why)
{
    out->result = result;
    out->reason = dmx_spf_reason(why, DMX_SLICE_NONE);
}

/* What can be said without any record. True: all is said. */
static bool is_settled(const struct dmx_spf_request *request, bool has_form, const struct dmx_arena *arena,
                       struct dmx_spf_result *out)
{
    if (request->client.family == DMX_IP_NONE)
        no_evaluation(out, DMX_NONE, SPF_NO_CLIENT);
    else if (!request->has_mail_from && request->identity == DMX_SPF_MAILFROM)
        no_evaluation(out, DMX_NONE, SPF_NO_SENDER);
    else if (!has_form && dmx_arena_failed(arena))
        no_evaluation(out, DMX_TEMPERROR, SPF_NO_MEMORY);
    /* Section 4.3: not a fully qualified name of at least two labels. */
    else if (!has_form || dmx_domain_labels(out->domain) < 2)
        no_evaluation(out, DMX_NONE, SPF_BAD_DOMAIN);
    else
        return false;
    return true;
}

/* Type 99 is of the past, and of no weight: that it cannot be had is not looked at. */
static enum dmx_step find_type_99(const struct dmx_spf_request *request, struct dmx_answers *book,
                                  struct dmx_spf_result *out)
{
    if (!request->look_for_type_99)
        return DMX_DONE;
    const struct dmx_answer *answer = dmx_answers_ask_text(book, DMX_SLICE(""), out->domain, DMX_RR_SPF);
    if (answer && answer->status == DMX_DNS_OK)
        out->flags |= DMX_SPF_TYPE_99;
    return answer ? DMX_DONE : DMX_PENDING;
}

enum dmx_step dmx_spf_eval(const struct dmx_spf_request *request, struct dmx_answers *book, struct dmx_arena *arena,
                           struct dmx_spf_result *out)
{
    struct subject subject = find_subject(request);
    struct dmx_slice domain;
    *out = (struct dmx_spf_result){.identity = request->identity, .domain = subject.domain};
    bool has_form = dmx_domain_normalise(subject.domain, arena, &domain);
    if (has_form)
        out->domain = domain;
    if (is_settled(request, has_form, arena, out))
        return DMX_DONE;
    struct dmx_spf_check check = {.book = book, .scratch = dmx_arena_new(SPF_SCRATCH_BYTES)};
    if (!check.scratch) {
        no_evaluation(out, DMX_TEMPERROR, SPF_NO_MEMORY);
        return DMX_DONE;
    }
    set_values(&check, request, &subject, domain);
    enum dmx_step step = evaluate(&check, domain, arena, out);
    dmx_arena_free(&check.scratch);
    enum dmx_step looked = find_type_99(request, book, out);
    return step == DMX_DONE ? looked : step;
}
