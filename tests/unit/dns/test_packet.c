/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "dmx/dns/packet.h"
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

/* Messages are put together from these; octal escapes, as hexadecimal ones swallow the digits behind them. */
#define ID         "\022\064"
#define FLAGS      "\201\200"         /* QR RD RA */
#define ONE_ANSWER "\0\1\0\1\0\0\0\0" /* numbers of questions, answers, authority, additional */
#define QNAME      "\1a\4test\0"      /* at offset 12 */
#define QUESTION   QNAME TYPE_TXT IN
#define TYPE_A     "\0\1"
#define TYPE_NS    "\0\2"
#define TYPE_CNAME "\0\5"
#define TYPE_SOA   "\0\6"
#define TYPE_PTR   "\0\14"
#define TYPE_MX    "\0\17"
#define TYPE_TXT   "\0\20"
#define TYPE_AAAA  "\0\34"
#define TYPE_OPT   "\0\51"
#define IN         "\0\1"
#define TTL60      "\0\0\0\74"
#define TTL9       "\0\0\0\11"
#define AT_QNAME   "\300\14" /* pointer to offset 12, "a.test" */
#define AT_TEST    "\300\16" /* pointer to offset 14, "test" */
#define TXT_OK                        \
    AT_QNAME TYPE_TXT IN TTL60 "\0\3" \
                               "\2ok"
#define SOA_TEST                      \
    AT_TEST TYPE_SOA IN TTL60 "\0\26" \
                              "\0"    \
                              "\0"    \
                              "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4" TTL9
#define OPT                \
    "\0" TYPE_OPT "\4\320" \
    "\0\0\0\0"             \
    "\0\0"
#define HEAD(flags, counts) ID flags counts
#define CNAME(owner, target)                     \
    "\1" owner AT_TEST TYPE_CNAME IN TTL9 "\0\4" \
    "\1" target AT_TEST

