/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Events to bytes and back, whatever became of the bytes in between. */
#include <string.h>

#include "dmx/base/crc.h"
#include "dmx/journal/event.h"
#include "suite.h"

static struct dmx_arena *arena;
static char room[4 * DMX_EVENT_MAX];

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
    {DMX_SLICE_INIT("fail"), DMX_SLICE_INIT("b.example"), DMX_SLICE_INIT(""), DMX_SLICE_INIT("body-hash"), true},
};
static const struct dmx_slice recipients[] = {DMX_SLICE_INIT("r.example"), DMX_SLICE_INIT("q.example")};
static const struct dmx_slice notes[] = {DMX_SLICE_INIT("missing-mailto")};

static struct dmx_event sample(int64_t time_s)
{
    struct dmx_event e = {
        .time_s = time_s,
        .flags = DMX_EVENT_SPF_ALIGNED | DMX_EVENT_NAME_DOMAIN,
        .draw = 99,
        .rules = DMX_SLICE_INIT("rfc7489"),
        .author = DMX_SLICE_INIT("a.example"),
        .record = DMX_SLICE_INIT("v=DMARC1; p=reject"),
        .result = DMX_SLICE_INIT("fail"),
        .would_be = DMX_SLICE_INIT("reject"),
        .override_comment = DMX_SLICE_INIT("because\n\"of\" \x01 DMXJ"),
        .shadow_would_be = DMX_SLICE_INIT("quarantine"),
        .dkim = dkim,
        .dkim_count = 2,
        .recipients = recipients,
        .recipient_count = 2,
        .notes = notes,
        .note_count = 1,
    };
    ck_assert(dmx_ip_parse(DMX_SLICE("2001:db8::1"), &e.client));
    return e;
}

static struct dmx_slice frame_of(const struct dmx_event *event)
{
    struct dmx_builder b = dmx_builder_arena(arena, DMX_EVENT_MAX);
    dmx_event_put(&b, event);
    struct dmx_slice text = dmx_builder_text(&b);
    ck_assert_uint_gt(text.len, 0);
    return text;
}

START_TEST(event_reads_back)
{
    struct dmx_event in = sample(-5), out;
    struct dmx_slice rest = frame_of(&in);
    size_t damaged = 0;
    ck_assert(dmx_event_next(&rest, arena, &out, &damaged));
    ck_assert_int_eq(out.time_s, -5);
    ck_assert_uint_eq(out.flags, in.flags);
    ck_assert_uint_eq(out.draw, 99);
    ck_assert(dmx_ip_eq(&out.client, &in.client));
    ck_slice_eq("record", out.record, "v=DMARC1; p=reject");
    ck_slice_eq("comment", out.override_comment, "because\n\"of\" \x01 DMXJ");
    ck_slice_eq("shadow", out.shadow_would_be, "quarantine");
    ck_slice_eq("absent", out.exempt, "");
    ck_assert_uint_eq(out.dkim_count, 2);
    ck_slice_eq("selector", out.dkim[0].selector, "s1");
    ck_slice_eq("d=", out.dkim[1].domain, "b.example");
    ck_slice_eq("reason", out.dkim[1].reason, "body-hash");
    ck_assert(out.dkim[1].header_intact && !out.dkim[0].header_intact);
    ck_assert_uint_eq(out.recipient_count, 2);
    ck_slice_eq("recipient", out.recipients[1], "q.example");
    ck_slice_eq("note", out.notes[0], "missing-mailto");
    ck_assert(!dmx_event_next(&rest, arena, &out, &damaged));
    ck_assert_uint_eq(rest.len, 0);
    ck_assert_uint_eq(damaged, 0);
}
END_TEST

/* Every address family, and none. */
static const char *const clients[] = {"192.0.2.1", "0.0.0.0", "::", "2001:db8::ffff", NULL};

START_TEST(event_client)
{
    struct dmx_event in = {.time_s = 1}, out;
    size_t damaged = 0;
    if (clients[_i])
        ck_assert(dmx_ip_parse(dmx_slice_cstr(clients[_i]), &in.client));
    struct dmx_slice rest = frame_of(&in);
    ck_assert(dmx_event_next(&rest, arena, &out, &damaged));
    ck_assert_int_eq(out.client.family, in.client.family);
    ck_assert(!clients[_i] || dmx_ip_eq(&out.client, &in.client));
}
END_TEST

static const size_t over[] = {0, 1};

