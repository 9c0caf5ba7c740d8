/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/authorise.h"

#include "dmx/base/ascii.h"
#include "dmx/dmarc/uri.h"
#include "dmx/mail/domain.h"

#include "dmx/base/banned.h"

enum {
    LOCAL_MAX = 64, /* RFC 5321 section 4.5.3.1 */
    ADDRESS_MAX = LOCAL_MAX + 1 + DMX_MAX_DOMAIN,
    RECIPIENT_MAX =
        3 * (LOCAL_MAX + 1 + 4 * DMX_MAX_DOMAIN), /* with all of it percent-encoded, and a U-label's UTF-8 */
};

/* One URI on its way. */
struct asking {
    const struct dmx_policy_published *policy;
    struct dmx_slice uris; /* of the policy's tag */
    struct dmx_slice (*tag)(
        const struct dmx_dmarc_record *record); /* of the record by which another domain authorises */
    const struct dmx_psl *psl;
    struct dmx_answers *book;
    struct dmx_arena *arena;
    struct dmx_destinations *out;
    struct dmx_slice org; /* of the policy domain */
    bool org_failed;
};

static void refuse(struct dmx_destination *destination, struct dmx_reason reason)
{
    destination->status = DMX_DESTINATION_REFUSED;
    destination->reason = reason;
}

static void put_off(struct dmx_destination *destination)
{
    destination->status = DMX_DESTINATION_LATER;
    destination->reason =
        DMX_REASON_ABOUT("authorisation-not-known", "a lookup failed for now", "RFC 9990 section 4", destination->host);
}

/* ---- addresses ---- */

/* dmarc-uri's size: 1*DIGIT [ "k" / "m" / "g" / "t" ], powers of 2^10; 0 where it has no bound that matters. */
static uint64_t read_size(struct dmx_slice size)
{
    const struct dmx_slice units = DMX_SLICE("kmgt");
    uint64_t value = 0;
    for (size_t i = 0; i < size.len; i++) {
        if (dmx_is_digit(size.ptr[i])) {
            if (value > UINT64_MAX / 10 - 1)
                return 0;
            value = value * 10 + (uint64_t)(size.ptr[i] - '0');
            continue;
        }
        unsigned shift = 10 * ((unsigned)dmx_slice_find(units, dmx_lower(size.ptr[i])) + 1);
        return value > UINT64_MAX >> shift ? 0 : value << shift;
    }
    return value;
}