/* Replies to a TXT question for a.test with id 0x1234. */
static const struct {
    const char *label;
    struct dmx_slice packet;
    const char *want;
} replies[] = {
    {"one record", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION TXT_OK), "ok 60 | TXT ok"},
    {"question in another case", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) "\1A\4tESt\0" TYPE_TXT IN TXT_OK),
     "ok 60 | TXT ok"},
    {"owner written out",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION "\1A\4TEST\0" TYPE_TXT IN TTL60 "\0\3"
                                                     "\2ok"),
     "ok 60 | TXT ok"},
    {"two strings join",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION AT_QNAME TYPE_TXT IN TTL60 "\0\5"
                                                                                "\1o\0\1k"),
     "ok 60 | TXT ok"},
    {"an empty string",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION AT_QNAME TYPE_TXT IN TTL60 "\0\1"
                                                                                "\0"),
     "ok 60 | TXT "},
    {"no string at all", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION AT_QNAME TYPE_TXT IN TTL60 "\0\0"),
     "malformed 0"},
    {"string over the end",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION AT_QNAME TYPE_TXT IN TTL60 "\0\3"
                                                                                "\3ok"),
     "malformed 0"},
    {"two records, least TTL",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\2\0\0\0\0") QUESTION TXT_OK AT_QNAME TYPE_TXT IN TTL9 "\0\2"
                                                                                              "\1x"),
     "ok 9 | TXT ok | TXT x"},
    {"TTL with its highest bit",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION AT_QNAME TYPE_TXT IN "\200\0\0\1"
                                                                          "\0\2"
                                                                          "\1x"),
     "ok 0 | TXT x"},
    {"another type is ignored",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\2\0\0\0\0") QUESTION AT_QNAME TYPE_A IN TTL9 "\0\1"
                                                                                     "x" TXT_OK),
     "ok 60 | TXT ok"},
    {"another owner is ignored",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\2\0\0\0\0") QUESTION AT_TEST TYPE_TXT IN TTL9 "\0\2"
                                                                                      "\1x" TXT_OK),
     "ok 60 | TXT ok"},
    {"another class is ignored",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION AT_QNAME TYPE_TXT "\0\3" TTL9 "\0\2"
                                                                       "\1x"),
     "nodata 0"},
    {"OPT", DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\1\0\0\0\1") QUESTION TXT_OK OPT), "ok 60 | TXT ok"},
    {"OPT with an extended rcode",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\0\0\0\0\1") QUESTION "\0" TYPE_OPT "\4\320"
                                                             "\1\0\0\0"
                                                             "\0\0"),
     "refused 0"},
    {"CNAME",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\2\0\0\0\0") QUESTION CNAME("a", "b") "\1b" AT_TEST TYPE_TXT IN TTL60 "\0\3"
                                                                             "\2ok"),
     "ok 9 | TXT ok"},
    {"CNAME behind its target",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\2\0\0\0\0") QUESTION "\1b" AT_TEST TYPE_TXT IN TTL60 "\0\3"
                                                             "\2ok" CNAME("a", "b")),
     "ok 9 | TXT ok"},
    {"8 CNAMEs backwards",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\11\0\0\0\0") QUESTION CNAME("h", "i") CNAME("g", "h") CNAME("f", "g")
                        CNAME("e", "f") CNAME("d", "e") CNAME("c", "d") CNAME("b", "c")
                            CNAME("a", "b") "\1i" AT_TEST TYPE_TXT IN TTL60 "\0\3"
                                            "\2ok"),
     "ok 9 | TXT ok"},
    {"9 CNAMEs",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\12\0\0\0\0") QUESTION CNAME("a", "b") CNAME("b", "c") CNAME("c", "d")
                        CNAME("d", "e") CNAME("e", "f") CNAME("f", "g") CNAME("g", "h") CNAME("h", "i")
                            CNAME("i", "j") "\1j" AT_TEST TYPE_TXT IN TTL60 "\0\3"
                                            "\2ok"),
     "malformed 0"},
    {"CNAME loop", DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\2\0\0\0\0") QUESTION CNAME("a", "b") CNAME("b", "a")),
     "malformed 0"},
    {"CNAME to nothing", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION CNAME("a", "b")), "nodata 0"},
    {"CNAME to NXDOMAIN", DMX_SLICE_INIT(HEAD("\201\203", "\0\1\0\1\0\1\0\0") QUESTION CNAME("a", "b") SOA_TEST),
     "nxdomain 9"},
    {"CNAME with bytes behind",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION AT_QNAME TYPE_CNAME IN TTL9 "\0\5"
                                                                                 "\1b" AT_TEST "x"),
     "malformed 0"},
    {"NODATA with SOA", DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\0\0\1\0\0") QUESTION SOA_TEST), "nodata 9"},
    {"NODATA, SOA's own TTL is less",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\0\0\1\0\0") QUESTION AT_TEST TYPE_SOA IN TTL9
                    "\0\26"
                    "\0"
                    "\0"
                    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4" TTL60),
     "nodata 9"},
    {"NODATA without SOA", DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\0\0\0\0\0") QUESTION), "nodata 0"},
    {"SOA of another zone",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\0\0\1\0\0") QUESTION "\1b" TYPE_SOA IN TTL60 "\0\26"
                                                             "\0"
                                                             "\0"
                                                             "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4" TTL9),
     "malformed 0"},
    {"SOA of a sister",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\0\0\1\0\0") QUESTION "\1b\0" TYPE_SOA IN TTL60 "\0\26"
                                                             "\0"
                                                             "\0"
                                                             "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4" TTL9),
     "nodata 0"},
    {"SOA cut short",
     DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\0\0\1\0\0") QUESTION AT_TEST TYPE_SOA IN TTL60 "\0\2"
                                                                                       "\0\0"),
     "nodata 0"},
    {"NXDOMAIN", DMX_SLICE_INIT(HEAD("\201\203", "\0\1\0\0\0\1\0\0") QUESTION SOA_TEST), "nxdomain 9"},
    {"NXDOMAIN with a record", DMX_SLICE_INIT(HEAD("\201\203", ONE_ANSWER) QUESTION TXT_OK), "malformed 0"},
    {"SERVFAIL", DMX_SLICE_INIT(HEAD("\201\202", "\0\1\0\0\0\0\0\0") QUESTION), "servfail 0"},
    {"REFUSED", DMX_SLICE_INIT(HEAD("\201\205", "\0\1\0\0\0\0\0\0") QUESTION), "refused 0"},
    {"FORMERR", DMX_SLICE_INIT(HEAD("\201\201", "\0\1\0\0\0\0\0\0") QUESTION), "refused 0"},
    {"NOTIMP", DMX_SLICE_INIT(HEAD("\201\204", "\0\1\0\0\0\0\0\0") QUESTION), "refused 0"},
    {"another id", DMX_SLICE_INIT("\022\065" FLAGS ONE_ANSWER QUESTION TXT_OK), "malformed 0"},
    {"a query", DMX_SLICE_INIT(HEAD("\1\0", ONE_ANSWER) QUESTION TXT_OK), "malformed 0"},
    {"another opcode", DMX_SLICE_INIT(HEAD("\251\200", ONE_ANSWER) QUESTION TXT_OK), "malformed 0"},
    {"truncated", DMX_SLICE_INIT(HEAD("\203\200", ONE_ANSWER) QUESTION TXT_OK), "malformed 0"},
    {"no question", DMX_SLICE_INIT(HEAD(FLAGS, "\0\0\0\0\0\0\0\0")), "malformed 0"},
    {"two questions", DMX_SLICE_INIT(HEAD(FLAGS, "\0\2\0\0\0\0\0\0") QUESTION QUESTION), "malformed 0"},
    {"another name", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) "\1b\4test\0" TYPE_TXT IN TXT_OK), "malformed 0"},
    {"another type asked", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QNAME TYPE_A IN TXT_OK), "malformed 0"},
    {"another class asked", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QNAME TYPE_TXT "\0\3" TXT_OK), "malformed 0"},
    {"empty", DMX_SLICE_INIT(""), "malformed 0"},
    {"header only", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER)), "malformed 0"},
    {"a record is missing", DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\2\0\0\0\0") QUESTION TXT_OK), "malformed 0"},
    {"additional is missing", DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\1\0\0\0\1") QUESTION TXT_OK), "malformed 0"},
    {"bytes behind", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION TXT_OK "x"), "malformed 0"},
    {"data over the end",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION AT_QNAME TYPE_TXT IN TTL60 "\0\4"
                                                                                "\2ok"),
     "malformed 0"},
    {"pointer to itself",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION "\300\30" TYPE_TXT IN TTL60 "\0\3"
                                                     "\2ok"),
     "malformed 0"},
    {"pointer forwards",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION "\300\32" TYPE_TXT IN TTL60 "\0\3"
                                                     "\2ok"),
     "malformed 0"},
    {"pointer into the header",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION "\300\13" TYPE_TXT IN TTL60 "\0\3"
                                                     "\2ok"),
     "malformed 0"},
    {"pointer cut", DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION "\300"), "malformed 0"},
    {"label that runs into its own pointer",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION "\1b\300\30" TYPE_TXT IN TTL60 "\0\3"
                                                     "\2ok"),
     "malformed 0"},
    {"label of kind 01",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION "\100" TYPE_TXT IN TTL60 "\0\3"
                                                     "\2ok"),
     "malformed 0"},
    {"label of kind 10",
     DMX_SLICE_INIT(HEAD(FLAGS, ONE_ANSWER) QUESTION "\200" TYPE_TXT IN TTL60 "\0\3"
                                                     "\2ok"),
     "malformed 0"},
};

