/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A real database, of each kind: reports, documents, deliveries, suppressions, what goes. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

static struct dmx_store *store;
static struct dmx_arena *arena;

static void setup(void)
{
    world_setup();
    arena = dmx_arena_new(64 * 1024 * 1024);
}

static void teardown(void)
{
    dmx_store_free(&store);
    dmx_arena_free(&arena);
    world_teardown();
}

/* ---- reports ---- */

static void ingest(int32_t day, const char *domain, uint32_t source, int times)
{
    struct dmx_event event = world_event(day, domain, source);
    for (int i = 0; i < times; i++)
        world_append(&event);
    world_run(store);
}

/* What comes after a report was closed makes a report of its own; so does each day, domain and record. */
START_TEST(store_reports)
{
    struct dmx_store_report *list;
    uint64_t closed;
    store = world_store();
    ingest(TODAY - 1, "a.example", 1, 3);
    ingest(TODAY - 1, "a.example", 2, 1);
    ingest(TODAY - 1, "a.example", 1, 2);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_OPEN, &list), 1);
    ck_assert_uint_eq(list[0].rows, 2);
    ck_assert_uint_eq(list[0].messages, 6);
    ck_slice_eq("domain", list[0].policy.domain, "a.example");
    ck_slice_eq("record", list[0].policy.record, "v=DMARC1; p=reject; rua=mailto:d@a.example");
    ck_assert_int_eq(list[0].day, TODAY - 1);
    ck_store_ok(store, store->verbs->close(store, 0, TODAY - 2, NOW_S, &closed));
    ck_assert_uint_eq(closed, 0);
    ck_store_ok(store, store->verbs->close(store, 0, TODAY - 1, NOW_S, &closed));
    ck_assert_uint_eq(closed, 1);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_CLOSED, &list), 1);
    struct dmx_slice token = list[0].token;
    ck_store_ok(store, store->verbs->close(store, 0, TODAY - 1, NOW_S + 1, &closed));
    ck_assert_uint_eq(closed, 0);
    ingest(TODAY - 1, "a.example", 1, 1);
    ingest(TODAY, "a.example", 1, 1);
    ingest(TODAY - 1, "b.example", 1, 1);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_OPEN, &list), 3);
    ck_assert_int_eq(list[0].part, 1);
    ck_assert_uint_eq(list[0].messages, 1);
    ck_assert_int_eq(list[1].day, TODAY);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_CLOSED, &list), 1);
    ck_assert_uint_eq(token.len, 16);
    ck_assert(dmx_slice_eq(list[0].token, token));
    ck_assert_int_eq(list[0].closed_s, NOW_S);
    ck_assert_uint_eq(list[0].messages, 6);
    ck_store_ok(store, store->verbs->done(store, list[0].id));
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_DONE, &list), 1);
    ck_assert_uint_eq(world_messages(store, NULL), 9);
}
END_TEST

/* Nothing of a group is there before its end, and nothing at all when it is undone. */
START_TEST(store_groups)
{
    const struct dmx_store_document document = {1, DMX_DIALECT_RFC9990, DMX_SLICE("n"), DMX_SLICE("b")};
    struct dmx_store_document got;
    struct dmx_store_report *list;
    uint64_t closed;
    store = world_store();
    ingest(TODAY - 1, "a.example", 1, 1);
    ck_store_ok(store, store->verbs->group_begin(store));
    ck_store_ok(store, store->verbs->close(store, 0, TODAY, NOW_S, &closed));
    store->verbs->rollback(store);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_OPEN, &list), 1);
    ck_store_ok(store, store->verbs->group_begin(store));
    ck_store_ok(store, store->verbs->close(store, 0, TODAY, NOW_S, &closed));
    ck_store_ok(store, store->verbs->document_put(store, &document));
    struct dmx_store *other = world_store();
    ck_assert_uint_eq(world_reports(other, DMX_REPORT_OPEN, &list), 1);
    ck_store_ok(store, store->verbs->group_end(store));
    ck_assert_uint_eq(world_reports(other, DMX_REPORT_OPEN, &list), 0);
    ck_store_ok(other, other->verbs->document_get(other, 1, DMX_DIALECT_RFC9990, arena, &got));
    dmx_store_free(&other);
}
END_TEST

