/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/taglist.h"

#include "dmx/base/builder.h"
#include "suite.h"

/* Tags are written as "[name|value]". */
static const struct {
    const char *label, *text, *want; /* want NULL: refused with token */
    const char *token;
} rows[] = {
    {"two tags", "v=1; a=rsa-sha256", "[v|1][a|rsa-sha256]", NULL},
    {"last semicolon", "v=1;", "[v|1]", NULL},
    {"last semicolon and white space", "v=1; \r\n\t", "[v|1]", NULL},
    {"white space around everything", " \r\n v \t=\r\n 1 ; a\t= b \r\n ", "[v|1][a|b]", NULL},
    {"folds in a value are kept", "b=abc\r\n def", "[b|abc\r\n def]", NULL},
    {"empty value", "p=; k=rsa", "[p|][k|rsa]", NULL},
    {"empty value at the end", "p=", "[p|]", NULL},
    {"equals signs in a value", "b=YQ==; x=a=b", "[b|YQ==][x|a=b]", NULL},
    {"names are case-sensitive", "s=1; S=2", "[s|1][S|2]", NULL},
    {"names with digits and underscore", "a_1=x", "[a_1|x]", NULL},
    {"UTF-8 in a value",
     "d=b\xC3\xBC"
     "cher.example",
     "[d|b\xC3\xBC"
     "cher.example]",
     NULL},
    {"every visible byte", "n=!\"#$%&'()*+,-./09:<=>?@AZ[\\]^_`az{|}~", "[n|!\"#$%&'()*+,-./09:<=>?@AZ[\\]^_`az{|}~]",
     NULL},
    {"empty list", "", "", NULL},
    {"blank list", " \r\n ", "", NULL},
    {"a tag twice", "a=1; b=2; a=1", NULL, "tag-twice"},
    {"only a semicolon", ";", NULL, "bad-tag-list"},
    {"semicolon first", ";v=1", NULL, "bad-tag-list"},
    {"two semicolons", "v=1;;a=2", NULL, "bad-tag-list"},
    {"two semicolons at the end", "v=1;;", NULL, "bad-tag-list"},
    {"no equals sign", "v", NULL, "bad-tag-list"},
    {"no equals sign later", "v=1; abc; d=e", NULL, "bad-tag-list"},
    {"no name", "=1", NULL, "bad-tag-list"},
    {"name begins with a digit", "1a=x", NULL, "bad-tag-list"},
    {"name begins with an underscore", "_a=x", NULL, "bad-tag-list"},
    {"hyphen in a name", "a-b=x", NULL, "bad-tag-list"},
    {"space in a name", "a b=x", NULL, "bad-tag-list"},
    {"8-bit name", "\xC3\xBC=x", NULL, "bad-tag-list"},
    {"control in a value", "a=x\001y", NULL, "bad-tag-list"},
    {"DEL in a value", "a=x\x7F", NULL, "bad-tag-list"},
};

START_TEST(lists)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 4096);
    struct dmx_taglist list;
    struct dmx_reason reason = DMX_REASON_NONE;
    enum dmx_status status = dmx_taglist_parse(dmx_slice_cstr(rows[_i].text), arena, &list, &reason);
    ck_assert_msg(status == (rows[_i].want ? DMX_OK : DMX_INVALID), "%s: %s", rows[_i].label, dmx_status_name(status));
    if (!rows[_i].want) {
        ck_assert_str_eq(reason.token, rows[_i].token);
        ck_assert_ptr_nonnull(reason.text);
        ck_assert_ptr_nonnull(reason.section);
    } else {
        for (size_t i = 0; i < list.count; i++) {
            dmx_put_char(&b, '[');
            dmx_put(&b, list.tags[i].name);
            dmx_put_char(&b, '|');
            dmx_put(&b, list.tags[i].value);
            dmx_put_char(&b, ']');
            ck_assert_ptr_eq(rows[_i].text + list.tags[i].offset, list.tags[i].name.ptr);
        }
        ck_slice_eq(rows[_i].label, dmx_builder_text(&b), rows[_i].want);
    }
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(nul_is_no_value)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_taglist list;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_taglist_parse(DMX_SLICE("a=x\0;b=y"), arena, &list, &reason), DMX_INVALID);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(gets)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_taglist list;
    struct dmx_reason reason;
    struct dmx_slice value = DMX_SLICE("before");
    ck_assert_int_eq(dmx_taglist_parse(DMX_SLICE("ab=1; p=; c=3"), arena, &list, &reason), DMX_OK);
    ck_assert(!dmx_taglist_get(&list, DMX_SLICE("a"), &value));
    ck_assert(!dmx_taglist_get(&list, DMX_SLICE("AB"), &value));
    ck_slice_eq("untouched", value, "before");
    ck_assert(dmx_taglist_get(&list, DMX_SLICE("c"), &value));
    ck_slice_eq("c", value, "3");
    ck_assert(dmx_taglist_get(&list, DMX_SLICE("p"), &value));
    ck_slice_eq("p", value, "");
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    size_t count;
    enum dmx_status want;
} limit_rows[] = {{DMX_MAX_TAGS - 1, DMX_OK}, {DMX_MAX_TAGS, DMX_OK}, {DMX_MAX_TAGS + 1, DMX_INVALID}};

START_TEST(tag_limit)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 4096);
    struct dmx_taglist list;
    struct dmx_reason reason = DMX_REASON_NONE;
    for (size_t i = 0; i < limit_rows[_i].count; i++) {
        dmx_put_char(&b, 'a');
        dmx_put_u64(&b, i);
        dmx_put_cstr(&b, "=x;");
    }
    ck_assert_int_eq(dmx_taglist_parse(dmx_builder_text(&b), arena, &list, &reason), limit_rows[_i].want);
    if (limit_rows[_i].want != DMX_OK)
        ck_assert_str_eq(reason.token, "too-many-tags");
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(without_memory)
{
    struct dmx_arena *arena = dmx_arena_new(16);
    struct dmx_taglist list;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_taglist_parse(DMX_SLICE("a=1"), arena, &list, &reason), DMX_NOMEM);
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(taglist)
{
    DMX_TABLE(lists, rows);
    DMX_TEST(nul_is_no_value);
    DMX_TEST(gets);
    DMX_TABLE(tag_limit, limit_rows);
    DMX_TEST(without_memory);
}
