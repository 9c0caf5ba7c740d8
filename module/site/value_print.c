/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Values of options back to text. */
#include <string.h>

#include "dmx/base/number.h"
#include "dmx/site/location.h"
#include "list.h"
#include "rate.h"
#include "value.h"

#include "dmx/base/banned.h"

enum { MS_PER_S = 1000 };

static unsigned get_word(const struct dmx_config *config, const struct dmx_option *option)
{
    unsigned value;
    memcpy(&value, dmx_option_const_member(config, option), sizeof value);
    return value;
}

struct unit {
    uint64_t factor;
    const char *name;
};

/* In the largest unit that leaves no fraction; the last one of the table has the factor 1. */
static void put_with_unit(struct dmx_builder *out, uint64_t value, const struct unit *units)
{
    while (units->factor > 1 && (value % units->factor != 0 || value == 0))
        units++;
    dmx_put_u64(out, value / units->factor);
    if (value > 0)
        dmx_put_cstr(out, units->name);
}

void dmx_put_duration_ms(struct dmx_builder *out, uint64_t value_ms)
{
    static const struct unit units[] = {{24 * 60 * 60 * (uint64_t)MS_PER_S, "d"},
                                        {60 * 60 * MS_PER_S, "h"},
                                        {60 * MS_PER_S, "m"},
                                        {MS_PER_S, "s"},
                                        {1, "ms"}};
    put_with_unit(out, value_ms, units);
}

void dmx_put_size(struct dmx_builder *out, uint64_t value_bytes)
{
    static const struct unit units[] = {{1 << 30, "G"}, {1 << 20, "M"}, {1 << 10, "k"}, {1, ""}};
    put_with_unit(out, value_bytes, units);
}

static void print_word(const struct dmx_config *config, const struct dmx_option *option, struct dmx_builder *out)
{
    unsigned value = get_word(config, option);
    for (size_t i = 0; option->words[i].word; i++)
        if (option->words[i].value == value)
            dmx_put_cstr(out, option->words[i].word);
}

static void print_quarantine(const struct dmx_config *config, const struct dmx_option *option, struct dmx_builder *out)
{
    if (config->on_quarantine != DMX_QUARANTINE_REDIRECT) {
        print_word(config, option, out);
        return;
    }
    dmx_put_cstr(out, "redirect:");
    dmx_put(out, config->quarantine_address);
}

static void print_list(const struct dmx_config *config, const struct dmx_option *option, struct dmx_builder *out)
{
    const void *member = dmx_option_const_member(config, option);
    switch (option->kind) {
    case DMX_KIND_CIDR_LIST:
        dmx_list_print_cidrs(member, out);
        break;
    case DMX_KIND_RECIPIENTS:
        dmx_list_print_recipients(member, out);
        break;
    case DMX_KIND_DOMAINS:
        dmx_list_print_domains(member, out);
        break;
    case DMX_KIND_FORWARDERS:
        dmx_list_print_forwarders(member, out);
        break;
    case DMX_KIND_APPROVALS:
        dmx_list_print_approvals(member, out);
        break;
    case DMX_KIND_OVERRIDES:
        dmx_list_print_overrides(member, out);
        break;
    case DMX_KIND_DIALECTS:
        dmx_list_print_dialects(config, option, out);
        break;
    case DMX_KIND_RATE:
        dmx_rate_print(member, out);
        break;
    default:
        break;
    }
}

void dmx_value_print(const struct dmx_config *config, const struct dmx_option *option, struct dmx_builder *out)
{
    const void *member = dmx_option_const_member(config, option);
    switch (option->kind) {
    case DMX_KIND_WORD:
        print_word(config, option, out);
        break;
    case DMX_KIND_YES_NO:
        dmx_put_cstr(out, *(const bool *)member ? "yes" : "no");
        break;
    case DMX_KIND_DURATION:
        dmx_put_duration_ms(out, *(const uint64_t *)member);
        break;
    case DMX_KIND_SIZE:
        dmx_put_size(out, *(const uint64_t *)member);
        break;
    case DMX_KIND_NUMBER:
        dmx_put_u64(out, *(const uint64_t *)member);
        break;
    case DMX_KIND_AUTHSERV_ID:
        dmx_put(out, config->authserv_id.len > 0 ? config->authserv_id : DMX_SLICE(DMX_HOST_NAME_WORD));
        break;
    case DMX_KIND_QUARANTINE:
        print_quarantine(config, option, out);
        break;
    case DMX_KIND_NAMESERVERS:
    case DMX_KIND_HOST_LIST:
    case DMX_KIND_REJECT_TEXT:
    case DMX_KIND_FIELD_NAME:
    case DMX_KIND_PATH:
    case DMX_KIND_TEXT:
    case DMX_KIND_ADDRESS:
    case DMX_KIND_URL:
    case DMX_KIND_ENVELOPE:
        dmx_put(out, *(const struct dmx_slice *)member);
        break;
    case DMX_KIND_STORE:
        dmx_put_location(out, *(const struct dmx_slice *)member);
        break;
    case DMX_KIND_CIDR_LIST:
    case DMX_KIND_RECIPIENTS:
    case DMX_KIND_DOMAINS:
    case DMX_KIND_FORWARDERS:
    case DMX_KIND_APPROVALS:
    case DMX_KIND_OVERRIDES:
    case DMX_KIND_DIALECTS:
    case DMX_KIND_RATE:
        print_list(config, option, out);
        break;
    }
}