static struct dmx_question question_for(const char *name, uint16_t type)
{
    struct dmx_question question = {.type = type};
    ck_assert(dmx_name_from_text(dmx_slice_cstr(name), &question.name));
    return question;
}

START_TEST(reply)
{
    struct dmx_question question = question_for("a.test", DMX_RR_TXT);
    struct dmx_answer answer = dmx_packet_read(replies[_i].packet, &question, 0x1234, arena);
    ck_slice_eq(replies[_i].label, render(&answer, arena), replies[_i].want);
    ck_assert(!answer.authenticated_data);
}
END_TEST

/* A good reply that ends early at any byte is malformed, never shorter. */
START_TEST(cut_anywhere)
{
    static const struct dmx_slice whole =
        DMX_SLICE_INIT(HEAD(FLAGS, "\0\1\0\2\0\1\0\1") QUESTION CNAME("a", "b") "\1b" AT_TEST TYPE_TXT IN TTL60 "\0\3"
                                                                                "\2ok" SOA_TEST OPT);
    struct dmx_question question = question_for("a.test", DMX_RR_TXT);
    for (size_t len = 0; len <= whole.len; len++) {
        struct dmx_answer answer = dmx_packet_read(dmx_slice_upto(whole, len), &question, 0x1234, arena);
        ck_assert_msg(answer.status == (len == whole.len ? DMX_DNS_OK : DMX_DNS_MALFORMED), "%zu bytes: %s", len,
                      dmx_dns_status_name(answer.status));
    }
}
END_TEST

