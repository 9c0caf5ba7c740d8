/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the SMTP client reads: 550 or 451 with an enhanced code, wrapped and escaped (RFC 5321 section 4.2, RFC 3463). */
#include "dmx/pipeline/effects.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum {
    MAX_REPLY = 1500, /* bytes of text in all */
    MAX_LINE = 400,   /* RFC 5321 section 4.5.3.1.5 allows 512 with codes and CRLF */
    MAX_VALUE = 253,
};

static const char default_text[] =
    "DMARC: mail from %{domain} was not authenticated, and its DMARC policy is %{policy} (%{reason})";
static const char bad_from_text[] = "DMARC: the From field of this message cannot be validated (%{reason})";
static const char defer_text[] = "DMARC: the policy of %{domain} cannot be looked up at present (%{reason})";

static void put_value(struct dmx_builder *b, struct dmx_slice name, const struct dmx_verdict *verdict,
                      const struct dmx_envelope *envelope)
{
    if (dmx_slice_eq(name, DMX_SLICE("domain")))
        dmx_put_escaped(b, verdict->author.domain, MAX_VALUE);
    else if (dmx_slice_eq(name, DMX_SLICE("ip")))
        dmx_put_ip(b, &envelope->client);
    else if (dmx_slice_eq(name, DMX_SLICE("policy")))
        dmx_put_cstr(b, verdict->has_policy ? dmx_policy_word(verdict->policy) : "none");
    else if (dmx_slice_eq(name, DMX_SLICE("reason")))
        dmx_put_cstr(b, verdict->reason.text ? verdict->reason.text : "no reason given");
}

/* %{name} and %% in the site's words; the configuration reader has refused everything else. */
static void put_expanded(struct dmx_builder *b, struct dmx_slice text, const struct dmx_verdict *verdict,
                         const struct dmx_envelope *envelope)
{
    while (text.len) {
        if (dmx_slice_starts(text, DMX_SLICE("%{"))) {
            size_t close = dmx_slice_find(text, '}');
            put_value(b, dmx_slice_from(dmx_slice_upto(text, close), 2), verdict, envelope);
            text = dmx_slice_from(text, close + 1);
        } else {
            dmx_put_escaped(b, dmx_slice_upto(text, 1), 1);
            text = dmx_slice_from(text, dmx_slice_starts(text, DMX_SLICE("%%")) ? 2 : 1);
        }
    }
}

/* One line: up to MAX_LINE bytes, broken at the last blank where there is one. */
static struct dmx_slice take_line(struct dmx_slice *rest)
{
    struct dmx_slice line = dmx_slice_upto(*rest, MAX_LINE);
    if (line.len < rest->len) {
        size_t blank = dmx_slice_rfind(line, ' ');
        if (blank > 0 && blank < line.len)
            line.len = blank;
    }
    *rest = dmx_slice_from(*rest, line.len);
    *rest = dmx_slice_trim(*rest);
    return line;
}

static struct dmx_slice words_for(const struct dmx_config *config, const struct dmx_verdict *verdict)
{
    if (verdict->disposition == DMX_DISPOSITION_DEFER)
        return dmx_slice_cstr(defer_text);
    if (verdict->author.status != DMX_AUTHOR_OK)
        return dmx_slice_cstr(bad_from_text);
    return config->reject_text.len ? config->reject_text : dmx_slice_cstr(default_text);
}

void dmx_put_reply(struct dmx_builder *out, const struct dmx_config *config, const struct dmx_verdict *verdict,
                   const struct dmx_envelope *envelope)
{
    char text[MAX_REPLY * 2];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    put_expanded(&b, words_for(config, verdict), verdict, envelope);
    struct dmx_slice rest = dmx_slice_upto(dmx_builder_text(&b), MAX_REPLY);
    if (rest.len == 0)
        rest = DMX_SLICE("refused by DMARC policy");
    const char *code = verdict->disposition == DMX_DISPOSITION_DEFER ? "4.7.1 " : "5.7.1 ";
    for (bool first = true; rest.len; first = false) {
        if (!first)
            dmx_put_char(out, '\n');
        dmx_put_cstr(out, code);
        dmx_put(out, take_line(&rest));
    }
}
