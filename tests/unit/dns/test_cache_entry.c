/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Entries of the cache as bytes: what is written reads back the same, and nothing else reads at all. */
#include <string.h>

#include "../../../module/dns/cache_entry.h"
#include "render.h"

static struct dmx_arena *arena;

static void setup(void)
{
    arena = dmx_arena_new(16 << 20);
}

static void teardown(void)
{
    dmx_arena_free(&arena);
}

#define KEY(type) "\10\1a\4test\0\0" type
#define OK(count) "\0\0\0" count
#define IP6       "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"
#define MAPPED    "\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1"

/* An entry and what it says; NULL: it is refused. */
static const struct {
    const char *label;
    struct dmx_slice bytes;
    const char *want;
} entries[] = {
    {"TXT", DMX_SLICE_INIT(KEY("\20") OK("\1") "\0\2hi"), "ok 9 | TXT hi"},
    {"two records", DMX_SLICE_INIT(KEY("\20") OK("\2") "\0\2hi\0\0"), "ok 9 | TXT hi | TXT "},
    {"A", DMX_SLICE_INIT(KEY("\1") OK("\1") "\300\0\2\1"), "ok 9 | A 192.0.2.1"},
    {"AAAA", DMX_SLICE_INIT(KEY("\34") OK("\1") IP6), "ok 9 | AAAA 2001:db8::1"},
    {"AAAA that is mapped", DMX_SLICE_INIT(KEY("\34") OK("\1") MAPPED), "ok 9 | AAAA 192.0.2.1"},
    {"MX", DMX_SLICE_INIT(KEY("\17") OK("\1") "\0\12\10\1M\4test\0"), "ok 9 | MX 10 m.test"},
    {"MX of the root", DMX_SLICE_INIT(KEY("\17") OK("\1") "\0\0\1\0"), "ok 9 | MX 0 ."},
    {"PTR", DMX_SLICE_INIT(KEY("\14") OK("\1") "\0\0\10\1p\4test\0"), "ok 9 | PTR p.test"},
    {"the root's NS", DMX_SLICE_INIT("\1\0\0\2" OK("\1") "\0\0\10\1p\4test\0"), "ok 9 | NS p.test"},
    {"NODATA", DMX_SLICE_INIT(KEY("\20") "\1\0\0\0"), "nodata 9"},
    {"NXDOMAIN with AD", DMX_SLICE_INIT(KEY("\20") "\2\1\0\0"), "nxdomain 9"},
    {"MALFORMED", DMX_SLICE_INIT(KEY("\20") "\6\0\0\0"), "malformed 9"},
    {"CUT", DMX_SLICE_INIT(KEY("\20") "\7\0\0\0"), NULL},
    {"status over all", DMX_SLICE_INIT(KEY("\20") "\377\0\0\0"), NULL},
    {"unknown flag", DMX_SLICE_INIT(KEY("\20") "\2\2\0\0"), NULL},
    {"OK without records", DMX_SLICE_INIT(KEY("\20") OK("\0")), NULL},
    {"NXDOMAIN with a record", DMX_SLICE_INIT(KEY("\20") "\2\0\0\1\0\2hi"), NULL},
    {"SOA", DMX_SLICE_INIT(KEY("\6") "\1\0\0\0"), NULL},
    {"unknown type", DMX_SLICE_INIT(KEY("\377") "\1\0\0\0"), NULL},
    {"bytes behind", DMX_SLICE_INIT(KEY("\20") OK("\1") "\0\2hi!"), NULL},
    {"text over the end", DMX_SLICE_INIT(KEY("\20") OK("\1") "\0\3hi"), NULL},
    {"records that are not there", DMX_SLICE_INIT(KEY("\20") "\0\0\1\0\0\2hi"), NULL},
    {"more records than any", DMX_SLICE_INIT(KEY("\20") "\0\0\377\377\0\2hi"), NULL},
    {"name in capitals", DMX_SLICE_INIT("\10\1A\4test\0\0\20\1\0\0\0"), NULL},
    {"name longer than its length", DMX_SLICE_INIT("\7\1a\4test\0\0\20\1\0\0\0"), NULL},
    {"name shorter than its length", DMX_SLICE_INIT("\11\1a\4test\0\0\0\20\1\0\0\0"), NULL},
    {"name with a pointer", DMX_SLICE_INIT("\4\1a\300\0\0\20\1\0\0\0"), NULL},
    {"name without a root", DMX_SLICE_INIT("\2\1a\0\20\1\0\0\0"), NULL},
    {"no name", DMX_SLICE_INIT("\0\0\20\1\0\0\0"), NULL},
    {"host with bytes behind", DMX_SLICE_INIT(KEY("\14") OK("\1") "\0\0\11\1p\4test\0x"), NULL},
    {"nothing", DMX_SLICE_INIT(""), NULL},
};

