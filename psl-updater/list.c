/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "list.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/base/crc.h"
#include "dmx/base/utf8.h"
#include "order.h"
#include "rule.h"
#include "version.h"

/* Where in the list a line stands. Each of the four marker lines takes it one place on. */
enum place { BEFORE, IN_ICANN, BETWEEN, IN_PRIVATE, AFTER };

static const struct {
    struct dmx_slice line;
    const char *missing; /* at the end of the text, in the place before it */
} markers[] = {
    {DMX_SLICE_INIT("// ===BEGIN ICANN DOMAINS==="), "no line \"// ===BEGIN ICANN DOMAINS===\": this is not the list"},
    {DMX_SLICE_INIT("// ===END ICANN DOMAINS==="),
     "the list is cut: its ICANN section must end in \"// ===END ICANN DOMAINS===\""},
    {DMX_SLICE_INIT("// ===BEGIN PRIVATE DOMAINS==="),
     "the list is cut: \"// ===BEGIN PRIVATE DOMAINS===\" must follow its ICANN section"},
    {DMX_SLICE_INIT("// ===END PRIVATE DOMAINS==="),
     "the list is cut: its last line must be \"// ===END PRIVATE DOMAINS===\""},
};
enum { MARKERS = sizeof markers / sizeof *markers };
_Static_assert(MARKERS == (int)AFTER, "each marker leads to the next place");

struct reader {
    struct dmx_arena *arena;
    struct dmx_reason *reason;
    struct dmx_list list;
    struct dmx_rule *rules;
    size_t capacity;
    enum place place;
    uint32_t line;
};

static enum dmx_status refuse(struct reader *r, const char *token, const char *text, struct dmx_slice about)
{
    *r->reason = DMX_REASON_ABOUT(token, text, NULL, dmx_list_place(r->arena, r->line, about));
    return DMX_INVALID;
}

static enum dmx_status limit(struct reader *r, const char *token, const char *text, struct dmx_slice about)
{
    refuse(r, token, text, about);
    return DMX_LIMIT;
}

static bool is_in_section(const struct reader *r)
{
    return r->place == IN_ICANN || r->place == IN_PRIVATE;
}

static bool has_control(struct dmx_slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (((unsigned char)line.ptr[i] < ' ' && line.ptr[i] != '\t') || line.ptr[i] == 0x7f)
            return true;
    return false;
}

static enum dmx_status check_line(struct reader *r, struct dmx_slice line)
{
    if (line.len > DMX_LIST_MAX_LINE)
        return limit(r, "line-too-long", "no line of the list has more than 1000 bytes", line);
    if (line.len && line.ptr[line.len - 1] == '\r')
        return refuse(r, "line-cr", "lines must end in LF alone, as the list is published", line);
    if (has_control(line))
        return refuse(r, "line-control", "a control character; the list is text", line);
    if (!dmx_is_utf8(line))
        return refuse(r, "line-utf8", "the list must be valid UTF-8", line);
    return DMX_OK;
}

static enum dmx_status read_marker(struct reader *r, size_t marker, struct dmx_slice line)
{
    if ((size_t)r->place != marker)
        return refuse(
            r, "sections",
            "the four lines BEGIN ICANN, END ICANN, BEGIN PRIVATE, END PRIVATE stand once each, in this order", line);
    r->place++;
    return DMX_OK;
}

/* "// NAME: value" above the sections, where it may stand once. */
static enum dmx_status read_header(struct reader *r, const char *name, struct dmx_slice line, struct dmx_slice *out)
{
    struct dmx_slice rest = dmx_slice_trim(dmx_slice_from(line, 2));
    if (r->place != BEFORE || !dmx_slice_starts(rest, dmx_slice_cstr(name)))
        return DMX_OK;
    if (out->len > 0)
        return refuse(r, "header-twice", "VERSION and COMMIT stand once each", line);
    *out = dmx_arena_dup(r->arena, dmx_slice_trim(dmx_slice_from(rest, strlen(name))));
    return out->ptr ? DMX_OK : DMX_NOMEM;
}

static enum dmx_status read_comment(struct reader *r, struct dmx_slice line)
{
    for (size_t i = 0; i < MARKERS; i++)
        if (dmx_slice_eq(dmx_slice_trim(line), markers[i].line))
            return read_marker(r, i, line);
    if (r->place == AFTER)
        return refuse(r, "after-end", "nothing but blank lines may follow the last section", line);
    enum dmx_status status = read_header(r, "VERSION:", line, &r->list.version);
    return status == DMX_OK ? read_header(r, "COMMIT:", line, &r->list.commit) : status;
}

