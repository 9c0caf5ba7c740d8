/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What an option takes, in words: for messages, the sample file and the manual page. */
#include "schema.h"

#include "value.h"

#include "dmx/base/banned.h"

static void put_words(const struct dmx_option_word *words, struct dmx_builder *out)
{
    for (size_t i = 0; words[i].word; i++) {
        if (i > 0)
            dmx_put_cstr(out, ", ");
        dmx_put_cstr(out, words[i].word);
    }
}

static void put_range(const struct dmx_option *option, void (*put)(struct dmx_builder *, uint64_t),
                      struct dmx_builder *out)
{
    put(out, option->min);
    dmx_put_cstr(out, " to ");
    put(out, option->max);
}

const char *dmx_option_entry(const struct dmx_option *option)
{
    static const struct {
        enum dmx_option_kind kind;
        const char *entry;
    } rows[] = {
        {DMX_KIND_NAMESERVERS, "ADDR, ADDR:PORT or [IPV6]:PORT"},
        {DMX_KIND_CIDR_LIST, "addresses and blocks like 192.0.2.1 or 2001:db8::/32"},
        {DMX_KIND_RECIPIENTS, "LOCAL@DOMAIN, DOMAIN or LOCAL@*"},
        {DMX_KIND_DOMAINS, "DOMAIN or *.DOMAIN"},
        {DMX_KIND_FORWARDERS, "addresses, blocks, DOMAIN or *.DOMAIN"},
        {DMX_KIND_APPROVALS, "AUTHENTICATED for FROM, each DOMAIN or *.DOMAIN, FROM also *"},
        {DMX_KIND_OVERRIDES, "DOMAIN POLICY until YYYY-MM-DD REASON, POLICY none, quarantine or reject"},
        {DMX_KIND_RATE, "SCOPE COUNT/PERIOD (recipient, domain, all)"},
        {DMX_KIND_DIALECTS,
         "DIALECT (auto, rfc7489, rfc9990), or DESTINATION DIALECT with DESTINATION DOMAIN or *.DOMAIN"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].kind == option->kind)
            return rows[i].entry;
    return NULL;
}

/* Of kinds that always take the same. */
static const char *fixed_text(enum dmx_option_kind kind)
{
    static const struct {
        enum dmx_option_kind kind;
        const char *text;
    } rows[] = {
        {DMX_KIND_YES_NO, "yes, no"},
        {DMX_KIND_AUTHSERV_ID, "a host name, or " DMX_HOST_NAME_WORD},
        {DMX_KIND_HOST_LIST, "an Exim host list, separated by colons"},
        {DMX_KIND_REJECT_TEXT, "printable ASCII with %{domain}, %{ip}, %{policy}, %{reason} and %%"},
        {DMX_KIND_FIELD_NAME, "the name of a header field that nothing else uses, without colon, or nothing"},
        {DMX_KIND_STORE, "sqlite:PATH, postgresql:CONNINFO"},
        {DMX_KIND_PATH, "a path"},
        {DMX_KIND_ADDRESS, "LOCAL@DOMAIN in ASCII, or nothing"},
        {DMX_KIND_URL, "a URL that begins with https://, http:// or file://, of printable ASCII"},
        {DMX_KIND_ENVELOPE, "verp, null, or LOCAL@DOMAIN in ASCII"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].kind == kind)
            return rows[i].text;
    return "";
}

static void put_list(const struct dmx_option *option, const char *file, struct dmx_builder *out)
{
    dmx_put_cstr(out, "a list of ");
    dmx_put_cstr(out, dmx_option_entry(option));
    dmx_put_cstr(out, ", or ");
    dmx_put_cstr(out, file);
}

void dmx_option_put_accepted(const struct dmx_option *option, struct dmx_builder *out)
{
    switch (option->kind) {
    case DMX_KIND_WORD:
    case DMX_KIND_QUARANTINE:
        put_words(option->words, out);
        break;
    case DMX_KIND_DURATION:
        dmx_put_cstr(out, "a time like 1500ms, 10s, 2m or 3d, from ");
        put_range(option, dmx_put_duration_ms, out);
        break;
    case DMX_KIND_NUMBER:
        dmx_put_cstr(out, "a number from ");
        put_range(option, dmx_put_u64, out);
        break;
    case DMX_KIND_SIZE:
        dmx_put_cstr(out, "a size like 16M or 1G, from ");
        put_range(option, dmx_put_size, out);
        break;
    case DMX_KIND_NAMESERVERS:
    case DMX_KIND_CIDR_LIST:
    case DMX_KIND_DOMAINS:
    case DMX_KIND_FORWARDERS:
    case DMX_KIND_APPROVALS:
    case DMX_KIND_DIALECTS:
        put_list(option, "@FILE", out);
        break;
    case DMX_KIND_RECIPIENTS:
        put_list(option, "@/PATH/TO/FILE", out);
        break;
    case DMX_KIND_RATE:
        dmx_put_cstr(out, "a list of ");
        dmx_put_cstr(out, dmx_option_entry(option));
        dmx_put_cstr(out, ", COUNT from 0 to 10000, PERIOD from 1m to 30d, like 10/1d");
        break;
    case DMX_KIND_OVERRIDES:
        dmx_put_cstr(out, "@FILE with lines ");
        dmx_put_cstr(out, dmx_option_entry(option));
        break;
    case DMX_KIND_TEXT:
        dmx_put_cstr(out, "UTF-8 text of at most ");
        dmx_put_u64(out, option->max);
        dmx_put_cstr(out, " bytes");
        break;
    default:
        dmx_put_cstr(out, fixed_text(option->kind));
        break;
    }
}