/* What comes for a day that is reported, and when the days behind it are, or are not. */
static const struct {
    const char *label;
    int32_t closed_to; /* all up to this day, from TODAY - 3 on, which have a report each */
    bool fold;
    int32_t want_day, want_part;
} lates[] = {
    {"a further report", TODAY - 3, false, TODAY - 3, 1},
    {"the next day's, which is open", TODAY - 3, true, TODAY - 2, 0},
    {"the first that is open", TODAY - 2, true, TODAY - 1, 0},
    {"today's, which is not there yet", TODAY - 1, true, TODAY, 0},
    {"not reported yet", TODAY - 4, true, TODAY - 3, 0},
    {"today's is reported too", TODAY, true, TODAY - 3, 1},
};

static void ingest_late(bool fold)
{
    struct dmx_intake_result result;
    struct dmx_intake intake = world_intake();
    struct dmx_event event = world_event(TODAY - 3, "a.example", 2);
    intake.fold = fold;
    world_append(&event);
    ck_assert_int_eq(dmx_intake_run(store, &intake, &result), DMX_OK);
}

START_TEST(store_late)
{
    struct dmx_store_report *list;
    uint64_t closed, rows;
    bool more = true;
    store = world_store();
    for (int32_t day = TODAY - 3; day < TODAY || (day == TODAY && lates[_i].closed_to == TODAY); day++)
        ingest(day, "a.example", 1, 1);
    ck_store_ok(store, store->verbs->close(store, 0, lates[_i].closed_to, NOW_S, &closed));
    ingest_late(lates[_i].fold);
    size_t count = world_reports(store, DMX_REPORT_OPEN, &list), found = 0;
    for (size_t i = 0; i < count; i++)
        if (list[i].day == lates[_i].want_day && list[i].part == lates[_i].want_part)
            found += list[i].rows == (lates[_i].closed_to < lates[_i].want_day && list[i].day < TODAY ? 2 : 1);
    ck_assert_msg(found == 1, "%s: in %zu reports of %zu", lates[_i].label, found, count);
    ck_store_ok(store, store->verbs->close(store, 0, TODAY, NOW_S, &closed));
    /* What is said of the day goes; not what the next one's report says. */
    while (more)
        ck_store_ok(store, store->verbs->purge(store, lates[_i].want_day, NOW_S, &more));
    world_messages(store, &rows);
    ck_assert_msg(rows > 0, "%s: its texts are gone", lates[_i].label);
}
END_TEST

static const struct {
    const char *label;
    struct dmx_store_filter filter;
    size_t want;
} filters[] = {
    {"all", {.from_day = 0, .to_day = INT32_MAX}, 4},
    {"a day", {.from_day = TODAY - 1, .to_day = TODAY - 1}, 2},
    {"up to a day", {.from_day = INT32_MIN, .to_day = TODAY - 1}, 3},
    {"a domain", {.to_day = INT32_MAX, .domain = DMX_SLICE_INIT("a.example")}, 3},
    {"no such domain", {.to_day = INT32_MAX, .domain = DMX_SLICE_INIT("c.example")}, 0},
    {"closed", {.to_day = INT32_MAX, .state = DMX_REPORT_CLOSED}, 0},
    {"behind the second", {.to_day = INT32_MAX, .after_id = 2}, 2},
    {"the first two", {.to_day = INT32_MAX, .most = 2}, 2},
};

