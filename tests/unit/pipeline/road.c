/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "road.h"

#include "suite.h"

static void split_recipients(const char *text, struct dmx_arena *arena, struct dmx_envelope *envelope)
{
    struct dmx_slice rest = dmx_slice_cstr(text), part;
    struct dmx_slice *list = dmx_arena_array(arena, 16, sizeof *list);
    ck_assert_ptr_nonnull(list);
    while (text && dmx_slice_split(&rest, ' ', &part))
        list[envelope->recipient_count++] = part;
    envelope->recipients = list;
}

static void set_options(const char *text, struct dmx_config *config)
{
    struct dmx_slice rest = dmx_slice_cstr(text), part;
    struct dmx_config_error error;
    while (text && dmx_slice_split(&rest, ';', &part))
        ck_assert_msg(part.len == 0 || dmx_config_set(config, part, &error) == DMX_OK, "%s", error.text);
}

/* "intact:" is a signature whose body alone was changed. */
static void assume_dkim(const char *text, struct dmx_arena *arena, struct dmx_assumption *assumption)
{
    struct dmx_slice rest = dmx_slice_cstr(text), part;
    struct dmx_dkim_result *list = dmx_arena_array(arena, 16, sizeof *list);
    ck_assert_ptr_nonnull(list);
    while (text && dmx_slice_split(&rest, ' ', &part)) {
        size_t colon = dmx_slice_find(part, ':');
        struct dmx_dkim_result *one = &list[assumption->dkim_count++];
        one->header_intact = dmx_slice_eq(dmx_slice_upto(part, colon), DMX_SLICE("intact"));
        one->result = DMX_FAIL;
        ck_assert(one->header_intact || dmx_result_parse(dmx_slice_upto(part, colon), &one->result));
        one->domain = dmx_slice_from(part, colon + 1);
        one->dns_failed = one->result == DMX_TEMPERROR;
    }
    assumption->has_dkim = text != NULL;
    assumption->dkim = list;
}

void road_play(const struct road_input *in, struct road_output *out)
{
    static const char *const paths[] = {"/usr/share/publicsuffix/public_suffix_list.dafsa"};
    struct dmx_zone *zone = NULL;
    struct dmx_reason reason;
    size_t line = 0;
    *out = (struct road_output){.arena = dmx_arena_new(64 * 1024 * 1024)};
    ck_assert_ptr_nonnull(out->arena);
    ck_assert_int_eq(dmx_config_new(&out->config), DMX_OK);
    set_options(in->options, out->config);
    ck_assert_int_eq(dmx_psl_load(paths, 1, &out->psl, &reason), DMX_OK);
    ck_assert_msg(dmx_zone_parse(dmx_slice_cstr(in->zone), out->arena, &zone, &line, &reason, NULL) == DMX_OK,
                  "zone line %zu: %s", line, reason.text);
    struct dmx_slice text = dmx_slice_cstr(in->message);
    if (in->message_len)
        text = dmx_slice(in->message, in->message_len);
    ck_assert_int_eq(dmx_message_parse(text, out->arena, &out->message), DMX_OK);
    out->envelope = (struct dmx_envelope){
        .helo = DMX_SLICE("mx.sender.example"),
        .mail_from = dmx_slice_cstr(in->mail_from),
        .has_mail_from = in->mail_from != NULL,
        .authenticated = in->authenticated,
        .trusted_host = in->trusted_host,
        .acl = dmx_slice_cstr(in->acl),
        .acl_signal = dmx_slice_cstr(in->acl_signal),
        .receiver = DMX_SLICE("mx.receiver.example"),
        .now_s = in->now_s ? in->now_s : 1700000000,
        .draw = in->draw,
    };
    if (in->ip)
        ck_assert(dmx_ip_parse(dmx_slice_cstr(in->ip), &out->envelope.client));
    split_recipients(in->recipients, out->arena, &out->envelope);
    const struct dmx_engine engine = {out->config, out->psl, dmx_zone_source(zone)};
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    struct dmx_assumption assumption = {0};
    assume_dkim(in->dkim, out->arena, &assumption);
    if (!dmx_pipeline_exempt(out->config, &out->envelope, &out->verdict))
        out->status =
            dmx_pipeline_judge(&engine, &out->envelope, &out->message, &assumption, &budget, out->arena, &out->verdict);
}

void road_end(struct road_output *out)
{
    dmx_psl_free(&out->psl);
    dmx_config_free(&out->config);
    dmx_arena_free(&out->arena);
}

static void no_answer(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget)
{
    (void)ctx, (void)book, (void)budget;
}

struct dmx_dns_source road_silent_source(void)
{
    return (struct dmx_dns_source){.resolve = no_answer};
}