/* One record of each type to a question of that type for a.test: its data, and what is read. */
static const struct {
    const char *label;
    uint16_t type;
    struct dmx_slice data; /* with its length */
    const char *want;
} data[] = {
    {"A", DMX_RR_A, DMX_SLICE_INIT("\0\4\300\0\2\1"), "ok 60 | A 192.0.2.1"},
    {"A of 3", DMX_RR_A, DMX_SLICE_INIT("\0\3\300\0\2"), "malformed 0"},
    {"A of 5", DMX_RR_A, DMX_SLICE_INIT("\0\5\300\0\2\1\1"), "malformed 0"},
    {"AAAA", DMX_RR_AAAA, DMX_SLICE_INIT("\0\20\040\1\015\270\0\0\0\0\0\0\0\0\0\0\0\1"), "ok 60 | AAAA 2001:db8::1"},
    {"mapped AAAA", DMX_RR_AAAA, DMX_SLICE_INIT("\0\20\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1"),
     "ok 60 | AAAA 192.0.2.1"},
    {"AAAA of 4", DMX_RR_AAAA, DMX_SLICE_INIT("\0\4\300\0\2\1"), "malformed 0"},
    {"MX", DMX_RR_MX, DMX_SLICE_INIT("\0\6\1\2\1m" AT_TEST), "ok 60 | MX 258 m.test"},
    {"null MX", DMX_RR_MX, DMX_SLICE_INIT("\0\3\0\0\0"), "ok 60 | MX 0 ."},
    {"MX without name", DMX_RR_MX, DMX_SLICE_INIT("\0\2\0\0"), "malformed 0"},
    {"MX with more", DMX_RR_MX, DMX_SLICE_INIT("\0\4\0\0\0x"), "malformed 0"},
    {"PTR", DMX_RR_PTR, DMX_SLICE_INIT("\0\4\1h" AT_TEST), "ok 60 | PTR h.test"},
    {"NS", DMX_RR_NS, DMX_SLICE_INIT("\0\4\1n" AT_TEST), "ok 60 | NS n.test"},
    {"name over the end of its data", DMX_RR_NS, DMX_SLICE_INIT("\0\1\1"), "malformed 0"},
    {"CNAME asked for", DMX_RR_CNAME, DMX_SLICE_INIT("\0\2" AT_TEST), "ok 60 | CNAME test"},
    {"SOA", DMX_RR_SOA,
     DMX_SLICE_INIT("\0\26"
                    "\0\0"
                    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4" TTL9),
     "ok 60 | SOA "},
};

START_TEST(record_data)
{
    struct dmx_question question = question_for("a.test", data[_i].type);
    struct dmx_builder b = dmx_builder_arena(arena, 1000);
    dmx_put(&b, DMX_SLICE(HEAD(FLAGS, ONE_ANSWER) QNAME));
    dmx_put_be16(&b, data[_i].type);
    dmx_put(&b, DMX_SLICE(IN AT_QNAME));
    dmx_put_be16(&b, data[_i].type);
    dmx_put(&b, DMX_SLICE(IN TTL60));
    dmx_put(&b, data[_i].data);
    struct dmx_answer answer = dmx_packet_read(dmx_builder_text(&b), &question, 0x1234, arena);
    ck_slice_eq(data[_i].label, render(&answer, arena), data[_i].want);
}
END_TEST

static const struct {
    uint16_t count;
    bool ok;
} many[] = {{DMX_PACKET_MAX_RRS - 1, true}, {DMX_PACKET_MAX_RRS, true}, {DMX_PACKET_MAX_RRS + 1, false}};

START_TEST(number_of_records)
{
    struct dmx_question question = question_for("a.test", DMX_RR_TXT);
    struct dmx_builder b = dmx_builder_arena(arena, 65535);
    dmx_put(&b, DMX_SLICE(ID FLAGS "\0\1"));
    dmx_put_be16(&b, many[_i].count);
    dmx_put(&b, DMX_SLICE("\0\0\0\0" QUESTION));
    for (unsigned i = 0; i < many[_i].count; i++)
        dmx_put(&b, DMX_SLICE(TXT_OK));
    struct dmx_answer answer = dmx_packet_read(dmx_builder_text(&b), &question, 0x1234, arena);
    ck_assert_int_eq(answer.status, many[_i].ok ? DMX_DNS_OK : DMX_DNS_MALFORMED);
    ck_assert_uint_eq(answer.count, many[_i].ok ? many[_i].count : 0);
}
END_TEST

START_TEST(the_ad_bit_is_kept)
{
    struct dmx_question question = question_for("a.test", DMX_RR_TXT);
    struct dmx_answer answer =
        dmx_packet_read(DMX_SLICE(HEAD("\201\240", ONE_ANSWER) QUESTION TXT_OK), &question, 0x1234, arena);
    ck_assert_int_eq(answer.status, DMX_DNS_OK);
    ck_assert(answer.authenticated_data);
}
END_TEST

START_TEST(without_memory_nothing_is_partial)
{
    struct dmx_arena *small = dmx_arena_new(16);
    struct dmx_question question = question_for("a.test", DMX_RR_TXT);
    struct dmx_answer answer =
        dmx_packet_read(DMX_SLICE(HEAD(FLAGS, ONE_ANSWER) QUESTION TXT_OK), &question, 0x1234, small);
    ck_assert(dmx_answer_is_temporary(&answer));
    ck_assert_uint_eq(answer.count, 0);
    dmx_arena_free(&small);
}
END_TEST

static const struct {
    const char *label;
    uint64_t case_bits;
    struct dmx_slice want;
} queries[] = {
    {"as given", 0, DMX_SLICE_INIT("\1A\3b1c\0")},
    {"first letter", 1, DMX_SLICE_INIT("\1a\3b1c\0")},
    {"third letter", 4, DMX_SLICE_INIT("\1A\3b1C\0")},
    {"all", UINT64_MAX, DMX_SLICE_INIT("\1a\3B1C\0")},
};

START_TEST(query)
{
    struct dmx_question question = question_for("A.b1c", DMX_RR_MX);
    char buf[512], want_buf[512];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf), want = dmx_builder_fixed(want_buf, sizeof want_buf);
    dmx_put_query(&b, &question, 0x1234, queries[_i].case_bits, DMX_EDNS);
    dmx_put(&want, DMX_SLICE("\022\064"
                             "\1\40"
                             "\0\1\0\0\0\0\0\1")); /* RD and AD */
    dmx_put(&want, queries[_i].want);
    dmx_put(&want, DMX_SLICE(TYPE_MX IN OPT));
    ck_assert_msg(dmx_slice_eq(dmx_builder_text(&b), dmx_builder_text(&want)), "%s", queries[_i].label);
}
END_TEST

