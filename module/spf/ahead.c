/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Asking early. An evaluation that is missing an answer stops there; so that it need not stop again at each further
 * term, everything that the known records name is asked in the same round. Only the order of questions changes, never
 * a result: what is not needed in the end is not looked at.
 */
#include "check.h"

#include "dmx/base/banned.h"

enum {
    MAX_HOSTS = 20, /* of all mx and ptr together, in one round: most mail needs none */
};

struct walk {
    struct dmx_spf_check *check;
    unsigned terms; /* that may still cost a lookup */
    unsigned hosts;
};

static void walk_domain(struct walk *walk, struct dmx_slice domain);

static void ask_hosts_of(struct walk *walk, const struct dmx_answer *answer)
{
    for (size_t i = 0; answer && i < answer->count && walk->hosts > 0; i++, walk->hosts--)
        (void)dmx_answers_ask(walk->check->book, &answer->rrs[i].data.host.name, dmx_spf_address_type(walk->check));
}

/* The target, if that takes no further lookup. */
static bool target_of(struct walk *walk, struct dmx_slice spec, struct dmx_slice current, struct dmx_slice *out)
{
    *out = current;
    if (!spec.ptr)
        return true;
    walk->check->values.current = current;
    return !dmx_spf_macro_uses(spec, 'p') &&
           dmx_spf_target_name(spec, &walk->check->values, walk->check->scratch, out) == SPF_FINE;
}

static void ask_ptr(struct walk *walk)
{
    struct dmx_name name;
    if (dmx_spf_reverse_name(walk->check, &name))
        ask_hosts_of(walk, dmx_answers_ask(walk->check->book, &name, DMX_RR_PTR));
}

static void ask_term(struct walk *walk, const struct dmx_spf_term *term, struct dmx_slice current)
{
    struct dmx_slice target;
    struct dmx_name name;
    if (term->kind == SPF_PTR) {
        ask_ptr(walk);
        return;
    }
    if (!target_of(walk, term->spec, current, &target))
        return;
    if (term->kind == SPF_INCLUDE) {
        walk_domain(walk, target);
        return;
    }
    if (target.len == 0 || !dmx_name_from_text(target, &name))
        return;
    uint16_t type = term->kind == SPF_MX  ? DMX_RR_MX
                    : term->kind == SPF_A ? dmx_spf_address_type(walk->check)
                                          : DMX_RR_A;
    const struct dmx_answer *answer = dmx_answers_ask(walk->check->book, &name, type);
    if (term->kind == SPF_MX)
        ask_hosts_of(walk, answer);
}

/* Whether the evaluation of this record ends here: then nothing behind is needed. */
static bool is_end(const struct walk *walk, const struct dmx_spf_term *term)
{
    if (term->kind != SPF_IP4 && term->kind != SPF_IP6)
        return term->kind == SPF_ALL;
    uint8_t bits = term->kind == SPF_IP4 ? term->prefix4 : term->prefix6;
    return dmx_cidr_contains(&(struct dmx_cidr){term->ip, bits}, &walk->check->values.client);
}

/* False: the road ends in this record. */
static bool walk_terms(struct walk *walk, const struct dmx_spf_record *record, struct dmx_slice domain)
{
    struct dmx_slice rest = record->terms;
    struct dmx_spf_term term;
    while (walk->terms > 0 && dmx_spf_next_mechanism(&rest, &term)) {
        if (is_end(walk, &term))
            return false;
        if (term.kind == SPF_IP4 || term.kind == SPF_IP6)
            continue;
        walk->terms--;
        ask_term(walk, &term, domain);
    }
    return walk->terms > 0;
}

static void walk_domain(struct walk *walk, struct dmx_slice domain)
{
    struct dmx_name name;
    struct dmx_spf_record record;
    struct dmx_spf_fault fault;
    struct dmx_slice text;
    while (domain.len > 0 && dmx_name_from_text(domain, &name)) {
        const struct dmx_answer *answer = dmx_answers_ask(walk->check->book, &name, DMX_RR_TXT);
        if (!answer || dmx_spf_select_record(answer, &text) != 1 || !dmx_spf_record_parse(text, &record, &fault))
            return;
        if (!walk_terms(walk, &record, domain) || !record.redirect.ptr)
            return;
        walk->terms--;
        if (!target_of(walk, record.redirect, domain, &domain))
            return;
    }
}

void dmx_spf_ask_ahead(struct dmx_spf_check *check, struct dmx_slice domain)
{
    struct walk walk = {.check = check, .terms = SPF_MAX_LOOKUPS, .hosts = MAX_HOSTS};
    walk_domain(&walk, domain);
}
