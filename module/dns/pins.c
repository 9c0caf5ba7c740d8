/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A line is taken apart here; its record is read, and the answer put together, as of a scripted zone. */
#include "dmx/dns/pins.h"

#include "dmx/base/ascii.h"
#include "dmx/base/date.h"
#include "dmx/dns/present.h"
#include "dmx/dns/zone.h"
#include "master.h"

#include "dmx/base/banned.h"

static const char wanted[] = "a pin is NAME TYPE until YYYY-MM-DD RDATA";

enum {
    RECORD_MAX = 4 * DMX_ZONE_MAX_LINE, /* a name escaped takes four bytes for one */
    PASSES = 4, /* over pins that met another process, which often enters the same ones: by then it is elsewhere */
};

struct reader {
    struct dmx_arena *arena;
    struct dmx_pins *pins;
    size_t capacity;
    size_t line_number;
    struct dmx_line line;
    struct dmx_builder records; /* the lines so far, as a zone */
};

static void fail(struct reader *r, const char *token, const char *text, struct dmx_slice about)
{
    dmx_line_fail(&r->line, token, text, about);
}

static void read_name(struct reader *r, struct dmx_word word, struct dmx_name *out)
{
    bool too_long;
    if (!dmx_line_name(&r->line, word, out, &too_long) && too_long)
        fail(r, "pin-long-name", "a name has labels of at most 63 bytes and 253 in all", word.raw);
    else if (!dmx_line_failed(&r->line) && out->wire[0] == 1 && out->wire[1] == '*')
        fail(r, "pin-wildcard", "a pin is for one name: a wildcard is none", word.raw);
}

static uint16_t read_type(struct reader *r, struct dmx_word word)
{
    uint16_t type = 0;
    bool known = !word.quoted && dmx_rr_type_parse(word.raw, &type);
    if (!known || type == DMX_RR_NS || type == DMX_RR_CNAME || type == DMX_RR_SOA)
        fail(r, "pin-bad-type", "a pin is of type A, AAAA, MX, PTR or TXT: dmx asks for nothing else", word.raw);
    return type;
}

/* "until" date */
static int64_t read_end(struct reader *r)
{
    struct dmx_word until = dmx_line_expect(&r->line, wanted), date = dmx_line_expect(&r->line, wanted);
    int64_t ends_s = 0;
    if (until.quoted || !dmx_slice_eq_nocase(until.raw, DMX_SLICE("until")))
        fail(r, "pin-no-until", "behind the type stands the word until, and a date", until.raw);
    else if (date.quoted || !dmx_date_parse(date.raw, &ends_s))
        fail(r, "pin-bad-date", "the date is YYYY-MM-DD", date.raw);
    return ends_s;
}

/* Looked for before a word is read: a comment may hold anything. */
static bool begins_comment(struct reader *r)
{
    dmx_cursor_run(&r->line.text, dmx_is_wsp);
    return dmx_cursor_peek(&r->line.text) == '#';
}

/*
 * Up to the comment or the end of the line. A record of DMARC without quotes would end at its first semicolon, and a
 * word behind the quotes would become a part of it: in TXT everything is quoted.
 */
static struct dmx_slice read_data(struct reader *r, uint16_t type)
{
    dmx_cursor_run(&r->line.text, dmx_is_wsp);
    const char *from = r->line.text.at, *to = from;
    struct dmx_word word;
    while (!begins_comment(r) && dmx_line_word(&r->line, &word)) {
        if (type == DMX_RR_TXT && !word.quoted)
            fail(r, "pin-unquoted", "the text of a TXT record stands in quotes, each string at most 255 bytes",
                 word.raw);
        to = r->line.text.at;
    }
    if (to == from)
        fail(r, "pin-no-data", wanted, DMX_SLICE_NONE);
    return dmx_slice(from, (size_t)(to - from));
}

static struct dmx_pin *find_pin(struct dmx_pins *pins, const struct dmx_question *question)
{
    for (size_t i = 0; i < pins->count; i++)
        if (pins->items[i].question.type == question->type &&
            dmx_name_eq(&pins->items[i].question.name, &question->name))
            return &pins->items[i];
    return NULL;
}

static void add_pin(struct reader *r, const struct dmx_pin *pin)
{
    const struct dmx_pin *same = find_pin(r->pins, &pin->question);
    if (same && same->ends_s != pin->ends_s)
        fail(r, "pin-two-ends", "the lines of one name and type end at one date", DMX_SLICE_NONE);
    if (same)
        return;
    if (r->pins->count == DMX_PINS_MAX) {
        fail(r, "pin-too-many", "there are more than 500 pins: leave some out, or mend what DNS says", DMX_SLICE_NONE);
        return;
    }
    struct dmx_pin *larger = dmx_arena_grow(r->arena, r->pins->items, r->pins->count, &r->capacity, sizeof *larger);
    if (!larger)
        return;
    r->pins->items = larger;
    larger[r->pins->count++] = *pin;
}

/* Whether the record alone is one; else the zone's reader has said why. */
static void check_record(struct reader *r, struct dmx_slice record)
{
    struct dmx_arena *arena = dmx_arena_new(RECORD_MAX); /* of its own: the reader takes much for each zone */
    struct dmx_zone *zone;
    struct dmx_reason reason = DMX_REASON("pin-no-memory", "out of memory", NULL);
    size_t line;
    if (!arena || dmx_zone_parse(record, arena, &zone, &line, &reason, NULL) != DMX_OK)
        fail(r, reason.token ? reason.token : "pin-no-memory", reason.text ? reason.text : "out of memory",
             reason.detail);
    dmx_arena_free(&arena);
}