START_TEST(store_filters)
{
    struct dmx_store_report *list;
    size_t count;
    store = world_store();
    ingest(TODAY - 2, "a.example", 1, 1);
    ingest(TODAY - 1, "a.example", 1, 1);
    ingest(TODAY - 1, "b.example", 1, 1);
    ingest(TODAY, "a.example", 1, 1);
    ck_store_ok(store, store->verbs->reports(store, &filters[_i].filter, arena, &list, &count));
    ck_assert_msg(count == filters[_i].want, "%s: %zu", filters[_i].label, count);
}
END_TEST

struct seen {
    char text[1000];
    int stop_after;
};

static enum dmx_status see_row(void *ctx, const struct dmx_aggregate_row *row)
{
    struct seen *seen = ctx;
    struct dmx_builder b = dmx_builder_fixed(seen->text, sizeof seen->text);
    b.len = strlen(seen->text);
    dmx_put_ip(&b, &row->source);
    dmx_put_char(&b, ' ');
    dmx_put_u64(&b, row->count);
    dmx_put_char(&b, ' ');
    dmx_put(&b, row->header_from);
    dmx_put_char(&b, '\n');
    dmx_builder_text(&b);
    return --seen->stop_after == 0 ? DMX_LIMIT : DMX_OK;
}

/* In the order of sources, both families; the reader may end it. */
START_TEST(store_rows)
{
    struct seen seen = {{0}, 0}, first = {{0}, 1};
    struct dmx_event event = world_event(TODAY, "a.example", 0x010203);
    struct dmx_store_report *list;
    store = world_store();
    ck_assert(dmx_ip_parse(DMX_SLICE("2001:db8::1"), &event.client));
    world_append(&event);
    ingest(TODAY, "a.example", 9, 2);
    event.author = DMX_SLICE("s.a.example"); /* and of another source: two of one are in no order */
    ck_assert(dmx_ip_parse(DMX_SLICE("2001:db8::2"), &event.client));
    world_append(&event);
    ingest(TODAY, "a.example", 8, 1);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_OPEN, &list), 1);
    ck_store_ok(store, store->verbs->rows(store, list[0].id, see_row, &seen));
    ck_assert_str_eq(seen.text, "10.0.0.8 1 a.example\n10.0.0.9 2 a.example\n2001:db8::1 1 a.example\n"
                                "2001:db8::2 1 s.a.example\n");
    ck_assert_int_eq(store->verbs->rows(store, list[0].id, see_row, &first), DMX_LIMIT);
    ck_assert_str_eq(first.text, "10.0.0.8 1 a.example\n");
}
END_TEST

START_TEST(store_notes)
{
    static const struct dmx_slice some[] = {DMX_SLICE_INIT("pct-seen"), DMX_SLICE_INIT("ri-seen")};
    static const struct dmx_slice others[] = {DMX_SLICE_INIT("ri-seen"), DMX_SLICE_INIT("two-records")};
    struct dmx_event event = world_event(TODAY, "a.example", 1);
    struct dmx_store_report *list;
    struct dmx_slice notes[4];
    size_t count;
    store = world_store();
    world_append(&event);
    event.notes = some;
    event.note_count = 2;
    world_append(&event);
    event.notes = others;
    world_append(&event);
    world_run(store);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_OPEN, &list), 1);
    ck_store_ok(store, store->verbs->notes(store, list[0].id, arena, notes, 4, &count));
    ck_assert_uint_eq(count, 3);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert(!dmx_slice_eq(notes[i], notes[j]));
    ck_store_ok(store, store->verbs->notes(store, list[0].id, arena, notes, 2, &count));
    ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(store_documents)
{
    const struct dmx_store_document first = {5, DMX_DIALECT_RFC9990, DMX_SLICE("name.xml.gz"), DMX_SLICE("a\0b\377")};
    const struct dmx_store_document second = {5, DMX_DIALECT_RFC9990, DMX_SLICE("other"), DMX_SLICE("other")};
    struct dmx_store_document got;
    store = world_store();
    ck_assert_int_eq(store->verbs->document_get(store, 5, DMX_DIALECT_RFC9990, arena, &got), DMX_INVALID);
    ck_store_ok(store, store->verbs->document_put(store, &first));
    ck_store_ok(store, store->verbs->document_put(store, &second));
    ck_store_ok(store, store->verbs->document_get(store, 5, DMX_DIALECT_RFC9990, arena, &got));
    ck_slice_eq("the first stays", got.name, "name.xml.gz");
    ck_assert(dmx_slice_eq(got.bytes, first.bytes));
    ck_assert_int_eq(store->verbs->document_get(store, 5, DMX_DIALECT_RFC7489, arena, &got), DMX_INVALID);
}
END_TEST