/* sub-domain = Let-dig [ Ldh-str ] (RFC 5321 section 4.1.2): mail servers take no underscore, which other names may have. */
static bool is_mail_host(struct dmx_slice host)
{
    struct dmx_slice label;
    if (dmx_slice_find(host, '_') < host.len)
        return false;
    while (host.ptr && dmx_slice_split(&host, '.', &label))
        if (label.len == 0 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
            return false;
    return true;
}

/* LOCAL@HOST of a mailto URI; false when no mail can be sent there. */
static bool read_address(const struct dmx_report_uri *uri, struct dmx_arena *arena, struct dmx_slice *out,
                         struct dmx_slice *out_host)
{
    struct dmx_slice text;
    if (uri->recipient.len > RECIPIENT_MAX || !dmx_report_uri_address(uri, arena, &text))
        return false;
    size_t at = dmx_slice_rfind(text, '@');
    if (at == 0 || at > LOCAL_MAX || at >= text.len ||
        !dmx_domain_normalise(dmx_slice_from(text, at + 1), arena, out_host) || !is_mail_host(*out_host))
        return false;
    struct dmx_builder b = dmx_builder_arena(arena, ADDRESS_MAX);
    dmx_put(&b, dmx_slice_upto(text, at + 1));
    dmx_put(&b, *out_host);
    *out = dmx_builder_text(&b);
    return out->len > 0;
}

static bool is_listed(const struct dmx_destinations *list, struct dmx_slice address)
{
    for (size_t i = 0; i < list->count; i++)
        if (dmx_slice_eq(list->items[i].address, address))
            return true;
    return false;
}

static struct dmx_destination *add(struct asking *asking, struct dmx_destination destination)
{
    struct dmx_destinations *out = asking->out;
    if (destination.address.len > 0 && is_listed(out, destination.address))
        return NULL;
    if (out->count == DMX_DESTINATIONS_MAX) {
        out->ignored++;
        return NULL;
    }
    out->items[out->count] = destination;
    return &out->items[out->count++];
}

/* ---- the other domain's word ---- */

static struct dmx_slice rua_of(const struct dmx_dmarc_record *record)
{
    return record->rua;
}

static struct dmx_slice ruf_of(const struct dmx_dmarc_record *record)
{
    return record->ruf;
}

/* The first record that has a rua (or ruf) of its own speaks for it; several records are fine (requirement K4). */
static bool find_authorisation(const struct asking *asking, const struct dmx_answer *answer, struct dmx_slice *out_uris)
{
    bool found = false;
    *out_uris = DMX_SLICE_NONE;
    for (size_t i = 0; i < answer->count; i++) {
        struct dmx_dmarc_record record;
        struct dmx_reason reason;
        if (dmx_dmarc_record_parse(answer->rrs[i].data.text, &record, &reason) != DMX_RECORD_DMARC)
            continue;
        found = true;
        if (out_uris->len == 0)
            *out_uris = asking->tag(&record);
    }
    return found;
}

/*
 * Requirement K5: the addresses of that tag take the place of the one that was asked about, if all lie at the same host;
 * otherwise nobody gets anything. Not more of them are looked at than could be used: a record has room for thousands, and
 * each takes memory that all reports share.
 */
static void replace(struct asking *asking, struct dmx_destination asked, struct dmx_slice uris)
{
    struct dmx_slice rest = uris, address, host;
    struct dmx_report_uri uri;
    size_t usable = 0;
    while (usable < DMX_DESTINATIONS_MAX && dmx_report_uri_next(&rest, &uri)) {
        if (uri.recipient.len == 0)
            continue;
        bool readable = read_address(&uri, asking->arena, &address, &host);
        if (!readable || !dmx_slice_eq(host, asked.host)) {
            refuse(&asked, DMX_REASON_ABOUT("other-host", "the authorisation names an address at another host",
                                            "RFC 9990 section 4", asked.host));
            asked.address = DMX_SLICE_NONE;
            (void)add(asking, asked);
            return;
        }
        usable++;
    }
    if (usable == 0) {
        (void)add(asking, asked);
        return;
    }
    for (rest = uris; usable > 0 && dmx_report_uri_next(&rest, &uri);) {
        if (!read_address(&uri, asking->arena, &asked.address, &host))
            continue;
        usable--;
        if (asking->policy->rules == DMX_RULES_7489 && uri.size.len > 0)
            asked.max_bytes = read_size(uri.size);
        (void)add(asking, asked);
    }
}

/* POLICY-DOMAIN "._report._dmarc." HOST; a wildcard is DNS's own business (requirement K7). */
static enum dmx_step ask_host(struct asking *asking, struct dmx_destination asked)
{
    char buf[DMX_MAX_DOMAIN + 1];
    struct dmx_builder prefix = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_slice uris;
    dmx_put(&prefix, asking->policy->domain);
    dmx_put_cstr(&prefix, "._report._dmarc");
    bool too_long = prefix.failed || prefix.len + 1 + asked.host.len > DMX_MAX_DOMAIN;
    const struct dmx_answer *answer =
        too_long ? NULL : dmx_answers_ask_text(asking->book, dmx_builder_text(&prefix), asked.host, DMX_RR_TXT);
    if (!too_long && !answer)
        return DMX_PENDING;
    asked.external = true;
    if (answer && (dmx_answer_is_temporary(answer) || answer->status == DMX_DNS_CUT)) {
        put_off(&asked);
    } else if (too_long) {
        refuse(&asked,
               DMX_REASON_ABOUT("name-too-long", "the name that would authorise it is longer than DNS has names",
                                "RFC 9990 section 4", asked.host));
    } else if (answer->status != DMX_DNS_OK || !find_authorisation(asking, answer, &uris)) {
        refuse(&asked, DMX_REASON_ABOUT("not-authorised", "its domain does not say that it wants these reports",
                                        "RFC 9990 section 4", asked.host));
    } else {
        replace(asking, asked, uris);
        return DMX_DONE;
    }
    asked.address = DMX_SLICE_NONE;
    (void)add(asking, asked);
    return DMX_DONE;
}

/* ---- one URI ---- */

/* Requirement K1: by the organizational domains; what is not known of them is asked again later. */
static enum dmx_step eval_host(struct asking *asking, struct dmx_destination asked)
{
    struct dmx_slice org;
    bool failed;
    if (dmx_slice_eq(asked.host, asking->policy->domain)) {
        (void)add(asking, asked);
        return DMX_DONE;
    }
    if (dmx_org_domain_eval(asked.host, asking->policy->rules, asking->psl, asking->book, &org, &failed) == DMX_PENDING)
        return DMX_PENDING;
    if (failed || asking->org_failed) {
        put_off(&asked);
        asked.address = DMX_SLICE_NONE;
        (void)add(asking, asked);
        return DMX_DONE;
    }
    if (!dmx_slice_eq(org, asking->org))
        return ask_host(asking, asked);
    (void)add(asking, asked);
    return DMX_DONE;
}

static enum dmx_step eval_uri(struct asking *asking, const struct dmx_report_uri *uri)
{
    struct dmx_destination asked = {.published = uri->text};
    if (uri->recipient.len == 0)
        return DMX_DONE; /* another scheme (requirement B10) */
    if (asking->policy->rules == DMX_RULES_7489)
        asked.max_bytes = read_size(uri->size);
    if (read_address(uri, asking->arena, &asked.address, &asked.host))
        return eval_host(asking, asked);
    asked.address = asked.host = DMX_SLICE_NONE;
    refuse(&asked,
           DMX_REASON_ABOUT("bad-address", "no mail can be sent to this address", "RFC 9990 section 3.5", uri->text));
    (void)add(asking, asked);
    return DMX_DONE;
}

static enum dmx_step eval(struct asking *asking)
{
    struct dmx_slice rest = asking->uris;
    struct dmx_report_uri uri;
    *asking->out = (struct dmx_destinations){.count = 0};
    enum dmx_step step = dmx_org_domain_eval(asking->policy->domain, asking->policy->rules, asking->psl, asking->book,
                                             &asking->org, &asking->org_failed);
    if (step == DMX_PENDING)
        return step;
    for (size_t seen = 0; dmx_report_uri_next(&rest, &uri); seen++) {
        if (seen >= DMX_DESTINATIONS_MAX) {
            asking->out->ignored++;
            continue;
        }
        if (eval_uri(asking, &uri) == DMX_PENDING) /* the others' questions go out in the same round */
            step = DMX_PENDING;
    }
    return step;
}

enum dmx_step dmx_destinations_eval(const struct dmx_policy_published *policy, const struct dmx_psl *psl,
                                    struct dmx_answers *book, struct dmx_arena *arena, struct dmx_destinations *out)
{
    struct asking asking = {
        .policy = policy,
        .uris = policy->record.rua,
        .tag = rua_of,
        .psl = psl,
        .book = book,
        .arena = arena,
        .out = out,
    };
    return eval(&asking);
}

enum dmx_step dmx_failure_destinations_eval(const struct dmx_policy_published *policy, struct dmx_slice uris,
                                            const struct dmx_psl *psl, struct dmx_answers *book,
                                            struct dmx_arena *arena, struct dmx_destinations *out)
{
    struct asking asking = {
        .policy = policy,
        .uris = uris,
        .tag = ruf_of,
        .psl = psl,
        .book = book,
        .arena = arena,
        .out = out,
    };
    return eval(&asking);
}

/* ---- the site's own choices ---- */

bool dmx_report_is_excluded(const struct dmx_config *config, struct dmx_slice policy_domain)
{
    return dmx_config_excludes_reports(config, policy_domain);
}

enum dmx_dialect dmx_report_dialect_of(const struct dmx_config *config, struct dmx_slice host)
{
    switch (dmx_dialect_list_find(&config->report_dialect, host)) {
    case DMX_REPORT_RFC7489:
        return DMX_DIALECT_RFC7489;
    case DMX_REPORT_RFC9990:
        return DMX_DIALECT_RFC9990;
    case DMX_REPORT_AUTO:
        break;
    }
    return config->rules == DMX_OPTION_RFC9989 ? DMX_DIALECT_RFC9990 : DMX_DIALECT_RFC7489;
}
