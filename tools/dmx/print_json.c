/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "json.h"
#include "print.h"

/* The slice, or null when it is empty. */
static struct dmx_slice or_null(struct dmx_slice s)
{
    return s.len ? s : DMX_SLICE_NONE;
}

/* "token: sentence (detail; section)", or null. */
static void put_reason(struct json *j, const struct dmx_reason *reason)
{
    char text[1024];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    if (!reason->token) {
        json_null(j, "reason");
        return;
    }
    dmx_put_cstr(&b, reason->token);
    if (reason->text) {
        dmx_put_cstr(&b, ": ");
        dmx_put_cstr(&b, reason->text);
    }
    if (reason->detail.len) {
        dmx_put_cstr(&b, ": ");
        dmx_put(&b, dmx_slice_upto(reason->detail, 300));
    }
    if (reason->section) {
        dmx_put_cstr(&b, " (");
        dmx_put_cstr(&b, reason->section);
        dmx_put_cstr(&b, ")");
    }
    json_string(j, "reason", dmx_builder_text(&b));
}

static void put_author(struct json *j, const struct dmx_author *author)
{
    static const char *const words[] = {
        [DMX_AUTHOR_OK] = "ok",
        [DMX_AUTHOR_NONE] = "none",
        [DMX_AUTHOR_MULTIPLE] = "multiple",
        [DMX_AUTHOR_INVALID] = "invalid",
    };
    json_open(j, "author", '{');
    json_string(j, "domain", or_null(author->domain));
    json_cstring(j, "status", words[author->status]);
    json_close(j, '}');
}

static void put_spf(struct json *j, const struct dmx_spf_result *spf)
{
    json_open(j, "spf", '{');
    json_cstring(j, "result", dmx_result_word(spf->result));
    json_cstring(j, "identity", spf->identity == DMX_SPF_HELO ? "helo" : "mailfrom");
    json_string(j, "domain", or_null(spf->domain));
    json_string(j, "explanation", spf->explanation);
    put_reason(j, &spf->reason);
    json_close(j, '}');
}

static void put_dkim(struct json *j, const struct dmx_dkim_result *dkim)
{
    json_open(j, NULL, '{');
    json_cstring(j, "result", dmx_result_word(dkim->result));
    json_string(j, "domain", or_null(dkim->domain));
    json_string(j, "selector", or_null(dkim->selector));
    json_string(j, "identity", or_null(dkim->identity));
    json_string(j, "algorithm", or_null(dkim->algorithm));
    if (dkim->key_bits)
        json_number(j, "key_bits", dkim->key_bits);
    else
        json_null(j, "key_bits");
    put_reason(j, &dkim->reason);
    json_close(j, '}');
}

/* Sealers from instance 1 up; of a chain that failed, those that could be read. */
static void put_arc(struct json *j, const struct dmx_arc_result *arc)
{
    json_open(j, "arc", '{');
    json_cstring(j, "result", dmx_result_word(arc->result));
    json_number(j, "instances", arc->count);
    json_open(j, "sealers", '[');
    for (size_t i = 0; i < arc->count; i++)
        if (arc->sets[i].domain.len)
            json_string(j, NULL, arc->sets[i].domain);
    json_close(j, ']');
    put_reason(j, &arc->reason);
    json_close(j, '}');
}

static void put_dmarc(struct json *j, const struct dmx_verdict *verdict)
{
    const struct dmx_dmarc_result *dmarc = &verdict->dmarc;
    bool found = verdict->has_policy && verdict->author.status == DMX_AUTHOR_OK;
    json_open(j, "dmarc", '{');
    json_cstring(j, "result", dmx_result_word(dmarc->result));
    json_string(j, "policy_domain", found ? verdict->discovery.policy_domain : DMX_SLICE_NONE);
    json_string(j, "org_domain", or_null(dmarc->org_domain));
    json_string(j, "record", found ? verdict->discovery.record.text : DMX_SLICE_NONE);
    if (found)
        json_cstring(j, "policy", dmx_policy_word(verdict->policy));
    else
        json_null(j, "policy");
    json_open(j, "aligned", '{');
    json_bool(j, "spf", dmarc->spf_aligned);
    json_bool(j, "dkim", dmarc->dkim_aligned);
    json_close(j, '}');
    put_reason(j, &dmarc->reason);
    json_close(j, '}');
}

static void put_evidence(struct json *j, const struct dmx_verdict *verdict)
{
    bool exempt = verdict->exempt != DMX_EXEMPT_NO;
    if (exempt)
        json_null(j, "spf");
    else
        put_spf(j, &verdict->spf);
    json_open(j, "dkim", '[');
    for (size_t i = 0; !exempt && i < verdict->dkim_count; i++)
        put_dkim(j, &verdict->dkim[i]);
    json_close(j, ']');
    if (exempt) {
        json_null(j, "arc");
        json_null(j, "dmarc");
        return;
    }
    put_arc(j, &verdict->arc);
    put_dmarc(j, verdict);
}

static void put_shadow(struct json *j, const struct dmx_shadow *shadow)
{
    if (!shadow->judged) {
        json_null(j, "shadow");
        return;
    }
    json_open(j, "shadow", '{');
    json_cstring(j, "rules", dmx_rules_word(shadow->rules));
    json_cstring(j, "result", dmx_result_word(shadow->dmarc.result));
    if (shadow->has_policy)
        json_cstring(j, "policy", dmx_policy_word(shadow->policy));
    else
        json_null(j, "policy");
    json_string(j, "policy_domain", or_null(shadow->policy_domain));
    json_string(j, "org_domain", or_null(shadow->dmarc.org_domain));
    json_cstring(j, "disposition", dmx_disposition_word(shadow->disposition));
    json_close(j, '}');
}

void print_json(FILE *to, const struct dmx_verdict *verdict)
{
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    put_author(&j, &verdict->author);
    put_evidence(&j, verdict);
    json_cstring(&j, "disposition", dmx_disposition_word(verdict->disposition));
    if (verdict->exempt != DMX_EXEMPT_NO)
        json_cstring(&j, "exempt", dmx_exempt_word(verdict->exempt));
    else
        json_null(&j, "exempt");
    if (verdict->override.type) {
        json_open(&j, "override", '{');
        json_cstring(&j, "type", verdict->override.type);
        json_string(&j, "comment", verdict->override.comment);
        json_close(&j, '}');
    } else {
        json_null(&j, "override");
    }
    put_shadow(&j, &verdict->shadow);
    json_close(&j, '}');
    fputc('\n', to);
}

void print_json_spf(FILE *to, const struct dmx_spf_result *spf)
{
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    put_spf(&j, spf);
    json_close(&j, '}');
    fputc('\n', to);
}
