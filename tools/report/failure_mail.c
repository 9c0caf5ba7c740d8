/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A mail that waits, and the tally, as files:
 *
 *     mail  = "DMXR 1 " crc LF lines LF message      crc: eight hexadecimal digits, over all that follows its line
 *     lines = "to " address LF "about " domain LF "made " number LF "incidents " number LF 1*( "capsule " id LF )
 *     tally = 1*( word " " number LF )
 */
#include "failure_dir.h"

#include "dmx/base/crc.h"
#include "dmx/base/number.h"

#include "dmx/base/banned.h"

enum { CRC_DIGITS = 8, TALLY_MAX = 4096 };
static const struct dmx_slice magic = DMX_SLICE_INIT("DMXR 1 ");

/* ---- mails ---- */

static void put_text_line(struct dmx_builder *out, const char *word, struct dmx_slice value)
{
    dmx_put_cstr(out, word);
    dmx_put_char(out, ' ');
    dmx_put(out, value);
    dmx_put_char(out, '\n');
}

static void put_number_line(struct dmx_builder *out, const char *word, uint64_t value)
{
    dmx_put_cstr(out, word);
    dmx_put_char(out, ' ');
    dmx_put_u64(out, value);
    dmx_put_char(out, '\n');
}

static void put_crc(char *at, uint32_t crc)
{
    for (int i = 0; i < CRC_DIGITS; i++, crc <<= 4)
        at[i] = "0123456789abcdef"[crc >> 28];
}

void failure_mail_put(struct dmx_builder *out, const struct dmx_queued_mail *mail)
{
    size_t start = out->len + magic.len;
    dmx_put(out, magic);
    dmx_put_cstr(out, "00000000\n");
    put_text_line(out, "to", mail->recipient);
    put_text_line(out, "about", mail->domain);
    put_number_line(out, "made", (uint64_t)mail->made_s);
    put_number_line(out, "incidents", mail->incidents);
    for (size_t i = 0; i < mail->capsule_count; i++)
        put_text_line(out, "capsule", mail->capsules[i]);
    dmx_put_char(out, '\n');
    dmx_put(out, mail->message);
    size_t body = start + CRC_DIGITS + 1;
    if (!out->failed)
        put_crc(out->buf + start, dmx_crc32(0, dmx_slice(out->buf + body, out->len - body)));
}

/* What stands behind word and a blank, if the line begins so. */
static bool is_line(struct dmx_slice line, const char *word, struct dmx_slice *out_value)
{
    struct dmx_slice name = dmx_slice_cstr(word);
    if (!dmx_slice_starts(line, name) || line.len <= name.len || line.ptr[name.len] != ' ')
        return false;
    *out_value = dmx_slice_from(line, name.len + 1);
    return true;
}

static bool take_number(struct dmx_slice *rest, const char *word, uint64_t *out)
{
    struct dmx_slice line, value;
    return dmx_slice_split(rest, '\n', &line) && is_line(line, word, &value) && dmx_parse_u64(value, INT64_MAX, out);
}

static bool take_text(struct dmx_slice *rest, const char *word, struct dmx_slice *out)
{
    struct dmx_slice line;
    return dmx_slice_split(rest, '\n', &line) && is_line(line, word, out) && out->len > 0;
}

static bool take_capsules(struct dmx_slice *rest, struct dmx_arena *arena, struct dmx_queued_mail *out)
{
    struct dmx_slice *list = NULL, line, id;
    size_t capacity = 0;
    while (rest->ptr && dmx_slice_split(rest, '\n', &line) && line.len > 0) {
        struct dmx_slice *more = dmx_arena_grow(arena, list, out->capsule_count, &capacity, sizeof *list);
        if (!more || !is_line(line, "capsule", &id) || id.len != FAILURE_ID)
            return false;
        list = more;
        list[out->capsule_count++] = id;
    }
    out->capsules = list;
    return out->capsule_count > 0;
}

static bool has_crc(struct dmx_slice bytes, struct dmx_slice body)
{
    char crc[CRC_DIGITS];
    put_crc(crc, dmx_crc32(0, body));
    return dmx_slice_eq(dmx_slice(bytes.ptr + magic.len, CRC_DIGITS), dmx_slice(crc, sizeof crc));
}