START_TEST(store_deliveries)
{
    struct dmx_store_delivery one = {.report = 5, .address = DMX_SLICE("d@a.example"), .next_s = NOW_S}, *list;
    struct dmx_slice message;
    size_t count;
    store = world_store();
    ck_store_ok(store, store->verbs->delivery_put(store, &one));
    ck_store_ok(store, store->verbs->delivery_put(store, &one));
    one.address = DMX_SLICE("e@a.example");
    one.next_s = NOW_S + 60;
    ck_store_ok(store, store->verbs->delivery_put(store, &one));
    ck_store_ok(store, store->verbs->deliveries(store, 0, NOW_S, 0, arena, &list, &count));
    ck_assert_uint_eq(count, 1);
    ck_slice_eq("address", list[0].address, "d@a.example");
    list[0].attempts = 1;
    list[0].next_s = NOW_S + 600;
    list[0].outcome = DMX_SLICE("exit status 75");
    list[0].message = DMX_SLICE("Subject: x\n\n");
    ck_store_ok(store, store->verbs->delivery_set(store, &list[0]));
    list[0].message = DMX_SLICE("Subject: another\n\n");
    ck_store_ok(store, store->verbs->delivery_set(store, &list[0]));
    ck_store_ok(store, store->verbs->message_get(store, list[0].id, arena, &message));
    ck_slice_eq("the first message stays", message, "Subject: x\n\n");
    ck_store_ok(store, store->verbs->deliveries(store, 0, NOW_S + 700, 1, arena, &list, &count));
    ck_assert_uint_eq(count, 1);
    ck_slice_eq("the longest due first", list[0].address, "e@a.example");
    list[0].state = DMX_DELIVERY_HANDED;
    ck_store_ok(store, store->verbs->delivery_set(store, &list[0]));
    ck_store_ok(store, store->verbs->message_get(store, list[0].id, arena, &message));
    ck_assert_uint_eq(message.len, 0);
    ck_store_ok(store, store->verbs->deliveries(store, 5, 0, 0, arena, &list, &count));
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(list[0].attempts, 1);
    ck_slice_eq("outcome", list[0].outcome, "exit status 75");
    ck_assert_int_eq(list[1].state, DMX_DELIVERY_HANDED);
}
END_TEST

START_TEST(store_suppressions)
{
    struct dmx_store_suppression one = {DMX_SLICE("d@a.example"), NOW_S, NOW_S + 60, 1, DMX_SLICE("bounced")}, *list;
    struct dmx_store_totals totals;
    size_t count;
    store = world_store();
    ck_store_ok(store, store->verbs->suppress(store, &one));
    one.times = 2;
    one.until_s = NOW_S + 120;
    ck_store_ok(store, store->verbs->suppress(store, &one));
    ck_store_ok(store, store->verbs->suppression_get(store, one.address, arena, &one));
    ck_assert_uint_eq(one.times, 2);
    ck_assert_int_eq(one.until_s, NOW_S + 120);
    ck_store_ok(store, store->verbs->suppressions(store, arena, &list, &count));
    ck_assert_uint_eq(count, 1);
    ck_slice_eq("reason", list[0].reason, "bounced");
    ck_store_ok(store, store->verbs->totals(store, NOW_S, &totals));
    ck_assert_uint_eq(totals.suppressed, 1);
    ck_store_ok(store, store->verbs->totals(store, NOW_S + 120, &totals));
    ck_assert_uint_eq(totals.suppressed, 0);
    one.until_s = 0;
    ck_store_ok(store, store->verbs->suppress(store, &one));
    ck_store_ok(store, store->verbs->suppression_get(store, DMX_SLICE("d@a.example"), arena, &one));
    ck_assert_uint_eq(one.times, 0);
}
END_TEST

