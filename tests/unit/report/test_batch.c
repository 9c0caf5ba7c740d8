/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Events counted: which become rows, which only numbers. */
#include <string.h>

#include "dmx/report/batch.h"
#include "suite.h"

enum { DAY_S = 86400, TODAY = 20000, NOW_S = TODAY * DAY_S + 600 };

static const uint8_t key[16] = {0};
static const struct dmx_batch_time at = {NOW_S, 35 * (int64_t)DAY_S};
static struct dmx_batch *batch;

static void setup(void)
{
    ck_assert_int_eq(dmx_batch_new(key, &batch), DMX_OK);
}

static void teardown(void)
{
    dmx_batch_free(&batch);
}

static struct dmx_event sample(void)
{
    return (struct dmx_event){
        .time_s = NOW_S,
        .client = dmx_ip_v4((const uint8_t[]){192, 0, 2, 1}),
        .rules = DMX_SLICE("rfc7489"),
        .author = DMX_SLICE("a.example"),
        .policy_domain = DMX_SLICE("a.example"),
        .org_domain = DMX_SLICE("a.example"),
        .record = DMX_SLICE("v=DMARC1; p=none; rua=mailto:d@a.example"),
        .disposition = DMX_SLICE("none"),
    };
}

static void add(const struct dmx_event *event)
{
    ck_assert_int_eq(dmx_batch_add(batch, event, &at), DMX_OK);
}

static uint64_t counted(int32_t day, const char *what)
{
    for (size_t i = 0; i < batch->count_count; i++)
        if (batch->counts[i].day == day && dmx_slice_eq(batch->counts[i].what, dmx_slice_cstr(what)))
            return batch->counts[i].count;
    return 0;
}

static void exempt(struct dmx_event *e)
{
    e->exempt = DMX_SLICE("trusted-ip");
}
static void no_policy(struct dmx_event *e)
{
    e->policy_domain = DMX_SLICE_NONE;
}
static void no_record(struct dmx_event *e)
{
    e->record = DMX_SLICE_NONE;
}
static void no_rua(struct dmx_event *e)
{
    e->record = DMX_SLICE("v=DMARC1; p=reject");
}
static void bad_rua(struct dmx_event *e)
{
    e->record = DMX_SLICE("v=DMARC1; p=reject; rua=dmarc@a.example");
}
static void no_client(struct dmx_event *e)
{
    e->client = (struct dmx_ip){DMX_IP_NONE, {0}};
}
static void no_report(struct dmx_event *e)
{
    e->flags = DMX_EVENT_NO_REPORT;
}
static void relay(struct dmx_event *e)
{
    e->flags = DMX_EVENT_INBOUND_RELAY;
}
static void as_it_is(struct dmx_event *e)
{
    (void)e;
}
static void oldest(struct dmx_event *e)
{
    e->time_s = (TODAY - 35) * (int64_t)DAY_S;
}
static void too_old(struct dmx_event *e)
{
    e->time_s = (TODAY - 35) * (int64_t)DAY_S - 1;
}
static void before_1970(struct dmx_event *e)
{
    e->time_s = INT64_MIN;
}
static void midnight(struct dmx_event *e)
{
    e->time_s = (TODAY + 1) * (int64_t)DAY_S;
}
static void future(struct dmx_event *e)
{
    e->time_s = (TODAY + 2) * (int64_t)DAY_S;
}
static void far_future(struct dmx_event *e)
{
    e->time_s = INT64_MAX;
}

static const struct {
    const char *label;
    void (*change)(struct dmx_event *event);
    const char *what; /* counted as this, on that day */
    int32_t day;
    size_t rows;
} kinds[] = {
    {"an ordinary one", as_it_is, "reportable", TODAY, 1},
    {"an exempt one", exempt, "exempt:trusted-ip", TODAY, 0},
    {"H2 without policy", no_policy, "no policy", TODAY, 0},
    {"H2 without record", no_record, "no policy", TODAY, 0},
    {"H2 without rua", no_rua, "no rua", TODAY, 0},
    {"H2 with a rua that is no URI", bad_rua, "no rua", TODAY, 0},
    {"without source", no_client, "no source", TODAY, 0},
    {"not to be reported", no_report, "not to be reported", TODAY, 0},
    {"by a relay", relay, "not to be reported", TODAY, 0},
    {"as old as may be", oldest, "reportable", TODAY - 35, 1},
    {"a second older", too_old, "too old", TODAY, 0},
    {"a clock that was never set", before_1970, "too old", TODAY, 0},
    {"midnight passed meanwhile", midnight, "reportable", TODAY + 1, 1},
    {"the clock was set back", future, "reportable", TODAY, 1},
    {"the clock was far ahead", far_future, "reportable", TODAY, 1},
};

START_TEST(batch_kinds)
{
    struct dmx_event event = sample();
    kinds[_i].change(&event);
    add(&event);
    ck_assert_msg(counted(kinds[_i].day, kinds[_i].what) == 1, "%s", kinds[_i].label);
    ck_assert_msg(batch->row_count == kinds[_i].rows, "%s: %zu rows", kinds[_i].label, batch->row_count);
}
END_TEST