START_TEST(the_longest_query_fits)
{
    struct dmx_question question = {.type = DMX_RR_TXT};
    dmx_name_root(&question.name);
    while (dmx_name_append(&question.name, DMX_SLICE("a")))
        ;
    char buf[512];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_query(&b, &question, 1, UINT64_MAX, DMX_EDNS);
    ck_assert_uint_eq(dmx_builder_text(&b).len, 12 + 255 + 4 + 11);
    ck_assert_int_eq(buf[13], 'A');
    ck_assert_int_eq(buf[12 + 2 * 126 + 1], 'A'); /* the bits are used again from letter 65 on */
}
END_TEST

START_TEST(a_query_without_edns)
{
    struct dmx_question question = question_for("A.b1c", DMX_RR_MX);
    char buf[512], want_buf[512];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf), want = dmx_builder_fixed(want_buf, sizeof want_buf);
    dmx_put_query(&b, &question, 0x1234, 0, DMX_NO_EDNS);
    dmx_put(&want, DMX_SLICE("\022\064"
                             "\1\40"
                             "\0\1\0\0\0\0\0\0"
                             "\1A\3b1c\0" TYPE_MX IN));
    ck_assert(dmx_slice_eq(dmx_builder_text(&b), dmx_builder_text(&want)));
}
END_TEST

