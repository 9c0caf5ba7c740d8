/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The wall around libspf2. */
#include "../../../module/spf/library.h"

#include <netinet/in.h>
#include <string.h>

#include <spf2/spf.h>

#include "suite.h"

static const struct dmx_ip client = {.family = DMX_IP_V4, .bytes = {192, 0, 2, 1}};

/* Answers by the name: a has the client's address, n nothing, everything else ends the evaluation. */
static enum dmx_spf_found lookup(void *ctx, const char *name, uint16_t type, struct dmx_spf_hosts *out)
{
    static const char *const hosts[] = {"n.test", "a.test"};
    size_t *calls = ctx;
    ++*calls;
    if (name[0] != 'a' && name[0] != 'n')
        return SPF_ABANDON;
    if (type == ns_t_mx)
        *out = (struct dmx_spf_hosts){.names = hosts, .count = 2};
    else if (name[0] == 'a')
        *out = (struct dmx_spf_hosts){.ips = &client, .count = 1};
    return out->count > 0 ? SPF_FOUND : SPF_NOTHING;
}

static bool include(void *ctx, const char *name, enum dmx_result *out)
{
    (void)ctx;
    *out = name[0] == 'p' ? DMX_PASS : name[0] == 'f' ? DMX_FAIL : DMX_NEUTRAL;
    return name[0] != 'x';
}

static const struct {
    const char *text;
    enum dmx_spf_run run;
    enum dmx_result result;
} run_rows[] = {
    {"v=spf1", SPF_RUN_NO_MATCH, DMX_NEUTRAL},
    {"v=spf1 ?all", SPF_RUN_MATCH, DMX_NEUTRAL},
    {"v=spf1 +all", SPF_RUN_MATCH, DMX_PASS},
    {"v=spf1 -all", SPF_RUN_MATCH, DMX_FAIL},
    {"v=spf1 ~all", SPF_RUN_MATCH, DMX_SOFTFAIL},
    {"v=spf1 +a:a.test", SPF_RUN_MATCH, DMX_PASS},
    {"v=spf1 +a:n.test", SPF_RUN_NO_MATCH, DMX_NEUTRAL},
    {"v=spf1 +a:x.test +all", SPF_RUN_FAILED, DMX_NONE},
    {"v=spf1 -mx:a.test", SPF_RUN_MATCH, DMX_FAIL},
    {"v=spf1 +exists:a.test", SPF_RUN_MATCH, DMX_PASS},
    {"v=spf1 +exists:x.test +all", SPF_RUN_FAILED, DMX_NONE},
    {"v=spf1 +include:p.test", SPF_RUN_MATCH, DMX_PASS},
    {"v=spf1 -include:p.test", SPF_RUN_MATCH, DMX_FAIL},
    {"v=spf1 +include:f.test ~all", SPF_RUN_MATCH, DMX_SOFTFAIL},
    {"v=spf1 +include:n.test", SPF_RUN_NO_MATCH, DMX_NEUTRAL},
    {"v=spf1 +include:x.test +all", SPF_RUN_FAILED, DMX_NONE},
    {"v=spf1 moo +all", SPF_RUN_FAILED, DMX_NONE},
    {"no record", SPF_RUN_FAILED, DMX_NONE},
    {"", SPF_RUN_FAILED, DMX_NONE},
};

START_TEST(runs_a_piece)
{
    size_t calls = 0;
    struct dmx_spf_hooks hooks = {.ctx = &calls, .lookup = lookup, .include = include};
    struct dmx_spf_library *library = dmx_spf_library_new(&hooks, &client);
    enum dmx_result result = DMX_NONE;
    ck_assert(library != NULL);
    enum dmx_spf_run run = dmx_spf_library_run(library, run_rows[_i].text, &result);
    ck_assert_msg(run == run_rows[_i].run, "%s: %d", run_rows[_i].text, (int)run);
    ck_assert_msg(result == run_rows[_i].result, "%s: %s", run_rows[_i].text, dmx_result_word(result));
    dmx_spf_library_free(&library);
    ck_assert(library == NULL);
}
END_TEST

static void quiet(const char *file, int line, const char *message)
{
    (void)file;
    (void)line;
    (void)message;
}

/* libspf2's fatal error would end Exim. It ends the evaluation, and its handlers are Exim's own again. */
START_TEST(survives_the_fatal_error)
{
    size_t calls = 0;
    struct dmx_spf_hooks hooks = {.ctx = &calls, .lookup = lookup, .include = include};
    void (*error)(const char *, int, const char *) = SPF_error_handler;
    enum dmx_result result = DMX_NONE;
    SPF_warning_handler = quiet;
    SPF_info_handler = quiet;
    SPF_debug_handler = NULL;
    struct dmx_spf_library *library = dmx_spf_library_new(&hooks, &client);
    ck_assert(library != NULL);
    ck_assert_int_eq(dmx_spf_library_provoke(library), SPF_RUN_FAILED);
    ck_assert_int_eq(dmx_spf_library_run(library, "v=spf1 +all", &result), SPF_RUN_FAILED); /* no longer trusted */
    dmx_spf_library_free(&library);
    ck_assert(SPF_error_handler == error);
    ck_assert(SPF_warning_handler == quiet && SPF_info_handler == quiet && SPF_debug_handler == NULL);
    library = dmx_spf_library_new(&hooks, &client);
    ck_assert_int_eq(dmx_spf_library_run(library, "v=spf1 +all", &result), SPF_RUN_MATCH);
    dmx_spf_library_free(&library);
}
END_TEST

/* A run inside the hook of a run, as includes are. */
struct nest {
    struct dmx_spf_library *library;
    size_t depth, most;
};

static bool include_again(void *ctx, const char *name, enum dmx_result *out)
{
    struct nest *nest = ctx;
    (void)name;
    nest->depth++;
    if (nest->depth == nest->most) {
        *out = DMX_PASS;
        return true;
    }
    char text[64]; /* each name once: libspf2 takes an include of the same name for a loop */
    snprintf(text, sizeof text, "v=spf1 +include:p%zu.test", nest->depth);
    return dmx_spf_library_run(nest->library, text, out) == SPF_RUN_MATCH;
}

START_TEST(runs_inside_a_run)
{
    struct nest nest = {.most = SPF_LIBRARY_DEPTH};
    struct dmx_spf_hooks hooks = {.ctx = &nest, .include = include_again};
    enum dmx_result result = DMX_NONE;
    nest.library = dmx_spf_library_new(&hooks, &client);
    ck_assert_int_eq(dmx_spf_library_run(nest.library, "v=spf1 +include:p.test", &result), SPF_RUN_MATCH);
    ck_assert_int_eq(result, DMX_PASS);
    dmx_spf_library_free(&nest.library);
}
END_TEST

DMX_SUITE(spf_library)
{
    DMX_TABLE(runs_a_piece, run_rows);
    DMX_TEST(survives_the_fatal_error);
    DMX_TEST(runs_inside_a_run);
}
