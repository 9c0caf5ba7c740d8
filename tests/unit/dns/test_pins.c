/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "dmx/dns/pins.h"
#include "dmx/dns/present.h"
#include "suite.h"

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TEXT50  "01234567890123456789012345678901234567890123456789"
#define TEXT250 TEXT50 TEXT50 TEXT50 TEXT50 TEXT50

static struct dmx_arena *arena;

static void setup(void)
{
    arena = dmx_arena_new(64 << 20);
}

static void teardown(void)
{
    dmx_arena_free(&arena);
}

static struct dmx_slice written(const struct dmx_pins *pins)
{
    struct dmx_builder out = dmx_builder_arena(arena, 4 << 20);
    for (size_t i = 0; i < pins->count; i++)
        for (size_t j = 0; j < pins->items[i].answer.count; j++)
            dmx_put_pin(&out, &pins->items[i].question, &pins->items[i].answer.rrs[j], pins->items[i].ends_s);
    return dmx_builder_text(&out);
}

static const struct {
    const char *label, *text, *want;
} right[] = {
    {"nothing", "", ""},
    {"comments and empty lines", "# a comment, \"open (\n\n  \t# another\n; and one more\n\r\n", ""},
    {"a record", "_dmarc.A.example TXT until 2026-12-31 \"v=DMARC1; p=none\"\n",
     "_dmarc.a.example TXT until 2026-12-31 \"v=DMARC1; p=none\"\n"},
    {"dots, case, blanks, CR, no LF", "  _dmarc.a.example.\ttxt  UNTIL 2026-12-31\t\"x\" \r",
     "_dmarc.a.example TXT until 2026-12-31 \"x\"\n"},
    {"a comment behind it", "a.example TXT until 2026-12-31 \"x # y\" # not for ever; \"(\n",
     "a.example TXT until 2026-12-31 \"x # y\"\n"},
    {"strings are joined", "a TXT until 2026-12-31 \"x\" \"y\"", "a TXT until 2026-12-31 \"xy\"\n"},
    {"escapes", "\\036fail.a\\.b TXT until 2026-12-31 \"\\\"\\\\\\001\\200;\"",
     "\\036fail.a\\046b TXT until 2026-12-31 \"\\\"\\\\\\001\\200;\"\n"},
    {"no text", "a TXT until 2026-12-31 \"\"", "a TXT until 2026-12-31 \"\"\n"},
    {"long text", "a TXT until 2026-12-31 \"" TEXT250 "12345\" \"6\"",
     "a TXT until 2026-12-31 \"" TEXT250 "12345\" \"6\"\n"},
    {"addresses",
     "a A until 2026-12-31 192.0.2.1\na A until 2026-12-31 192.0.2.2\na AAAA until 2027-01-01 ::ffff:192.0.2.1",
     "a A until 2026-12-31 192.0.2.1\na A until 2026-12-31 192.0.2.2\na AAAA until 2027-01-01 ::ffff:192.0.2.1\n"},
    {"MX and PTR", "a MX until 2026-12-31 10 mx.A.example\n1.2.0.192.in-addr.arpa PTR until 2026-12-31 .",
     "a MX until 2026-12-31 10 mx.a.example\n1.2.0.192.in-addr.arpa PTR until 2026-12-31 .\n"},
    {"one that is over", "a A until 2000-01-01 192.0.2.1", "a A until 2000-01-01 192.0.2.1\n"},
};

/* What is read and written again reads and writes the same. */
START_TEST(pins_read)
{
    struct dmx_pins pins;
    struct dmx_reason reason;
    size_t line = 0;
    enum dmx_status status = dmx_pins_parse(dmx_slice_cstr(right[_i].text), arena, &pins, &line, &reason);
    ck_assert_msg(status == DMX_OK, "%s: line %zu: %s", right[_i].label, line, reason.text);
    struct dmx_slice text = written(&pins);
    ck_slice_eq(right[_i].label, text, right[_i].want);
    ck_assert_int_eq(dmx_pins_parse(text, arena, &pins, &line, &reason), DMX_OK);
    ck_slice_eq(right[_i].label, written(&pins), right[_i].want);
}
END_TEST