/* ---- what goes ---- */

static uint64_t pages(void)
{
    struct dmx_store_totals totals;
    ck_store_ok(store, store->verbs->totals(store, NOW_S, &totals));
    return totals.bytes;
}

START_TEST(store_purges)
{
    enum { MANY = 3000 };
    struct dmx_store_totals totals;
    struct dmx_store_report *list;
    char name[40];
    bool more = true;
    int calls = 0;
    store = world_store();
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "d%u.example", i);
        struct dmx_event event = world_event(TODAY - 30, name, i);
        world_append(&event);
    }
    world_run(store);
    ingest(TODAY - 20, "a.example", 1, 1);
    ingest(TODAY - 30, "a.example", 1, 1);
    uint64_t before = pages();
    for (; more; calls++)
        ck_store_ok(store, store->verbs->purge(store, TODAY - 20, NOW_S, &more));
    ck_assert_int_gt(calls, 3);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_OPEN, &list), 1);
    ck_assert_uint_eq(world_messages(store, NULL), 1);
    ck_store_ok(store, store->verbs->totals(store, NOW_S, &totals));
    ck_assert_uint_eq(totals.policies, 1);
    ck_assert_uint_eq(totals.evidences, 1);
    ck_assert_uint_eq(totals.files, 3);
    ck_assert(store->shared || totals.bytes < before / 4); /* PostgreSQL's autovacuum does it, in its time */
    ingest(TODAY, "a.example", 1, 1);
    ck_assert_uint_eq(world_messages(store, NULL), 2);
}
END_TEST

START_TEST(store_status)
{
    struct dmx_store_totals totals;
    struct dmx_store_day *days;
    struct dmx_batch_count *counts;
    size_t count;
    struct dmx_event event = world_event(TODAY, "a.example", 1);
    store = world_store();
    event.exempt = DMX_SLICE("authenticated");
    world_append(&event);
    ingest(TODAY, "a.example", 1, 2);
    ingest(TODAY, "b.example", 1, 2);
    ingest(TODAY - 1, "b.example", 1, 2);
    ck_store_ok(store, store->verbs->days(store, arena, &days, &count));
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(days[0].day, TODAY);
    ck_assert_uint_eq(days[0].domains, 2);
    ck_assert_uint_eq(days[0].messages, 4);
    ck_assert_uint_eq(days[0].open, 2);
    ck_store_ok(store, store->verbs->counts(store, arena, &counts, &count));
    ck_assert_uint_eq(count, 5);
    ck_slice_eq("exempt ones are counted", counts[0].what, "exempt:authenticated");
    ck_store_ok(store, store->verbs->totals(store, NOW_S, &totals));
    ck_assert_uint_eq(totals.records, 7);
    ck_assert_uint_eq(totals.files, 3);
    ck_assert_uint_eq(totals.rows, 3);
    ck_assert_int_eq(totals.last_s, NOW_S);
}
END_TEST

DMX_STORE_SUITE(store)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TEST(store_reports);
    DMX_TABLE(store_late, lates);
    DMX_TEST(store_groups);
    DMX_TABLE(store_filters, filters);
    DMX_TEST(store_rows);
    DMX_TEST(store_notes);
    DMX_TEST(store_documents);
    DMX_TEST(store_deliveries);
    DMX_TEST(store_suppressions);
    DMX_TEST(store_purges);
    DMX_TEST(store_status);
}