static void other_source(struct dmx_event *e)
{
    e->client.bytes[3]++;
}
static void other_family(struct dmx_event *e)
{
    const uint8_t bytes[16] = {192, 0, 2, 1};
    e->client = dmx_ip_v6(bytes);
}
static void other_author(struct dmx_event *e)
{
    e->author = DMX_SLICE("sub.a.example");
}
static void other_policy(struct dmx_event *e)
{
    e->policy_domain = DMX_SLICE("sub.a.example");
}
static void other_day(struct dmx_event *e)
{
    e->time_s -= DAY_S;
}
static void other_time(struct dmx_event *e)
{
    e->time_s -= 300;
}
static void other_record(struct dmx_event *e)
{
    e->record = DMX_SLICE("v=DMARC1; p=reject; rua=mailto:d@a.example");
}
static void other_rules(struct dmx_event *e)
{
    e->rules = DMX_SLICE("rfc9989");
}
static void other_org(struct dmx_event *e)
{
    e->org_domain = DMX_SLICE("example");
}
static void other_result(struct dmx_event *e)
{
    e->flags |= DMX_EVENT_SPF_ALIGNED;
}
static void other_signature(struct dmx_event *e)
{
    static const struct dmx_event_dkim dkim = {.result = DMX_SLICE_INIT("pass")};
    e->dkim = &dkim;
    e->dkim_count = 1;
}
static void other_draw(struct dmx_event *e)
{
    static const struct dmx_slice recipient = DMX_SLICE_INIT("r.example");
    e->draw = 7;
    e->recipients = &recipient;
    e->recipient_count = 1;
}

/* A second message that differs: how many rows and policies there are then. */
static const struct {
    const char *label;
    void (*change)(struct dmx_event *event);
    size_t rows, policies;
} seconds[] = {
    {"H9 the same once more", as_it_is, 1, 1},
    {"H9 at another time of the day", other_time, 1, 1},
    {"what is not reported", other_draw, 1, 1},
    {"another source", other_source, 2, 1},
    {"another family of the same bytes", other_family, 2, 1},
    {"H6 another author domain", other_author, 2, 1},
    {"H4 another policy domain", other_policy, 2, 2},
    {"H8 another day", other_day, 2, 1},
    {"H5 another record", other_record, 2, 2},
    {"the other rules", other_rules, 2, 2},
    {"another suffix list", other_org, 1, 1},
    {"another result", other_result, 2, 1},
    {"another signature", other_signature, 2, 1},
};

START_TEST(batch_counts_equal_ones)
{
    struct dmx_event event = sample();
    add(&event);
    seconds[_i].change(&event);
    add(&event);
    ck_assert_msg(batch->row_count == seconds[_i].rows, "%s: %zu rows", seconds[_i].label, batch->row_count);
    ck_assert_msg(batch->policy_count == seconds[_i].policies, "%s", seconds[_i].label);
    uint64_t messages = 0;
    for (size_t i = 0; i < batch->row_count; i++)
        messages += batch->rows[i].count;
    ck_assert_uint_eq(messages, 2);
}
END_TEST

/* Tables grow, and everything is found again. */
START_TEST(batch_many)
{
    enum { MANY = 5000 };
    char name[40];
    struct dmx_event event = sample();
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < MANY; i++) {
            snprintf(name, sizeof name, "d%d.example", i);
            event.author = event.policy_domain = dmx_slice_cstr(name);
            event.client.bytes[2] = (uint8_t)(i >> 8);
            event.client.bytes[3] = (uint8_t)i;
            add(&event);
        }
    ck_assert_uint_eq(batch->row_count, MANY);
    ck_assert_uint_eq(batch->policy_count, MANY);
    ck_assert_uint_eq(batch->evidence_count, MANY);
    for (int i = 0; i < MANY; i++)
        ck_assert_uint_eq(batch->rows[i].count, 2);
    ck_assert_uint_eq(counted(TODAY, "messages"), 2 * MANY);
}
END_TEST

/* However hostile the mail is, a batch ends before its memory does. */
START_TEST(batch_fills)
{
    static char long_name[DMX_EVENT_TEXT], name[300];
    static struct dmx_event_dkim dkim[DMX_EVENT_DKIM];
    struct dmx_event event = sample();
    size_t events = 0;
    memset(long_name, 'x', sizeof long_name);
    for (int i = 0; i < DMX_EVENT_DKIM; i++)
        dkim[i] = (struct dmx_event_dkim){DMX_SLICE("fail"), dmx_slice(long_name, 253), dmx_slice(long_name, 253),
                                          dmx_slice(long_name, 63), false};
    event.dkim = dkim;
    event.dkim_count = DMX_EVENT_DKIM;
    event.override_comment = dmx_slice(long_name, sizeof long_name);
    for (; !dmx_batch_is_full(batch); events++) {
        snprintf(name, sizeof name, "%zu.example", events);
        event.author = event.policy_domain = event.spf_domain = dmx_slice_cstr(name);
        add(&event);
    }
    ck_assert_uint_gt(events, 100);
    add(&event);
}
END_TEST

static const struct {
    int64_t time_s;
    int32_t day;
} days[] = {
    {0, 0},
    {86399, 0},
    {86400, 1},
    {-1, -1},
    {-86400, -1},
    {-86401, -2},
    {NOW_S, TODAY},
    {INT64_MAX, INT32_MAX},
    {INT64_MIN, INT32_MIN},
};

START_TEST(batch_day)
{
    ck_assert_int_eq(dmx_day_of(days[_i].time_s), days[_i].day);
}
END_TEST

DMX_SUITE(batch)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(batch_kinds, kinds);
    DMX_TABLE(batch_counts_equal_ones, seconds);
    DMX_TEST(batch_many);
    DMX_TEST(batch_fills);
    DMX_TABLE(batch_day, days);
}
