/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/psl/choice.h"

#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define BROKEN "/proc/version" /* a regular file that is no list, on every Linux */
#define ABSENT "/nonexistent/list"

static const struct {
    const char *label, *own, *fallback;
    const char *path, *own_token, *fallback_token; /* NULL: none */
    bool own_missing;
} choices[] = {
    {"the site's own", DMX_PSL_DEBIAN, ABSENT, DMX_PSL_DEBIAN, NULL, NULL, false},
    {"it is missing", ABSENT, DMX_PSL_DEBIAN, DMX_PSL_DEBIAN, "psl-open", NULL, true},
    {"below a file", BROKEN "/x", DMX_PSL_DEBIAN, DMX_PSL_DEBIAN, "psl-open", NULL, true},
    {"none is named", NULL, DMX_PSL_DEBIAN, DMX_PSL_DEBIAN, "psl-open", NULL, true},
    {"an empty name", "", DMX_PSL_DEBIAN, DMX_PSL_DEBIAN, "psl-open", NULL, true},
    {"it is damaged", BROKEN, DMX_PSL_DEBIAN, DMX_PSL_DEBIAN, "psl-format", NULL, false},
    {"a directory", "/", DMX_PSL_DEBIAN, DMX_PSL_DEBIAN, "psl-not-a-file", NULL, false},
    {"neither is there", ABSENT, ABSENT, NULL, "psl-open", "psl-open", true},
    {"both are damaged", BROKEN, BROKEN, NULL, "psl-format", "psl-format", false},
};

static void same_text(const char *label, const char *got, const char *want)
{
    ck_assert_msg(got == want || (got && want && strcmp(got, want) == 0), "%s: got %s, want %s", label,
                  got ? got : "nothing", want ? want : "nothing");
}

START_TEST(chooses)
{
    const char *label = choices[_i].label;
    struct dmx_psl_choice choice;
    dmx_psl_choose(choices[_i].own, choices[_i].fallback, &choice);
    same_text(label, choice.path, choices[_i].path);
    same_text(label, choice.own.token, choices[_i].own_token);
    same_text(label, choice.fallback.token, choices[_i].fallback_token);
    ck_assert_msg((choice.psl != NULL) == (choices[_i].path != NULL), "%s: a list", label);
    ck_assert_msg(choice.own_missing == choices[_i].own_missing, "%s: missing", label);
    dmx_psl_free(&choice.psl);
}
END_TEST

DMX_SUITE(choice)
{
    DMX_TABLE(chooses, choices);
}
