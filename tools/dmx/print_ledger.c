/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A ledger shown: as text for administrators, or as JSON. */
#include <inttypes.h>
#include <time.h>

#include "json.h"
#include "ledger.h"
#include "tool.h"

enum { MAX_SHOWN = 100, TIME_ROOM = 32 };

static void put_safe(FILE *to, struct dmx_slice s)
{
    print_safe(to, s, MAX_SHOWN);
}

/* "2026-11-22", and with the clock "2026-11-22T08:00:00Z". */
static const char *time_text(int64_t time_s, bool with_clock, char room[static TIME_ROOM])
{
    struct tm tm;
    time_t t = (time_t)time_s;
    room[0] = '\0';
    if (!gmtime_r(&t, &tm))
        return room;
    size_t len =
        with_clock ? strftime(room, TIME_ROOM, "%Y-%m-%dT%H:%M:%SZ", &tm) : strftime(room, TIME_ROOM, "%Y-%m-%d", &tm);
    return len > 0 ? room : "?";
}

static void put_table(FILE *to, const char *title, struct tally *tally, size_t top)
{
    size_t count = tally_sort(tally);
    if (count == 0)
        return;
    fprintf(to, "\n  refused  quarantined  deferred  delivered  %s\n", title);
    for (size_t i = 0; i < count && i < top; i++) {
        const struct tally_row *row = &tally->rows[i];
        fprintf(to, "%9" PRIu64 "%13" PRIu64 "%10" PRIu64 "%11" PRIu64 "  ", row->refused, row->quarantined,
                row->deferred, row->others);
        put_safe(to, row->name);
        fputc('\n', to);
    }
    if (count > top)
        fprintf(to, "  … and %zu more\n", count - top);
}

/* The options that decide, as they would stand in the file. */
static void put_options(FILE *to, const struct dmx_config *config)
{
    static const char *const names[] = {"rules", "on_reject", "on_quarantine", "on_temperror", "on_bad_from"};
    static char room[64 * 1024];
    struct dmx_builder b = dmx_builder_fixed(room, sizeof room);
    const char *between = "With ";
    dmx_config_print(config, &b);
    struct dmx_slice text = {room, b.len}, line;
    while (dmx_slice_split(&text, '\n', &line))
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (dmx_slice_eq(dmx_slice_trim(dmx_slice_upto(line, dmx_slice_find(line, '='))),
                             dmx_slice_cstr(names[i]))) {
                fprintf(to, "%s%.*s", between, DMX_SLICE_ARG(line));
                between = ", ";
            }
    fputs(",\n", to);
}

void ledger_print_text(FILE *to, struct ledger *l, size_t top)
{
    char from[TIME_ROOM], until[TIME_ROOM];
    fprintf(to,
            "%s: %" PRIu64 " message%s from %s to %s, %" PRIu64 " of them exempt; %" PRIu64 " refused, %" PRIu64
            " quarantined.\n",
            l->dir, l->messages, plural(l->messages), time_text(l->from_s, false, from),
            time_text(l->to_s, false, until), l->exempt, l->really_refused, l->really_quarantined);
    put_options(to, l->config);
    fprintf(to,
            "mode = enforce would have refused %" PRIu64 ", quarantined %" PRIu64 ", deferred %" PRIu64
            " and delivered %" PRIu64 ".\n",
            l->refused, l->quarantined, l->deferred, l->delivered);
    if (l->other_rules)
        fprintf(to, "%" PRIu64 " were judged by the other rules, without shadow, and are left out.\n", l->other_rules);
    if (l->shadowed)
        fprintf(to, "The rules in the shadow would have decided otherwise for %" PRIu64 " of %" PRIu64 ".\n",
                l->shadow_differs, l->shadowed);
    if (l->damaged_bytes)
        fprintf(to, "%" PRIu64 " bytes of the journal are damaged.\n", l->damaged_bytes);
    put_table(to, "author domain", &l->domains, top);
    put_table(to, "source", &l->sources, top);
    put_table(to, "recipient domain", &l->recipients, top);
}

static void put_json_table(struct json *j, const char *key, struct tally *tally, size_t top)
{
    size_t count = tally_sort(tally);
    json_open(j, key, '[');
    for (size_t i = 0; i < count && i < top; i++) {
        json_open(j, NULL, '{');
        json_string(j, "name", tally->rows[i].name);
        json_number(j, "refused", tally->rows[i].refused);
        json_number(j, "quarantined", tally->rows[i].quarantined);
        json_number(j, "deferred", tally->rows[i].deferred);
        json_number(j, "delivered", tally->rows[i].others);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void ledger_print_json(FILE *to, struct ledger *l, size_t top)
{
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    json_number(&j, "messages", l->messages);
    json_number(&j, "exempt", l->exempt);
    json_number(&j, "other_rules", l->other_rules);
    json_number(&j, "refused", l->refused);
    json_number(&j, "quarantined", l->quarantined);
    json_number(&j, "deferred", l->deferred);
    json_number(&j, "delivered", l->delivered);
    json_number(&j, "really_refused", l->really_refused);
    json_number(&j, "really_quarantined", l->really_quarantined);
    json_number(&j, "shadowed", l->shadowed);
    json_number(&j, "shadow_differs", l->shadow_differs);
    json_number(&j, "damaged_bytes", l->damaged_bytes);
    put_json_table(&j, "domains", &l->domains, top);
    put_json_table(&j, "sources", &l->sources, top);
    put_json_table(&j, "recipients", &l->recipients, top);
    json_close(&j, '}');
    fputc('\n', to);
}

void ledger_print_event(FILE *to, const struct dmx_event *event, enum dmx_disposition would_be)
{
    char room[TIME_ROOM];
    char text[64];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_ip(&b, &event->client);
    fprintf(to, "%s %s ", time_text(event->time_s, true, room), dmx_disposition_word(would_be));
    put_safe(to, event->author.len ? event->author : DMX_SLICE("-"));
    fprintf(to, " from %.*s to", DMX_SLICE_ARG(dmx_builder_text(&b)));
    for (size_t i = 0; i < event->recipient_count; i++) {
        fputc(i ? ',' : ' ', to);
        put_safe(to, event->recipients[i]);
    }
    fputs(": ", to);
    put_safe(to, event->reason);
    fputs(" spf=", to);
    put_safe(to, event->spf_result);
    fputc('(', to);
    put_safe(to, event->spf_domain);
    fputs(") dkim=", to);
    for (size_t i = 0; i < event->dkim_count; i++) {
        fputs(i ? "," : "", to);
        put_safe(to, event->dkim[i].result);
        fputc('(', to);
        put_safe(to, event->dkim[i].domain);
        fputc(')', to);
    }
    fputs(event->dkim_count ? "\n" : "none\n", to);
}
