/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Whether report mail itself can pass DMARC, as far as DNS tells (requirement J7). What it cannot tell is whether what
 * leaves is signed: a selector is nobody's business but the MTA's.
 */
#include "dmx/base/clock.h"
#include "dmx/dmarc/record.h"
#include "dmx/dns/resolver.h"
#include "report.h"
#include "tool.h"

enum { QUESTIONS = 8, WAIT_MS = 5000 };

/* What is asked about. */
struct self {
    const struct dmx_answer *own, *org, *spf;
};

static bool says(const struct dmx_answer *answer, bool (*is)(struct dmx_slice text))
{
    for (size_t i = 0; i < answer->count; i++)
        if (is(answer->rrs[i].data.text))
            return true;
    return false;
}

static bool is_dmarc(struct dmx_slice text)
{
    struct dmx_dmarc_record record;
    struct dmx_reason reason;
    return dmx_dmarc_record_parse(text, &record, &reason) == DMX_RECORD_DMARC;
}

static bool is_spf(struct dmx_slice text)
{
    const struct dmx_slice version = DMX_SLICE("v=spf1");
    return dmx_slice_starts_nocase(text, version) && (text.len == version.len || text.ptr[version.len] == ' ');
}

static bool ask(struct dmx_answers *book, struct dmx_slice domain, struct dmx_slice org, struct self *out)
{
    out->own = dmx_answers_ask_text(book, DMX_SLICE("_dmarc"), domain, DMX_RR_TXT);
    out->org = dmx_answers_ask_text(book, DMX_SLICE("_dmarc"), org, DMX_RR_TXT);
    out->spf = dmx_answers_ask_text(book, DMX_SLICE(""), domain, DMX_RR_TXT);
    return out->own && out->org && out->spf;
}

static const char *judge(const struct self *self)
{
    if (!self->own || !self->org || !self->spf)
        return NULL;
    if (dmx_answer_is_temporary(self->own) || dmx_answer_is_temporary(self->org) || self->own->status == DMX_DNS_CUT ||
        self->org->status == DMX_DNS_CUT)
        return "DNS does not answer: nobody knows whether report mail passes DMARC";
    if (!says(self->own, is_dmarc) && !says(self->org, is_dmarc))
        return "the domain of report_email has no DMARC record: report mail cannot pass DMARC";
    if (self->spf->status == DMX_DNS_NXDOMAIN)
        return "the domain of report_email does not exist: report mail cannot pass DMARC";
    if (!says(self->spf, is_spf) && !dmx_answer_is_temporary(self->spf))
        return "the domain of report_email has no SPF record: report mail passes DMARC only where Exim signs it by "
               "DKIM";
    return NULL;
}

const char *report_self_check(struct report_task *task)
{
    const struct dmx_budget budget = {dmx_clock_mono_ms() + WAIT_MS, dmx_clock_mono_ms};
    struct dmx_slice email = task->config->report_email;
    struct dmx_slice domain = dmx_arena_dup_lower(task->arena, dmx_slice_from(email, dmx_slice_rfind(email, '@') + 1));
    struct dmx_slice org = domain;
    struct self self = {NULL, NULL, NULL};
    struct dmx_answers *book = dmx_answers_new(task->arena, QUESTIONS);
    if (!book || domain.len == 0 || report_open_dns(task) != EXIT_OK)
        return NULL;
    if (task->psl.psl)
        org = dmx_psl_org_domain(task->psl.psl, domain);
    struct dmx_dns_source dns = dmx_resolver_source(task->resolver);
    while (!ask(book, domain, org, &self) && !dmx_arena_failed(task->arena)) {
        if (dmx_budget_spent(&budget))
            dmx_answers_close(book);
        else
            dns.resolve(dns.ctx, book, &budget);
    }
    if (dns.end)
        dns.end(dns.ctx);
    return dmx_arena_failed(task->arena) ? NULL : judge(&self);
}
