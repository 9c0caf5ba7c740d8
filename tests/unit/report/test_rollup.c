/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* From rows to bytes that never change: also when whoever makes them is killed at any instant. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "dmx/report/rollup.h"
#include "world.h"

static struct dmx_config *config;
static struct dmx_arena *arena;
static struct dmx_store *store;

static void setup(void)
{
    struct dmx_config_error error = {{0}};
    world_setup();
    arena = dmx_arena_new(512 * 1024 * 1024);
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("report_org=Receiver"), &error), DMX_OK);
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("report_email=r@Receiver.example"), &error), DMX_OK);
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("reserved_ips="), &error), DMX_OK);
}

static void teardown(void)
{
    dmx_store_free(&store);
    dmx_config_free(&config);
    dmx_arena_free(&arena);
    world_teardown();
}

static void append(int32_t day, const char *domain, uint32_t source)
{
    struct dmx_event event = world_event(day, domain, source);
    world_append(&event);
}

static const char *unpacked(struct dmx_slice bytes)
{
    static char text[256 * 1024];
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes.ptr, .avail_in = (uInt)bytes.len};
    z.next_out = (Bytef *)text;
    z.avail_out = sizeof text - 1;
    ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
    ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
    text[z.total_out] = '\0';
    inflateEnd(&z);
    return text;
}

static enum dmx_status document_of(const struct dmx_store_report *report, struct dmx_store_document *out)
{
    struct dmx_reason reason;
    return dmx_rollup_document(store, config, report, DMX_DIALECT_RFC9990, arena, out, &reason);
}

START_TEST(rollup_makes_a_document_once)
{
    struct dmx_store_document first, again;
    struct dmx_store_report *list;
    char name[200];
    uint64_t closed;
    store = world_store();
    append(TODAY - 1, "a.example", 1);
    append(TODAY - 1, "a.example", 1);
    append(TODAY, "a.example", 1);
    world_run(store);
    ck_store_ok(store, dmx_rollup_close(store, -1, NOW_S, 0, &closed));
    ck_assert_uint_eq(closed, 1);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_CLOSED, &list), 1);
    ck_store_ok(store, document_of(&list[0], &first));
    snprintf(name, sizeof name, "receiver.example!a.example!%ld!%ld!%.*s.xml.gz", (long)(TODAY - 1) * DMX_DAY_S,
             (long)TODAY * DMX_DAY_S - 1, DMX_SLICE_ARG(list[0].token));
    ck_slice_eq("name", first.name, name);
    const char *text = unpacked(first.bytes);
    ck_assert_msg(strstr(text, "<count>2</count>") && strstr(text, "<source_ip>10.0.0.1</source_ip>"), "%s", text);
    snprintf(name, sizeof name, ".%.*s@receiver.example</report_id>", DMX_SLICE_ARG(list[0].token));
    ck_assert_msg(strstr(text, name) != NULL, "%s in %s", name, text);
    /* The configuration changes, and so does the policy domain's mail: what was made stays as it is. */
    struct dmx_config_error error;
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("report_org=Other"), &error), DMX_OK);
    append(TODAY - 1, "a.example", 1);
    world_run(store);
    ck_store_ok(store, document_of(&list[0], &again));
    ck_assert(dmx_slice_eq(first.bytes, again.bytes) && dmx_slice_eq(first.name, again.name));
    ck_store_ok(store, dmx_rollup_close(store, -1, NOW_S, 0, &closed));
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_CLOSED, &list), 2);
    ck_store_ok(store, document_of(&list[1], &again));
    ck_assert(!dmx_slice_eq(list[0].token, list[1].token));
    ck_assert_ptr_nonnull(strstr(unpacked(again.bytes), "<count>1</count>"));
}
END_TEST

START_TEST(rollup_of_a_day)
{
    struct dmx_store_report *list;
    uint64_t closed;
    store = world_store();
    append(TODAY - 2, "a.example", 1);
    append(TODAY - 1, "a.example", 1);
    append(TODAY, "a.example", 1);
    world_run(store);
    ck_store_ok(store, dmx_rollup_close(store, TODAY - 1, NOW_S, 0, &closed));
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_CLOSED, &list), 1);
    ck_assert_int_eq(list[0].day, TODAY - 1);
    /* Midnight, and the clock is set back behind it: what was closed stays so. */
    ck_store_ok(store, dmx_rollup_close(store, -1, (TODAY + 1) * (int64_t)DMX_DAY_S, 0, &closed));
    ck_assert_uint_eq(closed, 2);
    ck_store_ok(store, dmx_rollup_close(store, -1, NOW_S - 5, 0, &closed));
    ck_assert_uint_eq(closed, 0);
}
END_TEST

static const char *const refusing[] = {"report_email=", "report_org=", "mask_in_xml=omit"};