enum dmx_status failure_mail_get(struct dmx_slice bytes, struct dmx_arena *arena, struct dmx_queued_mail *out)
{
    uint64_t made;
    struct dmx_slice rest = dmx_slice_from(bytes, magic.len + CRC_DIGITS + 1);
    *out = (struct dmx_queued_mail){.made_s = 0};
    if (!dmx_slice_starts(bytes, magic) || rest.len == 0 || !has_crc(bytes, rest))
        return DMX_INVALID;
    if (!take_text(&rest, "to", &out->recipient) || !take_text(&rest, "about", &out->domain) ||
        !take_number(&rest, "made", &made) || !take_number(&rest, "incidents", &out->incidents) ||
        !take_capsules(&rest, arena, out))
        return dmx_arena_failed(arena) ? DMX_NOMEM : DMX_INVALID;
    out->made_s = (int64_t)made;
    out->message = rest;
    return rest.len > 0 ? DMX_OK : DMX_INVALID;
}

/* ---- the tally ---- */

static const struct {
    const char *word;
    size_t offset;
} tally_rows[] = {
    {"capsules", offsetof(struct dmx_failures_tally, capsules)},
    {"incidents", offsetof(struct dmx_failures_tally, incidents)},
    {"sent", offsetof(struct dmx_failures_tally, sent)},
    {"failed", offsetof(struct dmx_failures_tally, failed)},
    {"suppressed", offsetof(struct dmx_failures_tally, suppressed)},
    {"refused", offsetof(struct dmx_failures_tally, refused)},
    {"unwanted", offsetof(struct dmx_failures_tally, unwanted)},
    {"old", offsetof(struct dmx_failures_tally, old)},
    {"excess", offsetof(struct dmx_failures_tally, excess)},
    {"damaged", offsetof(struct dmx_failures_tally, damaged)},
};
enum { TALLY_ROWS = sizeof tally_rows / sizeof *tally_rows };
static const char tally_name[] = "tally";

static uint64_t *count_of(struct dmx_failures_tally *tally, size_t i)
{
    return (uint64_t *)(void *)((char *)tally + tally_rows[i].offset);
}

static uint64_t const_count_of(const struct dmx_failures_tally *tally, size_t i)
{
    return *(const uint64_t *)(const void *)((const char *)tally + tally_rows[i].offset);
}

/* Lines that are not known, or not there, are passed over: a later version counts more. */
static void read_tally(struct dmx_slice text, struct dmx_failures_tally *out, int64_t *out_since_s)
{
    struct dmx_slice line, value;
    uint64_t number;
    while (text.ptr && dmx_slice_split(&text, '\n', &line)) {
        if (is_line(line, "since", &value) && dmx_parse_u64(value, INT64_MAX, &number))
            *out_since_s = (int64_t)number;
        for (size_t i = 0; i < TALLY_ROWS; i++)
            if (is_line(line, tally_rows[i].word, &value) && dmx_parse_u64(value, UINT64_MAX, &number))
                *count_of(out, i) = number;
    }
}

void failure_tally_read(int dir, struct dmx_failures_tally *out, int64_t *out_since_s)
{
    struct dmx_slice text;
    struct dmx_arena *arena = dmx_arena_new(2 * TALLY_MAX);
    *out = (struct dmx_failures_tally){.sent = 0};
    *out_since_s = 0;
    if (arena && failure_read(dir, tally_name, TALLY_MAX, arena, &text) == DMX_OK)
        read_tally(text, out, out_since_s);
    dmx_arena_free(&arena);
}

enum dmx_status failure_tally_add(int dir, const struct dmx_failures_tally *more, int64_t now_s)
{
    char buf[TALLY_MAX];
    struct dmx_builder text = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_failures_tally sum;
    int64_t since_s;
    uint64_t any = 0;
    failure_tally_read(dir, &sum, &since_s);
    put_number_line(&text, "since", (uint64_t)(since_s > 0 ? since_s : now_s));
    for (size_t i = 0; i < TALLY_ROWS; i++) {
        any |= const_count_of(more, i);
        put_number_line(&text, tally_rows[i].word, *count_of(&sum, i) + const_count_of(more, i));
    }
    return any ? failure_write(dir, tally_name, dmx_builder_text(&text), now_s) : DMX_OK;
}
