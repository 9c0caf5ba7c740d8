/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Runs every suite that registered itself; exit status 1 when a test failed. `SUITE=name` runs one. */
#include <stdlib.h>

#include "dmx/base/invariant.h"
#include "suite.h"

enum { MAX_SUITES = 64, TIMEOUT_S = 60 };

static struct {
    const char *name;
    void (*build)(TCase *tcase);
} suites[MAX_SUITES];
static size_t suite_count;

void dmx_register_suite(const char *name, void (*build)(TCase *tcase))
{
    if (suite_count == MAX_SUITES)
        abort();
    suites[suite_count].name = name;
    suites[suite_count++].build = build;
}

static void die(const char *what, const char *file, int line)
{
    fprintf(stderr, "broken invariant %s at %s:%d\n", what, file, line);
    abort();
}

int main(void)
{
    dmx_invariant_hook = die;
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < suite_count; i++) {
        Suite *suite = suite_create(suites[i].name);
        TCase *tcase = tcase_create(suites[i].name);
        tcase_set_timeout(tcase, TIMEOUT_S);
        suites[i].build(tcase);
        suite_add_tcase(suite, tcase);
        srunner_add_suite(runner, suite);
    }
    const char *only = getenv("SUITE");
    srunner_run(runner, only, NULL, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
