/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "../../../psl-updater/dafsa.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../psl-updater/prove.h"
#include "dmx/psl/dafsa.h"
#include "dmx/psl/psl.h"
#include "sample.h"
#include "suite.h"

#define CN                                                                             \
    "\xe5\x85\xac\xe5\x8f\xb8.cn\n" /* two names that begin with the same two bytes */ \
    "\xe5\x80\x8b\xe4\xba\xba.cn\n"

static const struct {
    const char *label, *text;
} lists[] = {
    {"one of one letter", SAMPLE_LIST("a\n", "")},
    {"one", SAMPLE_LIST("com\n", "")},
    {"one begins like the other", SAMPLE_LIST("co\ncom\n", "")},
    {"they end alike", SAMPLE_LIST("aa.com\nbb.com\nab.com\n", "c.com\n")},
    {"values differ", SAMPLE_LIST("a.com\n*.b.com\n!x.b.com\nc.com\n*.c.com\n", "d.com\n*.e.com\n!x.e.com\n")},
    {"a name in one section, its wildcard in the other", SAMPLE_LIST("a.com\n", "*.a.com\n")},
    {"U-labels", SAMPLE_LIST(CN "cn\n", "")},
    {"as many labels as there may be", SAMPLE_LIST("1.2.3.4.5.6.7.com\n*.2.2.3.4.5.6.com\n!x.2.2.3.4.5.6.com\n", "")},
    {"a long name",
     SAMPLE_LIST("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff.aaaaaaaaaabbbbbbbbbbcccccccccc"
                 "ddddddddddeeeeeeeeeeffffffffff.com\n",
                 "")},
};

START_TEST(small)
{
    struct dmx_arena *arena = dmx_arena_new(DMX_LIST_ARENA_BYTES);
    struct dmx_list list = sample_parse(dmx_slice_cstr(lists[_i].text), arena);
    struct dmx_slice file = sample_compile(&list, arena);
    struct dmx_proof proof;
    struct dmx_reason reason;
    enum dmx_status status = dmx_dafsa_prove(&list, file, arena, &proof, &reason);
    ck_assert_msg(status == DMX_OK, "%s: %s %.*s", lists[_i].label, reason.token, DMX_SLICE_ARG(reason.detail));
    ck_assert_uint_ge(proof.comparisons, list.count * 7);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(nothing)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_list list = sample_parse(DMX_SLICE(SAMPLE_LIST("", "")), arena);
    struct dmx_builder b = dmx_builder_arena(arena, 1000);
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_dafsa_compile(&list, arena, &b, &reason), DMX_INVALID);
    ck_assert_str_eq(reason.token, "empty");
    dmx_arena_free(&arena);
}
END_TEST

/* The seal says what was compiled, and any bit that turns over, and any byte that is lost, is seen. */
START_TEST(seal)
{
    static const char text[] =
        "// VERSION: 2024-02-29_12-34-56_UTC\n" SAMPLE_LIST("com\nco.uk\nuk\n*.ck\n!www.ck\n", "a.com\n");
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_list list = sample_parse(dmx_slice_cstr(text), arena);
    struct dmx_slice file = sample_compile(&list, arena);
    struct dmx_dafsa_seal found;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_dafsa_check(file, &found, &reason), DMX_OK);
    ck_assert(found.present && found.version_s == 1709210096 && found.rules == 6 && found.text_crc == list.text_crc);
    char copy[1000];
    ck_assert_uint_le(file.len, sizeof copy);
    memcpy(copy, file.ptr, file.len);
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
        ck_assert_msg(dmx_dafsa_check(dmx_slice(copy, file.len), &found, &reason) == DMX_INVALID, "bit %zu", bit);
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
    }
    /* Cut exactly before its seal it is a whole file without one. */
    for (size_t len = 0; len < file.len; len++)
        ck_assert_msg((dmx_dafsa_check(dmx_slice(copy, len), &found, &reason) == DMX_OK) ==
                          (len == file.len - DMX_DAFSA_SEAL_BYTES - 1),
                      "%zu bytes", len);
    dmx_arena_free(&arena);
}
END_TEST

static struct dmx_slice without_seal(struct dmx_slice file, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, file.len);
    dmx_put(&b, dmx_slice_upto(file, file.len - DMX_DAFSA_SEAL_BYTES - 1));
    dmx_put_char(&b, DMX_DAFSA_UTF8);
    return dmx_builder_text(&b);
}

/* A compiler that makes a mistake is caught: the list is proven against the file of another one. */
static const struct {
    const char *label, *text, *other, *detail;
} mistakes[] = {
    {"a rule is lost", SAMPLE_LIST("uk\nco.uk\nac.uk\n", ""), SAMPLE_LIST("uk\nco.uk\n", ""), "ac.uk"},
    {"a top level is lost", SAMPLE_LIST("uk\nde\n", ""), SAMPLE_LIST("uk\n", ""), "de"},
    {"a rule is too much", SAMPLE_LIST("uk\nco.uk\n", ""), SAMPLE_LIST("uk\nco.uk\na.co.uk\n", ""), "a.co.uk"},
    {"a wildcard becomes plain", SAMPLE_LIST("*.ck\n", ""), SAMPLE_LIST("ck\n", ""), "a.ck"},
    {"a plain one becomes a wildcard", SAMPLE_LIST("ck\n", ""), SAMPLE_LIST("*.ck\n", ""), "a.ck"},
    {"an exception is lost", SAMPLE_LIST("*.ck\n!www.ck\n", ""), SAMPLE_LIST("*.ck\n", ""), "www.ck"},
    {"a U-label is lost", SAMPLE_LIST("cn\n" CN, ""), SAMPLE_LIST("cn\nxn--55qx5d.cn\n", ""),
     "\xe5\x85\xac\xe5\x8f\xb8.cn"},
    {"a letter more", SAMPLE_LIST("ab.com\n", ""), SAMPLE_LIST("aab.com\nab.com\n", ""), "aab.com"},
    {"a letter less", SAMPLE_LIST("xab.com\n", ""), SAMPLE_LIST("xab.com\nab.com\n", ""), "ab.com"},
};