/* pin = name type "until" date rdata */
static void read_pin(struct reader *r, struct dmx_word first)
{
    struct dmx_pin pin = {.line = r->line_number};
    read_name(r, first, &pin.question.name);
    pin.question.type = read_type(r, dmx_line_expect(&r->line, wanted));
    pin.ends_s = read_end(r);
    struct dmx_slice data = read_data(r, pin.question.type);
    if (dmx_line_failed(&r->line))
        return;
    size_t from = r->records.len;
    dmx_put_master_name(&r->records, &pin.question.name);
    dmx_put_char(&r->records, ' ');
    dmx_put_cstr(&r->records, dmx_rr_type_name(pin.question.type));
    dmx_put_char(&r->records, ' ');
    dmx_put(&r->records, data);
    dmx_put_char(&r->records, '\n');
    if (r->records.failed)
        return;
    check_record(r, dmx_slice(r->records.buf + from, r->records.len - from));
    if (!dmx_line_failed(&r->line))
        add_pin(r, &pin);
}

static void read_line(struct reader *r, struct dmx_slice text)
{
    struct dmx_word word;
    if (text.len && text.ptr[text.len - 1] == '\r')
        text.len--;
    r->line = (struct dmx_line){.text = dmx_cursor_from(text)};
    if (!begins_comment(r) && dmx_line_word(&r->line, &word))
        read_pin(r, word);
}

/* Every pin's answer, as the zone of all records gives it. */
static enum dmx_status answer_all(struct reader *r)
{
    struct dmx_zone *zone;
    struct dmx_reason reason;
    size_t line;
    struct dmx_answers *book = dmx_answers_new(r->arena, r->pins->count);
    if (!book || r->records.failed ||
        dmx_zone_parse(dmx_builder_text(&r->records), r->arena, &zone, &line, &reason, NULL) != DMX_OK)
        return DMX_NOMEM;
    for (size_t i = 0; i < r->pins->count; i++)
        (void)!dmx_answers_ask(book, &r->pins->items[i].question.name, r->pins->items[i].question.type);
    struct dmx_dns_source source = dmx_zone_source(zone);
    source.resolve(source.ctx, book, &DMX_BUDGET_UNLIMITED);
    if (dmx_arena_failed(r->arena) || dmx_answers_count(book) != r->pins->count)
        return DMX_NOMEM;
    for (size_t i = 0; i < r->pins->count; i++)
        r->pins->items[i].answer = *dmx_answers_answer(book, i);
    return DMX_OK;
}

enum dmx_status dmx_pins_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_pins *out, size_t *out_line,
                               struct dmx_reason *out_reason)
{
    struct reader r = {.arena = arena, .pins = out, .records = dmx_builder_arena(arena, RECORD_MAX)};
    struct dmx_slice line;
    *out = (struct dmx_pins){NULL, 0};
    *out_line = 0;
    *out_reason = DMX_REASON_NONE;
    while (dmx_slice_split(&text, '\n', &line)) {
        r.line_number++;
        read_line(&r, line);
        if (dmx_arena_failed(arena) || r.records.failed)
            return DMX_NOMEM;
        if (dmx_line_failed(&r.line)) {
            *out_line = r.line_number;
            *out_reason = r.line.error;
            return DMX_INVALID;
        }
    }
    return out->count ? answer_all(&r) : DMX_OK;
}

void dmx_put_pin(struct dmx_builder *out, const struct dmx_question *question, const struct dmx_rr *rr, int64_t ends_s)
{
    dmx_put_master_name(out, &question->name);
    dmx_put_char(out, ' ');
    dmx_put_cstr(out, dmx_rr_type_name(question->type));
    dmx_put_cstr(out, " until ");
    dmx_put_date(out, ends_s);
    dmx_put_char(out, ' ');
    dmx_put_rr_data(out, rr);
    dmx_put_char(out, '\n');
}

static void forget_others(const struct dmx_pins *pins, struct dmx_cache *cache, int64_t now_s, struct dmx_arena *arena)
{
    struct dmx_cache_entry entry;
    struct dmx_pins known = *pins;
    size_t cursor = 0;
    while (dmx_cache_next_pin(cache, &cursor, now_s, arena, &entry)) {
        const struct dmx_pin *pin = find_pin(&known, &entry.question);
        if (!pin || pin->ends_s <= now_s)
            dmx_cache_unpin(cache, &entry.question);
    }
}

/* Those that are not entered yet; how many still are not. */
static size_t enter_rest(const struct dmx_pins *pins, struct dmx_cache *cache, int64_t now_s, bool entered[])
{
    size_t left_out = 0;
    for (size_t i = 0; i < pins->count; i++) {
        const struct dmx_pin *pin = &pins->items[i];
        entered[i] = entered[i] || pin->ends_s <= now_s ||
                     dmx_cache_pin(cache, &pin->question, &pin->answer, now_s, pin->ends_s);
        left_out += !entered[i];
    }
    return left_out;
}

size_t dmx_pins_enter(const struct dmx_pins *pins, struct dmx_cache *cache, int64_t now_s, struct dmx_arena *arena)
{
    forget_others(pins, cache, now_s, arena);
    bool *entered = dmx_arena_array(arena, pins->count, sizeof *entered);
    if (!entered)
        return pins->count;
    for (size_t i = 0; i < pins->count; i++)
        entered[i] = false;
    size_t left_out = pins->count;
    for (int i = 0; i < PASSES && left_out > 0; i++)
        left_out = enter_rest(pins, cache, now_s, entered);
    return left_out;
}
