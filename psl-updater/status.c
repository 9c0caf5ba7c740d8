/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "status.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "accept.h"
#include "complaint.h"
#include "dmx/base/builder.h"
#include "dmx/base/clock.h"
#include "list.h"
#include "pair.h"
#include "turn.h"

#include "dmx/base/banned.h"

enum { DAY_S = 24 * 60 * 60, LINE_BYTES = PATH_MAX * 4 + 1024, REASON_SHOWN = 200 };

struct status {
    const char *state;
    int code;
    struct pair pair;
    struct pair_age age;
    int64_t version_s; /* 0: the list says none */
    size_t rules;
    int64_t now_s;
};

/* What a sealed file says of itself; else the text has to be read. */
static void count(struct status *s, struct dmx_arena *arena)
{
    struct dmx_list list;
    struct dmx_reason reason;
    s->version_s = s->pair.seal.version_s;
    s->rules = s->pair.seal.rules;
    if (s->pair.seal.present || !s->pair.text.ptr || dmx_list_parse(s->pair.text, arena, &list, &reason) != DMX_OK)
        return;
    s->version_s = list.version_s;
    s->rules = list.count;
}

static void judge(struct status *s, int64_t max_age_s)
{
    s->code = EXIT_DAMAGED;
    if (s->pair.state == PAIR_MISSING) {
        s->state = "missing";
    } else if (s->pair.state == PAIR_DAMAGED) {
        s->state = "damaged";
    } else if (s->age.kind == PAIR_AGE_KNOWN && s->age.seconds > max_age_s * 2) {
        s->state = "stale";
        s->code = EXIT_STALE;
    } else {
        s->state = s->age.kind == PAIR_AGE_KNOWN && s->age.seconds < max_age_s ? "fresh" : "due";
        s->code = EXIT_OK;
    }
}

static void put_version(int64_t version_s, struct dmx_builder *out)
{
    char text[32];
    struct tm tm;
    time_t when = (time_t)version_s;
    if (version_s == 0 || !gmtime_r(&when, &tm) || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        dmx_put_cstr(out, "unknown");
    else
        dmx_put_cstr(out, text);
}

static void put_age(const struct pair_age *age, struct dmx_builder *out)
{
    if (age->kind != PAIR_AGE_KNOWN) {
        dmx_put_cstr(out, " age_s=unknown age_days=unknown");
        return;
    }
    dmx_put_cstr(out, " age_s=");
    dmx_put_i64(out, age->seconds);
    dmx_put_cstr(out, " age_days=");
    dmx_put_i64(out, age->seconds / DAY_S);
}

static void put_reason(const struct status *s, struct dmx_builder *out)
{
    const char *text = s->pair.state == PAIR_DAMAGED ? s->pair.reason.text : NULL;
    if (s->pair.state == PAIR_MISSING)
        text = "there is no compiled list yet; psl-updater --now fetches one";
    if (!text && s->age.kind == PAIR_AGE_FUTURE)
        text = "the time of the list lies in the future";
    if (!text && dmx_list_is_frozen(s->version_s, s->now_s))
        text = "the list's own VERSION is more than 90 days old";
    if (!text)
        return;
    dmx_put_cstr(out, " reason=\"");
    dmx_put_escaped(out, dmx_slice_cstr(text), REASON_SHOWN);
    dmx_put_char(out, '"');
}

static void print(const struct status *s, const struct place *place)
{
    char line[LINE_BYTES];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "state=");
    dmx_put_cstr(&b, s->state);
    put_age(&s->age, &b);
    dmx_put_cstr(&b, " version=");
    put_version(s->version_s, &b);
    dmx_put_cstr(&b, " rules=");
    dmx_put_u64(&b, s->rules);
    dmx_put_cstr(&b, " path=");
    dmx_put_escaped(&b, dmx_slice_cstr(place->path), PATH_MAX);
    put_reason(s, &b);
    puts(dmx_builder_text(&b).len ? line : s->state);
}

/* An update between the reading of one file and of the other makes a pair look damaged that never was. */
static enum dmx_status read_pair(const struct place *place, struct dmx_arena *arena, struct pair *out)
{
    enum dmx_status status = pair_read(place, arena, out);
    if (status == DMX_OK && out->state == PAIR_DAMAGED)
        status = pair_read(place, arena, out);
    return status;
}

int status_run(const struct settings *settings, const struct place *place)
{
    struct status s = {.state = "", .now_s = dmx_clock_unix_s()};
    struct dmx_arena *arena = dmx_arena_new(DMX_LIST_ARENA_BYTES + DMX_LIST_MAX_BYTES * 4);
    if (!arena || read_pair(place, arena, &s.pair) != DMX_OK) {
        dmx_arena_free(&arena);
        return complain(EXIT_BROKEN, "%s: no memory", place->path);
    }
    s.age = pair_age(place, turn_read(place).checked_s, s.now_s);
    judge(&s, settings->max_age_s);
    count(&s, arena);
    print(&s, place);
    dmx_arena_free(&arena);
    return s.code;
}