static struct dmx_slice write_entry(const struct dmx_question *question, const struct dmx_answer *answer)
{
    static char buffer[70000];
    struct dmx_builder b = dmx_builder_fixed(buffer, sizeof buffer);
    dmx_put_cache_entry(&b, question, answer);
    return dmx_builder_text(&b);
}

START_TEST(entry)
{
    struct dmx_question question;
    struct dmx_answer answer;
    bool read = dmx_cache_entry_read(entries[_i].bytes, 9, arena, &question, &answer);
    ck_assert_msg(read == (entries[_i].want != NULL), "%s: read %d", entries[_i].label, read);
    if (!read)
        return;
    ck_slice_eq(entries[_i].label, render(&answer, arena), entries[_i].want);
    for (size_t i = 0; i < answer.count; i++)
        ck_assert(answer.rrs[i].ttl_s == 9 && answer.rrs[i].type == question.type);
    ck_assert_msg(dmx_slice_eq(write_entry(&question, &answer), entries[_i].bytes), "%s: writes otherwise",
                  entries[_i].label);
}
END_TEST

/* No entry is the beginning of another. */
START_TEST(cut_anywhere)
{
    struct dmx_question question;
    struct dmx_answer answer;
    for (size_t n = 0; entries[_i].want && n < entries[_i].bytes.len; n++)
        ck_assert_msg(!dmx_cache_entry_read(dmx_slice_upto(entries[_i].bytes, n), 9, arena, &question, &answer),
                      "%s: cut at %zu", entries[_i].label, n);
}
END_TEST

static const struct dmx_rr text = {.type = DMX_RR_TXT, .data.text = DMX_SLICE_INIT("v")};
static const struct dmx_rr huge = {.type = DMX_RR_TXT, .data.text = {"", 65536}};
static const struct dmx_rr no_ip = {.type = DMX_RR_A};
static const struct dmx_rr ip6 = {.type = DMX_RR_A, .data.ip = {.family = DMX_IP_V6}};
static struct dmx_rr many[257];

/* Answers that are none, which nobody makes. */
static const struct {
    const char *label;
    uint16_t type;
    struct dmx_answer answer;
} refused[] = {
    {"CUT", DMX_RR_TXT, {.status = DMX_DNS_CUT}},
    {"OK without records", DMX_RR_TXT, {.status = DMX_DNS_OK}},
    {"NODATA with one", DMX_RR_TXT, {.status = DMX_DNS_NODATA, .rrs = &text, .count = 1}},
    {"records of another type", DMX_RR_SPF, {.rrs = &text, .count = 1}},
    {"text of 64 kB", DMX_RR_TXT, {.rrs = &huge, .count = 1}},
    {"A without an address", DMX_RR_A, {.rrs = &no_ip, .count = 1}},
    {"A of IPv6", DMX_RR_A, {.rrs = &ip6, .count = 1}},
    {"257 records", DMX_RR_TXT, {.rrs = many, .count = 257}},
    {"SOA", DMX_RR_SOA, {.status = DMX_DNS_NODATA}},
};

START_TEST(not_written)
{
    struct dmx_question question = {.type = refused[_i].type};
    ck_assert(dmx_name_from_text(DMX_SLICE("a.test"), &question.name));
    for (size_t i = 0; i < DMX_COUNT(many); i++)
        many[i] = text;
    ck_assert_msg(write_entry(&question, &refused[_i].answer).len == 0, "%s", refused[_i].label);
    const struct dmx_answer full = {.rrs = many, .count = 256};
    question.type = DMX_RR_TXT;
    ck_assert_uint_gt(write_entry(&question, &full).len, 0);
}
END_TEST

START_TEST(no_memory)
{
    struct dmx_question question;
    struct dmx_answer answer;
    struct dmx_arena *small = dmx_arena_new(64);
    ck_assert(!dmx_cache_entry_read(entries[0].bytes, 9, small, &question, &answer));
    ck_assert(!dmx_cache_entry_read(entries[0].bytes, 9, NULL, &question, &answer));
    dmx_arena_free(&small);
}
END_TEST

DMX_SUITE(cache_entry)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(entry, entries);
    DMX_TABLE(cut_anywhere, entries);
    DMX_TABLE(not_written, refused);
    DMX_TEST(no_memory);
}
