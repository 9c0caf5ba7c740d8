/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Capsules to bytes and back, whatever became of the bytes in between. */
#include <string.h>

#include "dmx/base/crc.h"
#include "dmx/journal/capsule.h"
#include "suite.h"

static struct dmx_arena *arena;

static void setup(void)
{
    arena = dmx_arena_new(64 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
}

static void teardown(void)
{
    dmx_arena_free(&arena);
}

static const struct dmx_event_dkim dkim[] = {
    {DMX_SLICE_INIT("pass"), DMX_SLICE_INIT("a.example"), DMX_SLICE_INIT("s1"), DMX_SLICE_INIT(""), false},
    {DMX_SLICE_INIT("fail"), DMX_SLICE_INIT("b.example"), DMX_SLICE_INIT("s2"), DMX_SLICE_INIT("body-hash"), true},
};

static struct dmx_capsule sample(void)
{
    return (struct dmx_capsule){
        .id = {0, 1, 2, 3, 250, 251, 252, 253, 254, 255, 10, 11, 12, 13, 14, 15},
        .conditions = DMX_FAILURE_ALL | DMX_FAILURE_SPF,
        .incidents = 77,
        .event = {.time_s = -9, .author = DMX_SLICE("a.example"), .dkim = dkim, .dkim_count = 2},
        .receiver = DMX_SLICE("mx.r.example"),
        .authserv_id = DMX_SLICE("id.r.example"),
        .queue_id = DMX_SLICE("1abcde-000001-AB"),
        .helo = DMX_SLICE("helo.example"),
        .mail_from = DMX_SLICE("who\n@a.example"),
        .has_mail_from = true,
        .envelope_id = DMX_SLICE("QQ314159"),
        .authres = DMX_SLICE("Authentication-Results: id.r.example;\n spf=fail"),
        .spf_record = DMX_SLICE("v=spf1 -all"),
        .dkim_identities = {[1] = DMX_SLICE_INIT("@sub.b.example")},
        .destinations = {DMX_SLICE_INIT("mailto:one@a.example"), DMX_SLICE_INIT("mailto:two@a.example!10m")},
        .destination_count = 2,
        .header = DMX_SLICE("From: x@a.example\nSubject: \xff\x01\n DMXF\n"),
        .header_cut = true,
        .body = DMX_SLICE("body\n"),
        .body_size = 0x100000005,
        .body_wire_form = true,
    };
}

static struct dmx_slice file_of(const struct dmx_capsule *capsule)
{
    struct dmx_builder b = dmx_builder_arena(arena, DMX_CAPSULE_MAX);
    dmx_capsule_put(&b, capsule);
    struct dmx_slice text = dmx_builder_text(&b);
    ck_assert_uint_gt(text.len, 0);
    return text;
}

static struct dmx_capsule read_back(struct dmx_slice file)
{
    struct dmx_capsule out;
    const char *why = "nothing";
    ck_assert_msg(dmx_capsule_get(file, arena, &out, &why) == DMX_OK, "%s", why);
    return out;
}

#define TEXT(member)                                  \
    {                                                 \
#member, offsetof(struct dmx_capsule, member) \
    }
static const struct {
    const char *label;
    size_t offset;
} members[] = {
    TEXT(receiver),
    TEXT(authserv_id),
    TEXT(queue_id),
    TEXT(helo),
    TEXT(mail_from),
    TEXT(envelope_id),
    TEXT(authres),
    TEXT(spf_record),
    TEXT(destinations[0]),
    TEXT(destinations[1]),
    TEXT(header),
    TEXT(body),
    TEXT(event.author),
    TEXT(dkim_identities[0]),
    TEXT(dkim_identities[1]),
    TEXT(dkim_identities[2]),
    TEXT(event.record),
    TEXT(dkim_identities[99]),
};

START_TEST(capsule_texts)
{
    struct dmx_capsule in = sample(), out = read_back(file_of(&in));
    struct dmx_slice want = *(struct dmx_slice *)(void *)((char *)&in + members[_i].offset);
    struct dmx_slice got = *(struct dmx_slice *)(void *)((char *)&out + members[_i].offset);
    ck_assert_msg(dmx_slice_eq(got, want), "%s: got \"%.*s\", want \"%.*s\"", members[_i].label, DMX_SLICE_ARG(got),
                  DMX_SLICE_ARG(want));
}
END_TEST

START_TEST(capsule_numbers)
{
    struct dmx_capsule in = sample(), out = read_back(file_of(&in));
    ck_assert_mem_eq(out.id, in.id, sizeof in.id);
    ck_assert_uint_eq(out.conditions, in.conditions);
    ck_assert_uint_eq(out.incidents, 77);
    ck_assert_int_eq(out.event.time_s, -9);
    ck_assert_uint_eq(out.event.dkim_count, 2);
    ck_slice_eq("the event's lists", out.event.dkim[1].reason, "body-hash");
    ck_assert_uint_eq(out.destination_count, 2);
    ck_assert_uint_eq(out.body_size, 0x100000005);
    ck_assert(out.has_mail_from && out.header_cut && out.body_wire_form);
    struct dmx_capsule bare = {.id = {1}}, again = read_back(file_of(&bare));
    ck_assert(!again.has_mail_from && !again.header_cut && !again.body_wire_form);
    ck_assert_uint_eq(again.destination_count, 0);
    bare.has_mail_from = true;
    again = read_back(file_of(&bare));
    ck_assert(again.has_mail_from && again.mail_from.len == 0);
}
END_TEST

/* What is too much is cut, at its limit and not before. */
static const struct {
    const char *label;
    size_t offset, limit;
} limits[] = {
    {"a text", offsetof(struct dmx_capsule, helo), DMX_CAPSULE_TEXT},
    {"the sender", offsetof(struct dmx_capsule, mail_from), DMX_CAPSULE_TEXT},
    {"the field", offsetof(struct dmx_capsule, authres), DMX_CAPSULE_TEXT},
    {"an identity", offsetof(struct dmx_capsule, dkim_identities[1]), UINT8_MAX},
    {"a destination", offsetof(struct dmx_capsule, destinations[1]), DMX_CAPSULE_TEXT},
    {"the body", offsetof(struct dmx_capsule, body), DMX_CAPSULE_BODY},
};

START_TEST(capsule_limits)
{
    static char big[DMX_CAPSULE_MAX];
    memset(big, 'x', sizeof big);
    for (int more = -1; more <= 1; more++) {
        struct dmx_capsule in = sample();
        size_t len = limits[_i].limit + (size_t)more;
        *(struct dmx_slice *)(void *)((char *)&in + limits[_i].offset) = dmx_slice(big, len);
        struct dmx_capsule out = read_back(file_of(&in));
        size_t got = ((struct dmx_slice *)(void *)((char *)&out + limits[_i].offset))->len;
        ck_assert_msg(got == (more > 0 ? limits[_i].limit : len), "%s of %zu: got %zu", limits[_i].label, len, got);
    }
}
END_TEST

/* As much of everything as there can be has room in one. */
START_TEST(capsule_of_the_largest)
{
    static char big[DMX_CAPSULE_MAX];
    static struct dmx_event_dkim many[DMX_EVENT_DKIM];
    memset(big, 'x', sizeof big);
    struct dmx_slice all = dmx_slice(big, sizeof big);
    struct dmx_capsule in = sample();
    for (size_t i = 0; i < DMX_EVENT_DKIM; i++)
        many[i] = (struct dmx_event_dkim){dmx_slice(big, 9), all, all, dmx_slice(big, 20), true};
    in.event.dkim = many;
    in.event.dkim_count = DMX_EVENT_DKIM;
    for (size_t i = 0; i < DMX_EVENT_DKIM; i++)
        in.dkim_identities[i] = all;
    for (size_t i = 0; i < DMX_CAPSULE_DESTINATIONS; i++)
        in.destinations[i] = all;
    in.destination_count = DMX_CAPSULE_DESTINATIONS;
    in.receiver = in.authserv_id = in.queue_id = in.helo = in.mail_from = in.envelope_id = in.authres = all;
    in.spf_record = in.body = all;
    big[DMX_CAPSULE_HEADER - 1] = '\n';
    in.header = all;
    struct dmx_capsule out = read_back(file_of(&in));
    ck_assert_uint_eq(out.event.dkim_count, DMX_EVENT_DKIM);
    ck_assert_uint_eq(out.header.len, DMX_CAPSULE_HEADER);
}
END_TEST

/* Only whole fields of a long header are kept. Each row: what stands around the limit, and what is kept before it. */
static const struct {
    const char *label, *around; /* '|' is where the limit is */
    long want;                  /* bytes to the limit; 1: all */
} headers[] = {
    {"a field ends at it", "x\n|B: x\n", 0},
    {"a field goes over it", "x\nB: |x\n", -3},
    {"its fold begins at it", "x\nB: x\n| fold\n", -5},
    {"its fold by a tab", "x\nB: x\n|\tfold\n", -5},
    {"a line end goes over it", "x\nB: x|\n", -4},
    {"nothing behind it", "x\nB: x\n|", 1},
};

START_TEST(capsule_header_of_whole_fields)
{
    static char big[DMX_CAPSULE_HEADER + 100];
    const char *around = headers[_i].around, *limit = strchr(around, '|');
    size_t before = (size_t)(limit - around), after = strlen(limit + 1);
    memset(big, 'x', sizeof big);
    memcpy(big + DMX_CAPSULE_HEADER - before, around, before);
    memcpy(big + DMX_CAPSULE_HEADER, limit + 1, after);
    struct dmx_capsule in = sample();
    in.header = dmx_slice(big, DMX_CAPSULE_HEADER + after);
    in.header_cut = false;
    struct dmx_capsule out = read_back(file_of(&in));
    bool all = headers[_i].want == 1;
    ck_assert_msg((long)out.header.len == DMX_CAPSULE_HEADER + (all ? 0 : headers[_i].want), "%s: got %zu",
                  headers[_i].label, out.header.len);
    ck_assert_msg(out.header_cut == !all, "%s", headers[_i].label);
}
END_TEST

START_TEST(capsule_header_without_an_end)
{
    static char big[DMX_CAPSULE_HEADER + 1];
    memset(big, 'x', sizeof big);
    struct dmx_capsule in = sample();
    in.header = dmx_slice(big, sizeof big);
    struct dmx_capsule out = read_back(file_of(&in));
    ck_assert_uint_eq(out.header.len, 0);
    ck_assert(out.header_cut);
}
END_TEST

/* A capsule that does not fit leaves a failure and nothing that could be taken for one. */
START_TEST(capsule_without_room)
{
    char room[256];
    struct dmx_capsule in = sample();
    struct dmx_builder b = dmx_builder_fixed(room, sizeof room);
    dmx_capsule_put(&b, &in);
    ck_assert(b.failed);
}
END_TEST

static const char *refusal(struct dmx_slice file)
{
    struct dmx_capsule out;
    const char *why = "";
    return dmx_capsule_get(file, arena, &out, &why) == DMX_INVALID ? why : "";
}

/* Cut anywhere, or with any one bit changed, it is refused. */
START_TEST(capsule_damaged)
{
    struct dmx_capsule in = sample();
    struct dmx_slice file = file_of(&in);
    char room[8192];
    ck_assert_uint_lt(file.len, sizeof room);
    for (size_t cut = 0; cut < file.len; cut++)
        ck_assert_msg(*refusal(dmx_slice_upto(file, cut)), "cut at %zu", cut);
    for (size_t bit = 0; bit < 8 * file.len; bit++) {
        memcpy(room, file.ptr, file.len);
        room[bit / 8] ^= (char)(1 << bit % 8);
        ck_assert_msg(*refusal(dmx_slice(room, file.len)), "bit %zu", bit);
    }
}
END_TEST

static struct dmx_slice sealed(struct dmx_slice payload)
{
    struct dmx_builder b = dmx_builder_arena(arena, DMX_CAPSULE_MAX);
    dmx_put_cstr(&b, "DMXF");
    dmx_put_be32(&b, (uint32_t)payload.len);
    dmx_put(&b, payload);
    dmx_put_be32(&b, dmx_crc32(0, dmx_slice(b.buf + 4, b.len - 4)));
    return dmx_builder_text(&b);
}

/* Behind a whole one, what else a file of the right checksum may hold. */
#define MORE(text) DMX_SLICE_INIT(text)
static const struct {
    const char *label;
    struct dmx_slice more;
    const char *want; /* NULL: it is read */
} payloads[] = {
    {"nothing more", MORE(""), NULL},
    {"a tag that is to come", MORE("\377\0\0\0\3abc"), NULL},
    {"a number that says more", MORE("\4\0\0\0\6\0\0\0\115xy"), NULL},
    {"a signature out of range", MORE("\10\0\0\0\4\377abc"), NULL},
    {"five destinations", MORE("\11\0\0\0\1a\11\0\0\0\1b\11\0\0\0\1c"), NULL},
    {"a later version", MORE("\1\0\0\0\4\0\0\0\2"), "it was written by a later version of dmx"},
    {"a tag alone", MORE("\4"), "a part of it goes over its end"},
    {"a size over the end", MORE("\12\377\377\377\377x"), "a part of it goes over its end"},
    {"a short number", MORE("\4\0\0\0\3\0\0\0"), "a number in it is cut"},
    {"a short size", MORE("\14\0\0\0\7\0\0\0\0\0\0\0"), "a number in it is cut"},
    {"no number of a signature", MORE("\10\0\0\0\0"), "a number in it is cut"},
    {"a short identifier", MORE("\2\0\0\0\3abc"), "it holds no identifier or no event"},
    {"another event, empty", MORE("\5\0\0\0\0"), "the event in it is damaged, or of a later version"},
    {"another event, torn", MORE("\5\0\0\0\4DMXJ"), "the event in it is damaged, or of a later version"},
};

START_TEST(capsule_payloads)
{
    struct dmx_capsule in = sample(), out;
    struct dmx_slice file = file_of(&in);
    struct dmx_builder b = dmx_builder_arena(arena, DMX_CAPSULE_MAX);
    const char *why = NULL;
    dmx_put(&b, dmx_slice(file.ptr + 8, file.len - 12));
    dmx_put(&b, payloads[_i].more);
    enum dmx_status status = dmx_capsule_get(sealed(dmx_builder_text(&b)), arena, &out, &why);
    ck_assert_msg(status == (payloads[_i].want ? DMX_INVALID : DMX_OK), "%s: %s", payloads[_i].label, why);
    if (payloads[_i].want)
        ck_assert_str_eq(why, payloads[_i].want);
    else
        ck_assert_msg(out.incidents == 77, "%s", payloads[_i].label);
    ck_assert_uint_le(out.destination_count, DMX_CAPSULE_DESTINATIONS);
}
END_TEST

START_TEST(capsule_other_files)
{
    static char big[DMX_CAPSULE_MAX + 1] = "DMXF";
    struct dmx_capsule in = sample();
    struct dmx_builder b = dmx_builder_arena(arena, DMX_CAPSULE_MAX);
    ck_assert_str_eq(refusal(DMX_SLICE("")), "it is no capsule of dmx");
    ck_assert_str_eq(refusal(DMX_SLICE("DMXJ\0\0\0\0\0\0\0\0")), "it is no capsule of dmx");
    ck_assert_str_eq(refusal(dmx_slice(big, sizeof big)), "it is longer than any that dmx writes");
    ck_assert_str_eq(refusal(sealed(DMX_SLICE_NONE)), "it holds no identifier or no event");
    dmx_put(&b, file_of(&in));
    dmx_put_char(&b, 'x');
    ck_assert_str_eq(refusal(dmx_builder_text(&b)), "its length is not the one in its head");
}
END_TEST

START_TEST(capsule_without_memory)
{
    struct dmx_capsule in = sample(), out;
    struct dmx_slice file = file_of(&in);
    struct dmx_arena *small = dmx_arena_new(8);
    const char *why = NULL;
    ck_assert_int_eq(dmx_capsule_get(file, small, &out, &why), DMX_NOMEM);
    dmx_arena_free(&small);
}
END_TEST

DMX_SUITE(capsule)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(capsule_texts, members);
    DMX_TEST(capsule_numbers);
    DMX_TABLE(capsule_limits, limits);
    DMX_TEST(capsule_of_the_largest);
    DMX_TABLE(capsule_header_of_whole_fields, headers);
    DMX_TEST(capsule_header_without_an_end);
    DMX_TEST(capsule_without_room);
    DMX_TEST(capsule_damaged);
    DMX_TABLE(capsule_payloads, payloads);
    DMX_TEST(capsule_other_files);
    DMX_TEST(capsule_without_memory);
}