/* At the limits of lists and texts, and beyond: what is too much is left out, and the frame still fits. */
START_TEST(event_limits)
{
    static char big[8192];
    static struct dmx_event_dkim many[DMX_EVENT_DKIM + 1];
    static struct dmx_slice domains[DMX_EVENT_RECIPIENTS + 1];
    size_t extra = over[_i], damaged = 0;
    memset(big, 'x', sizeof big);
    struct dmx_event in = sample(1), out;
    for (size_t i = 0; i < DMX_COUNT(many); i++)
        many[i] = (struct dmx_event_dkim){dmx_slice(big, 4), dmx_slice(big, 254 + extra), dmx_slice(big, 300),
                                          DMX_SLICE_NONE, false};
    for (size_t i = 0; i < DMX_COUNT(domains); i++)
        domains[i] = dmx_slice(big, 253);
    in.record = dmx_slice(big, DMX_EVENT_RECORD + extra);
    in.author = dmx_slice(big, DMX_EVENT_TEXT + extra);
    in.dkim = many;
    in.dkim_count = DMX_EVENT_DKIM + extra;
    in.recipients = domains;
    in.recipient_count = DMX_EVENT_RECIPIENTS + extra;
    struct dmx_slice rest = frame_of(&in);
    ck_assert(dmx_event_next(&rest, arena, &out, &damaged));
    ck_assert_uint_eq(out.record.len, DMX_EVENT_RECORD);
    ck_assert_uint_eq(out.author.len, DMX_EVENT_TEXT);
    ck_assert_uint_eq(out.dkim_count, DMX_EVENT_DKIM);
    ck_assert_uint_le(out.dkim[0].domain.len, 255);
    ck_assert_uint_eq(out.recipient_count, DMX_EVENT_RECIPIENTS);
}
END_TEST

/* How many events come out, how many bytes were passed over, and how many are left. */
static size_t count(struct dmx_slice bytes, size_t *damaged, size_t *left)
{
    struct dmx_event out;
    size_t found = 0;
    *damaged = 0;
    while (dmx_event_next(&bytes, arena, &out, damaged))
        found++;
    *left = bytes.len;
    return found;
}

/* A frame cut anywhere at the end is one that is being written; with another behind it, it is lost alone. */
START_TEST(event_cut)
{
    struct dmx_event one = sample(1), two = sample(2);
    struct dmx_slice first = frame_of(&one), second = frame_of(&two);
    size_t damaged, left;
    for (size_t cut = 1; cut < second.len; cut++) {
        memcpy(room, first.ptr, first.len);
        memcpy(room + first.len, second.ptr, cut);
        ck_assert_uint_eq(count(dmx_slice(room, first.len + cut), &damaged, &left), 1);
        ck_assert_uint_eq(damaged, 0);
        ck_assert_uint_eq(left, cut);
        memcpy(room + first.len + cut, first.ptr, first.len);
        ck_assert_msg(count(dmx_slice(room, 2 * first.len + cut), &damaged, &left) == 2, "cut at %zu", cut);
        ck_assert_uint_eq(damaged, cut);
        ck_assert_uint_eq(left, 0);
    }
}
END_TEST

static struct dmx_slice sealed(const char *payload, size_t size)
{
    struct dmx_builder b = dmx_builder_arena(arena, DMX_EVENT_MAX);
    dmx_put_cstr(&b, "DMXJ");
    dmx_put_be32(&b, (uint32_t)size);
    dmx_put(&b, dmx_slice(payload, size));
    dmx_put_be32(&b, dmx_crc32(0, dmx_slice(b.buf + 4, b.len - 4)));
    return dmx_builder_text(&b);
}

/* Records of other versions of dmx, between two of ours: which of them can be read. */
static const struct {
    const char *label, *payload;
    size_t size;
    bool read;
} versions[] = {
    {"of dmx before versions", "\1\0\10\0\0\0\0\0\0\0\11\5\0\7\0\4pass\0\0", 21, true},
    {"of our own", "\10\0\1\1\1\0\10\0\0\0\0\0\0\0\11", 15, true},
    {"with a tag that is to come", "\10\0\1\1\377\0\3abc\1\0\10\0\0\0\0\0\0\0\11", 21, true},
    {"with a signature that says more", "\1\0\10\0\0\0\0\0\0\0\11\5\0\13\0\4pass\0\0\0\1xyz", 25, true},
    {"of the next version", "\10\0\1\2\1\0\10\0\0\0\0\0\0\0\11", 15, false},
};