static const struct {
    const char *label, *text;
    size_t line;
    const char *token;
} wrong[] = {
    {"a name alone", "\n a", 2, "zone-missing-word"},
    {"no date", "a TXT until", 1, "zone-missing-word"},
    {"no until", "a TXT 2026-12-31 \"x\"", 1, "pin-no-until"},
    {"no record", "a TXT until 2026-12-31", 1, "pin-no-data"},
    {"a comment for a record", "a TXT until 2026-12-31 # x", 1, "pin-no-data"},
    {"a date that is none", "a TXT until 2026-02-29 \"x\"", 1, "pin-bad-date"},
    {"without quotes", "# one\na TXT until 2026-12-31 v=DMARC1; p=none", 2, "pin-unquoted"},
    {"a word behind the quotes", "a TXT until 2026-12-31 \"x\" y", 1, "pin-unquoted"},
    {"no such type", "a TYPE16 until 2026-12-31 \"x\"", 1, "pin-bad-type"},
    {"a type that nobody asks for", "a SOA until 2026-12-31 a b 1 2 3 4 5", 1, "pin-bad-type"},
    {"a CNAME", "a CNAME until 2026-12-31 b", 1, "pin-bad-type"},
    {"a wildcard", "*.a TXT until 2026-12-31 \"x\"", 1, "pin-wildcard"},
    {"an address that is none", "a A until 2026-12-31 192.0.2.256", 1, "zone-bad-address"},
    {"two addresses", "a A until 2026-12-31 192.0.2.1 192.0.2.2", 1, "zone-extra-word"},
    {"an open string", "a TXT until 2026-12-31 \"x", 1, "zone-open-string"},
    {"a label of 64", LABEL63 "a TXT until 2026-12-31 \"x\"", 1, "pin-long-name"},
    {"a string of 256", "a TXT until 2026-12-31 \"" TEXT250 "123456\"", 1, "zone-long-string"},
    {"two dates", "a A until 2026-12-31 192.0.2.1\na A until 2027-12-31 192.0.2.2", 2, "pin-two-ends"},
    {"a directive is a name", "$NODATA a", 1, "zone-missing-word"},
};

START_TEST(pins_refused)
{
    struct dmx_pins pins;
    struct dmx_reason reason;
    size_t line = 0;
    ck_assert_int_eq(dmx_pins_parse(dmx_slice_cstr(wrong[_i].text), arena, &pins, &line, &reason), DMX_INVALID);
    ck_assert_msg(line == wrong[_i].line && reason.token && strcmp(reason.token, wrong[_i].token) == 0,
                  "%s: got line %zu, %s", wrong[_i].label, line, reason.token);
    ck_assert_ptr_nonnull(reason.text);
}
END_TEST

static const size_t counts[] = {DMX_PINS_MAX - 1, DMX_PINS_MAX, DMX_PINS_MAX + 1};

START_TEST(so_many_pins)
{
    struct dmx_builder text = dmx_builder_arena(arena, 1 << 20);
    struct dmx_pins pins;
    struct dmx_reason reason;
    size_t line = 0;
    for (size_t i = 0; i < counts[_i]; i++) {
        dmx_put_u64(&text, i);
        dmx_put_cstr(&text, ".example A until 2026-12-31 192.0.2.1\n");
    }
    enum dmx_status status = dmx_pins_parse(dmx_builder_text(&text), arena, &pins, &line, &reason);
    ck_assert_int_eq(status, counts[_i] > DMX_PINS_MAX ? DMX_INVALID : DMX_OK);
    ck_assert_uint_eq(line, status == DMX_OK ? 0 : counts[_i]);
}
END_TEST

DMX_SUITE(dns_pins)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(pins_read, right);
    DMX_TABLE(pins_refused, wrong);
    DMX_TABLE(so_many_pins, counts);
}
