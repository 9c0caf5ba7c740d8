/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Unit tests speak in tables. DMX_SUITE(name) { DMX_TEST(fn); DMX_TABLE(fn, rows); } — each row of a table is one test
 * and sees its index as _i. Failure messages print label, got, want.
 */
#ifndef DMX_TESTS_SUITE_H
#define DMX_TESTS_SUITE_H

#include <check.h>
#include <stdio.h>

#include "dmx/base/slice.h"

#define DMX_COUNT(array) (sizeof(array) / sizeof *(array))

void dmx_register_suite(const char *name, void (*build)(TCase *tcase));

#define DMX_SUITE(name)                                            \
    static void build_##name(TCase *tcase);                        \
    __attribute__((constructor)) static void register_##name(void) \
    {                                                              \
        dmx_register_suite(#name, build_##name);                   \
    }                                                              \
    static void build_##name(TCase *tcase)

#define DMX_TEST(fn)        tcase_add_test(tcase, fn)
#define DMX_TABLE(fn, rows) tcase_add_loop_test(tcase, fn, 0, (int)DMX_COUNT(rows))

/* Slice against C string, with the row's label in the message. */
#define ck_slice_eq(label, got, want)                                                                  \
    ck_assert_msg(dmx_slice_eq((got), dmx_slice_cstr(want)), "%s: got \"%.*s\", want \"%s\"", (label), \
                  DMX_SLICE_ARG(got), (want))

#endif