#define REPLY(rcode, counts) "\0\0\201" rcode counts

static const struct {
    const char *label;
    struct dmx_slice packet;
    bool want;
} refusals[] = {
    {"NOERROR", DMX_SLICE_INIT(REPLY("\200", "\0\0\0\0\0\0\0\0")), false},
    {"FORMERR, header only", DMX_SLICE_INIT(REPLY("\201", "\0\0\0\0\0\0\0\0")), true},
    {"FORMERR with a question", DMX_SLICE_INIT(REPLY("\201", "\0\1\0\0\0\0\0\0") "\0\0\1\0\1"), true},
    {"SERVFAIL", DMX_SLICE_INIT(REPLY("\202", "\0\0\0\0\0\0\0\0")), false},
    {"NXDOMAIN", DMX_SLICE_INIT(REPLY("\203", "\0\0\0\0\0\0\0\0")), false},
    {"NOTIMP", DMX_SLICE_INIT(REPLY("\204", "\0\0\0\0\0\0\0\0")), true},
    {"REFUSED", DMX_SLICE_INIT(REPLY("\205", "\0\0\0\0\0\0\0\0")), false},
    {"BADVERS",
     DMX_SLICE_INIT(REPLY("\200", "\0\1\0\0\0\0\0\1") "\0\0\1\0\1"
                                                      "\0\0\51\4\320\1\0\0\0\0\0"),
     true},
    {"BADVERS, cut",
     DMX_SLICE_INIT(REPLY("\200", "\0\1\0\0\0\0\0\1") "\0\0\1\0\1"
                                                      "\0\0\51\4\320\1\0\0\0\0"),
     false},
    {"an OPT without an error",
     DMX_SLICE_INIT(REPLY("\200", "\0\1\0\0\0\0\0\1") "\0\0\1\0\1"
                                                      "\0\0\51\4\320\0\0\0\0\0\0"),
     false},
    {"no whole header", DMX_SLICE_INIT("\0\0\201\201"), false},
    {"nothing", DMX_SLICE_INIT(""), false},
};

START_TEST(refuses_edns)
{
    ck_assert_msg(dmx_packet_refuses_edns(refusals[_i].packet) == refusals[_i].want, "%s", refusals[_i].label);
}
END_TEST

static const struct {
    const char *label;
    struct dmx_slice packet;
    bool want;
} echoes[] = {
    {"the same", DMX_SLICE_INIT(REPLY("\200", "\0\1\0\0\0\0\0\0") "\1a\3B1c\0\0\1\0\1"), true},
    {"one other letter", DMX_SLICE_INIT(REPLY("\200", "\0\1\0\0\0\0\0\0") "\1a\3B1C\0\0\1\0\1"), false},
    {"as given", DMX_SLICE_INIT(REPLY("\200", "\0\1\0\0\0\0\0\0") "\1A\3b1c\0\0\1\0\1"), false},
    {"cut", DMX_SLICE_INIT(REPLY("\200", "\0\1\0\0\0\0\0\0") "\1a\3B1"), false},
    {"nothing", DMX_SLICE_INIT(""), false},
};

START_TEST(has_letters)
{
    struct dmx_question question = question_for("A.b1c", DMX_RR_A);
    ck_assert_msg(dmx_packet_has_letters(echoes[_i].packet, &question, 3) == echoes[_i].want, "%s", echoes[_i].label);
}
END_TEST

DMX_SUITE(dns_packet)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(reply, replies);
    DMX_TEST(cut_anywhere);
    DMX_TABLE(record_data, data);
    DMX_TABLE(number_of_records, many);
    DMX_TEST(the_ad_bit_is_kept);
    DMX_TEST(without_memory_nothing_is_partial);
    DMX_TABLE(query, queries);
    DMX_TEST(the_longest_query_fits);
    DMX_TEST(a_query_without_edns);
    DMX_TABLE(refuses_edns, refusals);
    DMX_TABLE(has_letters, echoes);
}
