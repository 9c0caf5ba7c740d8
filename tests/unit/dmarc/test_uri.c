/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dmarc/uri.h"

#include "dmx/base/builder.h"
#include "suite.h"

static const struct {
    const char *label, *list, *want; /* want: TEXT[!SIZE][<ADDRESS>], one after the other, separated by blanks */
} lists[] = {
    {"B9 size in megabytes", "mailto:a@b.ex!10m", "mailto:a@b.ex!10m<a@b.ex>"},
    {"B9 size in bytes", "mailto:a@b.ex!512", "mailto:a@b.ex!512<a@b.ex>"},
    {"B9 upper-case unit", "mailto:a@b.ex!1T", "mailto:a@b.ex!1T<a@b.ex>"},
    {"B9 of another scheme", "https://b.ex/!5k", "https://b.ex/!5k"},
    {"B9 no digits", "mailto:a@b.ex!k", ""},
    {"B9 an unknown unit", "mailto:a@b.ex!1x", ""},
    {"B9 two sizes", "mailto:a@b.ex!1k!2k", ""},
    {"B9 nothing after the mark", "mailto:a@b.ex!", ""},

    {"B10 one", "mailto:a@b.ex", "mailto:a@b.ex<a@b.ex>"},
    {"B10 list with blanks", "mailto:a@b.ex , mailto:c@d.ex,\tMAILTO:e@f.ex",
     "mailto:a@b.ex<a@b.ex> mailto:c@d.ex<c@d.ex> MAILTO:e@f.ex<e@f.ex>"},
    {"B10 another scheme beside", "https://b.ex/r?x=1,mailto:a@b.ex", "https://b.ex/r?x=1 mailto:a@b.ex<a@b.ex>"},
    {"B10 encoded comma", "mailto:a%2Cb@b.ex", "mailto:a%2Cb@b.ex<a,b@b.ex>"},
    {"B10 encoded mark", "mailto:a%21b@b.ex!3k", "mailto:a%21b@b.ex!3k<a!b@b.ex>"},
    {"B10 encoded @", "mailto:a%40b.ex", "mailto:a%40b.ex<a@b.ex>"},
    {"B10 header fields are not used", "mailto:a@b.ex?subject=x", "mailto:a@b.ex?subject=x<a@b.ex>"},
    {"B10 empty members", ",mailto:a@b.ex,,", "mailto:a@b.ex<a@b.ex>"},
    {"B10 no scheme", "a@b.ex", ""},
    {"B10 no scheme, with a port", "1a:a@b.ex", ""},
    {"B10 empty scheme", ":a@b.ex", ""},
    {"B10 scheme alone", "mailto:", ""},
    {"B10 no @", "mailto:b.ex", ""},
    {"B10 nobody", "mailto:@b.ex", ""},
    {"B10 nowhere", "mailto:a@", ""},
    {"B10 nowhere but fields", "mailto:?to=a@b.ex", ""},
    {"B10 a blank", "mailto:a b@b.ex", ""},
    {"B10 8-bit", "mailto:\xc3\xa4@b.ex", ""},
    {"B10 half an encoding", "mailto:a@b.ex%2", ""},
    {"B10 no encoding", "mailto:a%zz@b.ex", ""},
    {"B10 an encoded line end", "mailto:a%0aBcc:c@b.ex", ""},
    {"B10 an encoded NUL", "mailto:a%00@b.ex", ""},
    {"B10 an encoded blank", "mailto:a%20b@b.ex", ""},
    {"B10 bad ones do not hide good ones", "junk,mailto:,mailto:a@b.ex,<x>", "mailto:a@b.ex<a@b.ex>"},
    {"B10 nothing", "", ""},
};

START_TEST(list)
{
    struct dmx_arena *arena = dmx_arena_new(100000);
    struct dmx_builder b = dmx_builder_arena(arena, 1000);
    struct dmx_slice rest = dmx_slice_cstr(lists[_i].list), address;
    struct dmx_report_uri uri;
    while (dmx_report_uri_next(&rest, &uri)) {
        if (b.len)
            dmx_put_char(&b, ' ');
        dmx_put(&b, uri.text);
        if (uri.size.len) {
            dmx_put_char(&b, '!');
            dmx_put(&b, uri.size);
        }
        bool has_address = dmx_report_uri_address(&uri, arena, &address);
        ck_assert_int_eq(has_address, uri.recipient.len > 0);
        if (has_address) {
            dmx_put_char(&b, '<');
            dmx_put(&b, address);
            dmx_put_char(&b, '>');
        }
    }
    ck_slice_eq(lists[_i].label, dmx_builder_text(&b), lists[_i].want);
    ck_assert(!dmx_report_uri_next(&rest, &uri));
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(uri)
{
    DMX_TABLE(list, lists);
}
