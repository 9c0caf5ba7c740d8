/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/library.h"

#include <math.h>
#include <string.h>

#include "suite.h"

#define FUNCTIONS(X) X(ceil) X(floor)

struct functions {
    FUNCTIONS(DMX_LIBRARY_MEMBER)
};

static const char *const names[] = {FUNCTIONS(DMX_LIBRARY_NAME)};
static const char *const others[] = {"ceil", "dmx_no_such_function"};

static const struct {
    const char *label, *file;
    const char *const *names;
    const char *trouble; /* a part of it; NULL: there is none */
} libraries[] = {
    {"there", "libm.so.6", names, NULL},
    {"not there", "libdmx-no-such.so.1", names, "libdmx-no-such.so.1: cannot open"},
    {"without one of the functions", "libm.so.6", others, "undefined symbol: dmx_no_such_function"},
    {"what ld.so says is escaped and bounded",
     "libdmx\n"
     "no-such.so",
     names, "libdmx\\x0ano-such.so"},
};

START_TEST(load)
{
    struct functions functions = {0};
    struct dmx_library library = {
        .file = libraries[_i].file, .names = libraries[_i].names, .count = 2, .functions = &functions};
    ck_assert(dmx_library_load(&library) == !libraries[_i].trouble);
    ck_assert(dmx_library_load(&library) == !libraries[_i].trouble);
    const char *trouble = dmx_library_trouble();
    ck_assert_msg(!trouble == !libraries[_i].trouble, "%s: %s", libraries[_i].label, trouble ? trouble : "no trouble");
    if (trouble)
        ck_assert_msg(strstr(trouble, libraries[_i].trouble), "%s: %s", libraries[_i].label, trouble);
    else
        ck_assert(functions.ceil(2.5) == 3 && functions.floor(2.5) == 2);
    ck_assert_ptr_null(dmx_library_trouble());
}
END_TEST

DMX_SUITE(library)
{
    DMX_TABLE(load, libraries);
}