START_TEST(event_versions)
{
    struct dmx_event e = sample(1), out;
    struct dmx_slice frame = frame_of(&e), other = sealed(versions[_i].payload, versions[_i].size);
    size_t damaged = 0, left;
    struct dmx_slice rest = other;
    ck_assert_msg(dmx_event_next(&rest, arena, &out, &damaged) == versions[_i].read, "%s", versions[_i].label);
    ck_assert_msg(!versions[_i].read || out.time_s == 9, "%s", versions[_i].label);
    memcpy(room, frame.ptr, frame.len);
    memcpy(room + frame.len, other.ptr, other.len);
    memcpy(room + frame.len + other.len, frame.ptr, frame.len);
    ck_assert_uint_eq(count(dmx_slice(room, 2 * frame.len + other.len), &damaged, &left), versions[_i].read ? 3 : 2);
    ck_assert_uint_eq(damaged, versions[_i].read ? 0 : other.len);
}
END_TEST

/* Any one bit changed loses that record and no other. */
START_TEST(event_changed_bit)
{
    struct dmx_event e = sample(1);
    struct dmx_slice frame = frame_of(&e);
    size_t damaged, left;
    for (size_t bit = 0; bit < frame.len * 8; bit += 3) {
        for (size_t i = 0; i < 3; i++)
            memcpy(room + i * frame.len, frame.ptr, frame.len);
        room[frame.len + bit / 8] ^= (char)(1 << bit % 8);
        ck_assert_msg(count(dmx_slice(room, 3 * frame.len), &damaged, &left) == 2, "bit %zu", bit);
        ck_assert_uint_eq(damaged, frame.len);
        ck_assert_uint_eq(left, 0);
    }
}
END_TEST

START_TEST(event_garbage)
{
    struct dmx_event e = sample(1);
    struct dmx_slice frame = frame_of(&e);
    size_t damaged, left;
    memset(room, 'D', 1000);
    memcpy(room + 1000, frame.ptr, frame.len);
    memcpy(room + 1000 + frame.len, "DMX", 3);
    ck_assert_uint_eq(count(dmx_slice(room, 1003 + frame.len), &damaged, &left), 1);
    ck_assert_uint_eq(damaged, 1000);
    ck_assert_uint_eq(left, 3);
    memcpy(room, "DMXJ\xff\xff\xff\xff", 8);
    ck_assert_uint_eq(count(dmx_slice(room, 1000 + frame.len), &damaged, &left), 1);
}
END_TEST

/*
 * Heads that announce what does not follow, so many that summing up behind each would take minutes (the runner gives up
 * after one): the search is bounded, and what it passed over is counted.
 */
START_TEST(event_false_heads)
{
    enum { BYTES = 8 * 1024 * 1024 };
    static char many[BYTES];
    size_t damaged = 0, left = 0;
    for (size_t i = 0; i < BYTES; i += 8)
        memcpy(many + i, "DMXJ\0\0\xff\xff", 8);
    ck_assert_uint_eq(count(dmx_slice(many, BYTES), &damaged, &left), 0);
    ck_assert_uint_eq(damaged + left, BYTES);
}
END_TEST

/* From the published check value of this CRC. */
START_TEST(crc_check_value)
{
    ck_assert_uint_eq(dmx_crc32(0, DMX_SLICE("123456789")), 0xcbf43926);
    ck_assert_uint_eq(dmx_crc32(dmx_crc32(0, DMX_SLICE("1234")), DMX_SLICE("56789")), 0xcbf43926);
    ck_assert_uint_eq(dmx_crc32(0, DMX_SLICE("")), 0);
}
END_TEST

/* Bit by bit, as the polynomial says, at every length and place. */
START_TEST(crc_by_bits)
{
    char text[40];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 37 + 200);
    for (size_t from = 0; from < 5; from++)
        for (size_t len = 0; from + len <= sizeof text; len++) {
            uint32_t want = ~0x12345678U;
            for (size_t i = 0; i < 8 * len; i++) {
                want ^= (uint32_t)((uint8_t)text[from + i / 8] >> i % 8 & 1);
                want = want >> 1 ^ (want & 1 ? 0xedb88320U : 0);
            }
            ck_assert_uint_eq(dmx_crc32(0x12345678, dmx_slice(text + from, len)), ~want);
        }
}
END_TEST

DMX_SUITE(event)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TEST(event_reads_back);
    DMX_TABLE(event_client, clients);
    DMX_TABLE(event_limits, over);
    DMX_TEST(event_cut);
    DMX_TABLE(event_versions, versions);
    DMX_TEST(event_changed_bit);
    DMX_TEST(event_garbage);
    DMX_TEST(event_false_heads);
    DMX_TEST(crc_check_value);
    DMX_TEST(crc_by_bits);
}
