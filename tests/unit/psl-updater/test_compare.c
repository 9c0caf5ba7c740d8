/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Half a million names that nobody chose, asked of the text by our algorithm, of the compiled list through libpsl, and
 * of the text as libpsl itself reads it. The names are the same in every run.
 */
#include <libpsl.h>
#include <string.h>

#include "../../../psl-updater/prove.h"
#include "dmx/base/builder.h"
#include "sample.h"
#include "suite.h"

enum {
    BATCHES = 10, /* each a test of its own, so that none is long under a sanitizer */
    NAMES = 50000,
    MAX_NAME = 200,
    SEED = 20260115,
};

struct source {
    const struct dmx_list *list;
    uint64_t state;
};

static size_t draw(struct source *s, size_t below)
{
    s->state ^= s->state << 13;
    s->state ^= s->state >> 7;
    s->state ^= s->state << 17;
    return (size_t)((s->state >> 11) % below);
}

static struct dmx_slice any_rule(struct source *s)
{
    const struct dmx_rule *rule = &s->list->rules[draw(s, s->list->count)];
    return draw(s, 4) ? rule->ascii : rule->utf8;
}

/* The wildcards and exceptions are few, and where it goes wrong. */
static struct dmx_slice odd_rule(struct source *s)
{
    size_t i = draw(s, s->list->count), tries = s->list->count;
    while (tries-- > 0 && !s->list->rules[i].wildcard && !s->list->rules[i].exception)
        i = (i + 1) % s->list->count;
    return s->list->rules[i].ascii;
}

static void put_random_label(struct source *s, struct dmx_builder *b)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (size_t n = 1 + draw(s, 5); n > 0; n--)
        dmx_put_char(b, letters[draw(s, sizeof letters - 1)]);
}

/* A label of the list at another place, or one of no sense. */
static void put_label(struct source *s, struct dmx_builder *b)
{
    struct dmx_slice rule = any_rule(s);
    if (draw(s, 2))
        dmx_put(b, dmx_slice_upto(rule, dmx_slice_find(rule, '.')));
    else
        put_random_label(s, b);
    dmx_put_char(b, '.');
}

static struct dmx_slice make_name(struct source *s, char buf[static MAX_NAME])
{
    struct dmx_builder b = dmx_builder_fixed(buf, MAX_NAME);
    struct dmx_slice tail = draw(s, 4) ? any_rule(s) : odd_rule(s);
    if (draw(s, 4) == 0)
        tail = dmx_slice_from(tail, dmx_slice_find(tail, '.') + 1);
    for (size_t n = draw(s, 4); n > 0; n--)
        put_label(s, &b);
    if (tail.len > 0)
        dmx_put(&b, tail);
    else
        put_random_label(s, &b);
    struct dmx_slice name = dmx_builder_text(&b);
    size_t at = name.len ? draw(s, name.len) : 0;
    if (name.len > 0 && draw(s, 5) == 0 && (unsigned char)buf[at] < 0x80 && buf[at] != '.')
        buf[at] = (char)('a' + draw(s, 26)); /* one letter wrong */
    return name;
}

static bool agrees_with_libpsl(const struct dmx_list *list, const psl_ctx_t *text, struct dmx_slice name)
{
    const char *suffix = psl_unregistrable_domain(text, name.ptr);
    return suffix && strlen(suffix) == dmx_list_suffix_len(list, name);
}

START_TEST(half_a_million)
{
    struct dmx_arena *arena = dmx_arena_new(DMX_LIST_ARENA_BYTES);
    struct dmx_list list = sample_parse(sample_file(SAMPLE_TEXT, arena), arena);
    struct dmx_prover *prover;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_prover_open(&list, sample_compile(&list, arena), arena, &prover, &reason), DMX_OK);
    psl_ctx_t *text = psl_load_file(SAMPLE_TEXT);
    ck_assert_ptr_nonnull(text);
    struct source source = {&list, (uint64_t)(SEED + _i)};
    char buf[MAX_NAME];
    size_t asked = 0, below = 0;
    double start = sample_cpu_ms();
    while (asked < NAMES) {
        struct dmx_slice name = make_name(&source, buf);
        if (name.len == 0)
            continue;
        asked++;
        below += !dmx_list_is_suffix(&list, name);
        ck_assert_msg(dmx_prover_agree(prover, name), "text and compiled list differ: %s", buf);
        ck_assert_msg(agrees_with_libpsl(&list, text, name), "we and libpsl read the text differently: %s", buf);
    }
    printf("psl-updater: %zu names from seed %d, %zu of them no suffix: no difference, %.0f ms\n", asked, SEED + _i,
           below, sample_cpu_ms() - start);
    ck_assert_uint_gt(below, NAMES / 10);
    ck_assert_uint_gt(asked - below, NAMES / 10);
    psl_free(text);
    dmx_prover_close(&prover);
    dmx_arena_free(&arena);
}
END_TEST

/* Lists that nobody chose: each compiles, is proven, and is read back by libpsl's own reader of the text. */
START_TEST(random_lists)
{
    enum { LISTS = 300 };
    struct source source = {NULL, SEED};
    size_t rules = 0;
    for (int i = 0; i < LISTS; i++) {
        struct dmx_arena *arena = dmx_arena_new(DMX_LIST_ARENA_BYTES);
        struct dmx_builder b = dmx_builder_arena(arena, 1 << 20);
        dmx_put_cstr(&b, BEGIN_ICANN END_ICANN BEGIN_PRIVATE);
        for (size_t n = 1 + draw(&source, 200); n > 0; n--) {
            dmx_put_cstr(&b, draw(&source, 5) ? "" : "*.");
            for (size_t labels = draw(&source, 4); labels > 0; labels--) {
                dmx_put_cstr(&b, (const char *[]){"a.", "b.", "\xc3\xa9.", "\xc3\xa8x.", "\xe5\x85\xac.",
                                                  "ab."}[draw(&source, 6)]);
            }
            dmx_put_char(&b, (char)('a' + draw(&source, 3)));
            dmx_put_u64(&b, n); /* no rule twice */
            dmx_put_cstr(&b, "x\n");
        }
        dmx_put_cstr(&b, END_PRIVATE);
        struct dmx_list list = sample_parse(dmx_builder_text(&b), arena);
        struct dmx_proof proof;
        struct dmx_reason reason;
        enum dmx_status status = dmx_dafsa_prove(&list, sample_compile(&list, arena), arena, &proof, &reason);
        ck_assert_msg(status == DMX_OK, "%s %.*s in\n%s", reason.token, DMX_SLICE_ARG(reason.detail), b.buf);
        rules += list.count;
        dmx_arena_free(&arena);
    }
    ck_assert_uint_gt(rules, LISTS * 50);
}
END_TEST

DMX_SUITE(compare)
{
    tcase_add_loop_test(tcase, half_a_million, 0, BATCHES);
    DMX_TEST(random_lists);
}