START_TEST(rollup_refuses)
{
    struct dmx_store_report *list;
    struct dmx_store_document got;
    struct dmx_config_error error;
    struct dmx_reason reason;
    uint64_t closed;
    store = world_store();
    append(TODAY - 1, "a.example", 1);
    world_run(store);
    ck_store_ok(store, dmx_rollup_close(store, -1, NOW_S, 0, &closed));
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_CLOSED, &list), 1);
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("reserved_ips=10.0.0.0/8"), &error), DMX_OK);
    ck_assert_int_eq(dmx_config_set(config, dmx_slice_cstr(refusing[_i]), &error), DMX_OK);
    enum dmx_status status = dmx_rollup_document(store, config, &list[0], DMX_DIALECT_RFC7489, arena, &got, &reason);
    ck_assert_msg(status == DMX_INVALID && reason.token, "%s: %s", refusing[_i], dmx_status_name(status));
    ck_assert_int_eq(store->verbs->document_get(store, list[0].id, DMX_DIALECT_RFC7489, arena, &got), DMX_INVALID);
}
END_TEST

/* ---- killed ---- */

enum { DOMAINS = 12, GROUP = 4, KILLS = 150, MOST_REPORTS = 20000 };

/* What a run of the reporter does but for sending: ends with 0 when it came to its end. */
static void run_once(void)
{
    struct dmx_intake_result result;
    struct dmx_intake intake = world_intake();
    struct dmx_store_report *list;
    struct dmx_store_document document;
    uint64_t closed;
    store = world_store();
    if (dmx_intake_run(store, &intake, &result) != DMX_OK || dmx_rollup_close(store, -1, NOW_S, 0, &closed) != DMX_OK)
        _exit(1);
    size_t count = world_reports(store, DMX_REPORT_CLOSED, &list);
    for (size_t i = 0; i < count; i++)
        if ((i % GROUP == 0 && store->verbs->group_begin(store) != DMX_OK) ||
            document_of(&list[i], &document) != DMX_OK || store->verbs->done(store, list[i].id) != DMX_OK ||
            ((i % GROUP == GROUP - 1 || i + 1 == count) && store->verbs->group_end(store) != DMX_OK))
            _exit(1);
    _exit(0);
}

static bool run_and_kill(long instant_us)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        run_once();
    nanosleep(&(struct timespec){.tv_sec = instant_us / 1000000, .tv_nsec = instant_us % 1000000 * 1000}, NULL);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "a run ended with %d", WEXITSTATUS(status));
    return WIFSIGNALED(status);
}

/* What was seen of a document once. */
static uint32_t sums[MOST_REPORTS];
static char tokens[MOST_REPORTS][17];

static uint64_t counted(const char *xml)
{
    uint64_t sum = 0;
    while ((xml = strstr(xml, "<count>"))) {
        xml += 7;
        sum += strtoul(xml, NULL, 10);
    }
    return sum;
}

static void look_at(const struct dmx_store_report *report, uint64_t *messages)
{
    struct dmx_store_document document;
    ck_assert_int_lt(report->id, MOST_REPORTS);
    char *token = tokens[report->id];
    ck_assert_msg(!token[0] || dmx_slice_eq(report->token, dmx_slice_cstr(token)), "another token of report %ld",
                  (long)report->id);
    snprintf(token, sizeof tokens[0], "%.*s", DMX_SLICE_ARG(report->token));
    if (store->verbs->document_get(store, report->id, DMX_DIALECT_RFC9990, arena, &document) != DMX_OK)
        return;
    uint32_t sum = (uint32_t)crc32(0, (const Bytef *)document.bytes.ptr, (uInt)document.bytes.len);
    ck_assert_msg(!sums[report->id] || sums[report->id] == sum, "J5 other bytes of report %ld", (long)report->id);
    sums[report->id] = sum;
    *messages += counted(unpacked(document.bytes));
}

static uint64_t look(void)
{
    struct dmx_store_report *list;
    uint64_t messages = 0;
    store = world_store();
    for (int state = DMX_REPORT_CLOSED; state <= DMX_REPORT_DONE; state++) {
        size_t count = world_reports(store, (enum dmx_report_state)state, &list);
        for (size_t i = 0; i < count; i++)
            look_at(&list[i], &messages);
    }
    dmx_store_free(&store);
    return messages;
}

START_TEST(rollup_torture)
{
    char name[40];
    int kills = 0, whole = 0;
    long span = 60000;
    uint64_t appended = 0;
    srand(1);
    for (int round = 0; kills < KILLS; round++) {
        for (uint32_t i = 0; round % 4 == 0 && i < DOMAINS; i++, appended++) {
            snprintf(name, sizeof name, "d%u.example", i);
            append(TODAY - 1, name, (uint32_t)rand() % 50);
        }
        bool killed = run_and_kill(rand() % span);
        kills += killed;
        whole += !killed;
        span = killed ? span + span / 8 : span - span / 8;
        if (round % 8 == 0)
            look();
    }
    while (run_and_kill(999 * 1000L))
        ;
    ck_assert_uint_eq(look(), appended);
    printf("%d runs of ingest and roll-up killed, %d not: %lu messages, each in one document\n", kills, whole,
           (unsigned long)appended);
}
END_TEST

DMX_STORE_SUITE(rollup)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TEST(rollup_makes_a_document_once);
    DMX_TEST(rollup_of_a_day);
    DMX_TABLE(rollup_refuses, refusing);
    DMX_TEST(rollup_torture);
}