START_TEST(mistake)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_list list = sample_parse(dmx_slice_cstr(mistakes[_i].text), arena);
    struct dmx_list other = sample_parse(dmx_slice_cstr(mistakes[_i].other), arena);
    struct dmx_slice file = sample_compile(&other, arena);
    struct dmx_proof proof;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_dafsa_prove(&list, file, arena, &proof, &reason), DMX_INVALID);
    ck_assert_str_eq(reason.token, "other-list");
    ck_assert_int_eq(dmx_dafsa_prove(&list, without_seal(file, arena), arena, &proof, &reason), DMX_INVALID);
    ck_slice_eq(mistakes[_i].label, dmx_slice_cstr(reason.token), "proof");
    ck_slice_eq(mistakes[_i].label, reason.detail, mistakes[_i].detail);
    dmx_arena_free(&arena);
}
END_TEST

static void load_by_module(struct dmx_slice file)
{
    char path[] = "/tmp/dmx-dafsa-XXXXXX";
    const char *const paths[] = {path};
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, file.ptr, file.len), (ssize_t)file.len);
    close(fd);
    struct dmx_psl *psl = NULL;
    struct dmx_reason reason;
    double start = sample_cpu_ms();
    enum { TIMES = 100 };
    for (int i = 0; i < TIMES; i++) {
        dmx_psl_free(&psl);
        ck_assert_int_eq(dmx_psl_load(paths, 1, &psl, &reason), DMX_OK);
    }
    printf("psl-updater: the module loads the compiled list in %.3f ms\n", (sample_cpu_ms() - start) / TIMES);
    unlink(path);
    struct dmx_slice org = dmx_psl_org_domain(psl, DMX_SLICE("a.b.example.co.uk"));
    ck_slice_eq("organizational domain", org, "example.co.uk");
    dmx_psl_free(&psl);
}

/* The real list: whole, the same each time, no larger than Debian's by more than its seal and a hundredth, proven. */
START_TEST(real)
{
    struct dmx_arena *arena = dmx_arena_new(DMX_LIST_ARENA_BYTES);
    double start = sample_cpu_ms();
    struct dmx_list list = sample_parse(sample_file(SAMPLE_TEXT, arena), arena);
    double parsed = sample_cpu_ms();
    struct dmx_slice file = sample_compile(&list, arena);
    double compiled = sample_cpu_ms();
    struct dmx_proof proof;
    struct dmx_reason reason;
    enum dmx_status status = dmx_dafsa_prove(&list, file, arena, &proof, &reason);
    double proven = sample_cpu_ms();
    ck_assert_msg(status == DMX_OK, "%s %.*s", reason.token, DMX_SLICE_ARG(reason.detail));
    printf(
        "psl-updater: %zu rules read in %.1f ms, compiled in %.1f ms to %zu bytes, proven in %.1f ms by %zu questions, "
        "%zu kB\n",
        list.count, parsed - start, compiled - parsed, file.len, proven - compiled, proof.comparisons,
        dmx_arena_used(arena) / 1024);
    struct dmx_slice debian = sample_file(SAMPLE_DAFSA, arena), again = sample_compile(&list, arena);
    ck_assert(dmx_slice_eq(file, again));
    ck_assert_uint_le(file.len, debian.len + DMX_DAFSA_SEAL_BYTES + debian.len / 100);
    status = dmx_dafsa_prove(&list, debian, arena, &proof, &reason);
    ck_assert_msg(status == DMX_OK, "Debian's own: %s %.*s", reason.token, DMX_SLICE_ARG(reason.detail));
    load_by_module(file);
    dmx_arena_free(&arena);
}
END_TEST

/* Whatever memory is missing, it is said so. */
START_TEST(without_memory)
{
    static const char text[] = SAMPLE_LIST("com\n*.ck\n!www.ck\n", "b.com\n");
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_list list = sample_parse(dmx_slice_cstr(text), arena);
    enum dmx_status status = DMX_NOMEM;
    for (size_t cap = 0; status != DMX_OK; cap += 1024) {
        struct dmx_arena *scratch = dmx_arena_new(cap);
        struct dmx_builder b = dmx_builder_arena(arena, 10000);
        struct dmx_reason reason;
        status = dmx_dafsa_compile(&list, scratch, &b, &reason);
        ck_assert_msg(status == DMX_OK || status == DMX_NOMEM, "%zu: %s", cap, dmx_status_name(status));
        dmx_arena_free(&scratch);
    }
    char small_buf[40];
    struct dmx_builder b = dmx_builder_fixed(small_buf, sizeof small_buf);
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_dafsa_compile(&list, arena, &b, &reason), DMX_NOMEM);
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(dafsa)
{
    DMX_TABLE(small, lists);
    DMX_TEST(nothing);
    DMX_TEST(seal);
    DMX_TABLE(mistake, mistakes);
    DMX_TEST(real);
    DMX_TEST(without_memory);
}