static void count(struct dmx_list *list, const struct dmx_rule *rule)
{
    list->count++;
    list->private_rules += rule->private_section;
    list->icann += !rule->private_section;
    list->exceptions += rule->exception;
    list->wildcards += rule->wildcard;
}

static struct dmx_slice until_blank(struct dmx_slice line)
{
    size_t n = 0;
    while (n < line.len && !dmx_is_wsp(line.ptr[n]))
        n++;
    return dmx_slice_upto(line, n);
}

static enum dmx_status read_rule(struct reader *r, struct dmx_slice line)
{
    if (r->place == BEFORE && line.ptr[0] == '<')
        return refuse(r, "web-page", "this is a web page, not the list", line);
    if (r->place == AFTER)
        return refuse(r, "after-end", "nothing but blank lines may follow the last section", line);
    if (!is_in_section(r))
        return refuse(r, "rule-outside", "each rule must stand in one of the two sections", line);
    if (dmx_is_wsp(line.ptr[0]))
        return refuse(r, "rule-indented", "a rule must begin at the beginning of its line", line);
    if (r->list.count == DMX_LIST_MAX_RULES)
        return limit(r, "too-many-rules", "more than 65536 rules", line);
    struct dmx_rule *rules = dmx_arena_grow(r->arena, r->rules, r->list.count, &r->capacity, sizeof *rules);
    if (!rules)
        return DMX_NOMEM;
    r->rules = rules;
    struct dmx_rule *rule = &rules[r->list.count];
    *rule = (struct dmx_rule){.line = r->line, .private_section = r->place == IN_PRIVATE};
    enum dmx_status status = dmx_rule_parse(until_blank(line), r->arena, rule, r->reason);
    if (status == DMX_INVALID)
        r->reason->detail = dmx_list_place(r->arena, r->line, line);
    if (status == DMX_OK)
        count(&r->list, rule);
    return status;
}

static enum dmx_status read_line(struct reader *r, struct dmx_slice line)
{
    enum dmx_status status = check_line(r, line);
    if (status != DMX_OK || dmx_slice_trim(line).len == 0)
        return status;
    return dmx_slice_starts(line, DMX_SLICE("//")) ? read_comment(r, line) : read_rule(r, line);
}

static enum dmx_status read_lines(struct reader *r, struct dmx_slice text)
{
    enum dmx_status status = DMX_OK;
    while (status == DMX_OK && text.len > 0) {
        size_t end = dmx_slice_find(text, '\n');
        struct dmx_slice line = dmx_slice_upto(text, end);
        r->line++;
        if (end == text.len && is_in_section(r))
            return refuse(r, "cut", "the list is cut inside this line: neither a line feed nor the END lines follow",
                          line);
        status = read_line(r, line);
        if (status == DMX_OK && end == text.len)
            return refuse(r, "cut", "the list is cut inside this line: a line feed must end it", line);
        text = dmx_slice_from(text, end + 1);
    }
    if (status == DMX_OK && r->place != AFTER)
        return refuse(r, "incomplete", markers[r->place].missing, DMX_SLICE("here the text ends"));
    return status;
}

static enum dmx_status check_whole(struct reader *r, struct dmx_slice text)
{
    r->line = 1;
    if (text.len == 0)
        return refuse(r, "empty", "the list is empty", text);
    if (text.len > DMX_LIST_MAX_BYTES)
        return limit(r, "too-large", "the list has more than 4 MB", DMX_SLICE_NONE);
    if (dmx_slice_starts(text, DMX_SLICE("\xef\xbb\xbf")))
        return refuse(r, "byte-order-mark", "the list must begin without a byte order mark (UTF-8 BOM)",
                      DMX_SLICE_NONE);
    r->line = 0;
    return DMX_OK;
}

enum dmx_status dmx_list_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_list *out,
                               struct dmx_reason *out_reason)
{
    struct reader r = {.arena = arena, .reason = out_reason};
    *out_reason = DMX_REASON_NONE;
    enum dmx_status status = check_whole(&r, text);
    if (status == DMX_OK)
        status = read_lines(&r, text);
    r.list.rules = r.rules;
    if (status == DMX_OK)
        status = dmx_list_order(&r.list, arena, out_reason);
    if (dmx_arena_failed(arena))
        status = DMX_NOMEM;
    if (status == DMX_NOMEM)
        *out_reason = DMX_REASON("memory", "no memory for the list", NULL);
    if (status != DMX_OK)
        return status;
    r.list.text_crc = dmx_crc32(0, text);
    r.list.version_s = dmx_version_time(r.list.version);
    *out = r.list;
    return DMX_OK;
}
