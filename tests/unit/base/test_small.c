/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The files of base that are too small for a suite of their own: budget, clock, invariant, reason, status. */
#include <string.h>

#include "dmx/base/budget.h"
#include "dmx/base/clock.h"
#include "dmx/base/invariant.h"
#include "dmx/base/reason.h"
#include "suite.h"

static uint64_t now_1000(void)
{
    return 1000;
}

static const struct {
    uint64_t at_ms, left_ms;
} budget_rows[] = {
    {1001, 1}, {1000, 0}, {999, 0}, {0, 0}, {UINT64_MAX, UINT64_MAX - 1000},
};

START_TEST(budget_counts_down)
{
    const struct dmx_budget budget = {.at_ms = budget_rows[_i].at_ms, .now_ms = now_1000};
    ck_assert_uint_eq(dmx_budget_left_ms(&budget), budget_rows[_i].left_ms);
    ck_assert(dmx_budget_spent(&budget) == (budget_rows[_i].left_ms == 0));
}
END_TEST

START_TEST(budget_without_end)
{
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    ck_assert(dmx_budget_left_ms(&budget) == UINT64_MAX);
    ck_assert(!dmx_budget_spent(&budget));
}
END_TEST

START_TEST(clocks_run)
{
    uint64_t before = dmx_clock_mono_ms();
    ck_assert_uint_ge(dmx_clock_mono_ms(), before);
    ck_assert_int_gt(dmx_clock_unix_s(), 1700000000);
}
END_TEST

static const char *broken_what;
static int broken_line;

static void note(const char *what, const char *file, int line)
{
    broken_what = strstr(file, "test_small") ? what : NULL;
    broken_line = line;
}

START_TEST(invariant_calls_its_hook)
{
    int n = 3;
    dmx_invariant_hook = note;
    ck_assert(!DMX_BROKEN(n == 3));
    ck_assert_ptr_null(broken_what);
    ck_assert(DMX_BROKEN(n == 4));
    ck_assert_str_eq(broken_what, "n == 4");
    ck_assert_int_gt(broken_line, 0);
    dmx_invariant_hook = NULL;
    ck_assert(DMX_BROKEN(n == 4));
}
END_TEST

START_TEST(status_names_differ)
{
    static const enum dmx_status all[] = {DMX_OK, DMX_NOMEM, DMX_LIMIT, DMX_IO, DMX_INVALID};
    for (size_t i = 0; i < DMX_COUNT(all); i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(dmx_status_name(all[i]), dmx_status_name(all[k]));
    ck_assert_str_eq(dmx_status_name(DMX_OK), "ok");
    ck_assert_str_eq(dmx_status_name((enum dmx_status)99), "unknown");
}
END_TEST

START_TEST(reasons)
{
    const struct dmx_reason none = DMX_REASON_NONE;
    const struct dmx_reason about = DMX_REASON_ABOUT("a-token", "A text", NULL, DMX_SLICE("d"));
    ck_assert_ptr_null(none.token);
    ck_assert_str_eq(about.token, "a-token");
    ck_slice_eq("detail", about.detail, "d");
    ck_assert_uint_eq(DMX_REASON("t", "x", "s").detail.len, 0);
}
END_TEST

DMX_SUITE(small)
{
    DMX_TABLE(budget_counts_down, budget_rows);
    DMX_TEST(budget_without_end);
    DMX_TEST(clocks_run);
    DMX_TEST(invariant_calls_its_hook);
    DMX_TEST(status_names_differ);
    DMX_TEST(reasons);
}
