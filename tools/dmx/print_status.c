/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* How reporting stands, shown: as text for administrators, or as JSON. */
#include <inttypes.h>
#include <time.h>

#include "json.h"
#include "report.h"
#include "tool.h"

enum { TIME_ROOM = 32, MS_PER_S = 1000 };

static const char *const delivery_words[DMX_DELIVERY_STATES] = {
    [DMX_DELIVERY_PENDING] = "pending",       [DMX_DELIVERY_HANDED] = "handed",   [DMX_DELIVERY_FAILED] = "failed",
    [DMX_DELIVERY_SUPPRESSED] = "suppressed", [DMX_DELIVERY_REFUSED] = "refused",
};

static const char *time_text(const char *format, int64_t time_s, char room[static TIME_ROOM])
{
    struct tm tm;
    time_t t = (time_t)time_s;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    bool done = gmtime_r(&t, &tm) && strftime(room, TIME_ROOM, format, &tm) > 0;
#pragma GCC diagnostic pop
    return done ? room : "?";
}

static const char *day_text(int32_t day, char room[static TIME_ROOM])
{
    return time_text("%Y-%m-%d", (int64_t)day * DMX_DAY_S, room);
}

void report_print_day(FILE *to, int32_t day)
{
    char room[TIME_ROOM];
    fputs(day_text(day, room), to);
}

/* ---- text ---- */

static void put_journal(FILE *to, const struct report_status *s)
{
    const struct dmx_intake_waiting *w = &s->waiting;
    fprintf(to, "Journal   ");
    print_safe(to, s->config->journal_dir, TOOL_MAX_SHOWN);
    if (!s->has_journal) {
        fputs(" is not there, or not to be read\n", to);
        return;
    }
    fprintf(to, ": %" PRIu64 " bytes wait\n", w->journal_bytes + w->taken_bytes);
    if (w->taken_files > 0)
        fprintf(to, "          the last run ended while it read %" PRIu64 " file%s of them; the next one goes on\n",
                w->taken_files, plural(w->taken_files));
    fprintf(to, "          kept for dmx ledger: %" PRIu64 " file%s, %" PRIu64 " bytes\n", w->kept_files,
            plural(w->kept_files), w->kept_bytes);
    if (w->bad_files > 0)
        fprintf(to,
                "          without a record that can be read: %" PRIu64 " file%s, %" PRIu64 " bytes: journal.bad-*\n",
                w->bad_files, plural(w->bad_files), w->bad_bytes);
}

static void put_taken(FILE *to, const struct report_status *s)
{
    char room[TIME_ROOM];
    const struct dmx_store_totals *t = &s->totals;
    if (t->last_s == 0) {
        fputs("Read      nothing yet\n", to);
        return;
    }
    fprintf(to, "Read      %" PRIu64 " record%s in %" PRIu64 " file%s, %" PRIu64 " bytes passed over; last %s\n",
            t->records, plural(t->records), t->files, plural(t->files), t->passed_over,
            time_text("%Y-%m-%dT%H:%M:%SZ", t->last_s, room));
}

static void put_store(FILE *to, const struct report_status *s)
{
    const struct dmx_store_totals *t = &s->totals;
    fputs("Store     ", to);
    print_safe(to, s->location, TOOL_MAX_SHOWN);
    if (!s->has_store) {
        fputs(" is not there yet: dmx report run makes it\n", to);
        return;
    }
    fprintf(to, ": %" PRIu64 " row%s of %" PRIu64 " polic%s, %" PRIu64 " bytes; kept for %" PRIu64 " days\n", t->rows,
            plural(t->rows), t->policies, t->policies == 1 ? "y" : "ies", t->bytes,
            s->config->report_retention_ms / MS_PER_S / DMX_DAY_S);
    put_taken(to, s);
    fputs("Mail      ", to);
    for (int i = 0; i < DMX_DELIVERY_STATES; i++)
        fprintf(to, "%" PRIu64 " %s, ", t->deliveries[i], delivery_words[i]);
    fprintf(to, "%" PRIu64 " address%s suppressed now\n", t->suppressed, t->suppressed == 1 ? "" : "es");
}

/* Failure reports wait as files beside the journal. */
static void put_failures(FILE *to, const struct report_status *s)
{
    char room[TIME_ROOM];
    const struct dmx_failures_waiting *w = &s->failures;
    const struct dmx_failures_tally *t = &w->tally;
    if (!s->has_failures && !dmx_config_sends_failures(s->config))
        return;
    fputs("Failures  ", to);
    if (!s->has_failures) {
        fputs("none so far, or not to be read\n", to);
        return;
    }
    fprintf(to, "waiting: %" PRIu64 " capsule%s and %" PRIu64 " mail%s", w->capsules, plural(w->capsules), w->mails,
            plural(w->mails));
    if (w->oldest_s > 0)
        fprintf(to, ", the oldest since %s", time_text("%Y-%m-%dT%H:%M:%SZ", w->oldest_s, room));
    if (w->bad > 0)
        fprintf(to, "; damaged: %" PRIu64 " file%s, bad-*", w->bad, plural(w->bad));
    putc('\n', to);
    if (w->tally_since_s > 0)
        fprintf(to,
                "          since %s %" PRIu64 " mail%s about %" PRIu64 " incident%s handed over, %" PRIu64
                " failed; left out: %" PRIu64 " suppressed, %" PRIu64 " not authorised, %" PRIu64
                " not to be reported, %" PRIu64 " too old, %" PRIu64 " over the size\n",
                time_text("%Y-%m-%dT%H:%M:%SZ", w->tally_since_s, room), t->sent, plural(t->sent), t->incidents,
                plural(t->incidents), t->failed, t->suppressed, t->refused, t->unwanted, t->old, t->excess);
}

static void put_days(FILE *to, const struct report_status *s)
{
    char room[TIME_ROOM];
    if (s->day_count == 0)
        return;
    fputs("\nDay (UTC)   Domains  Reports     Rows  Messages     Open   Closed     Done\n", to);
    for (size_t i = 0; i < s->day_count; i++) {
        const struct dmx_store_day *d = &s->days[i];
        fprintf(to, "%s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %9" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n",
                day_text(d->day, room), d->domains, d->reports, d->rows, d->messages, d->open, d->closed, d->done);
    }
}

static void put_counts(FILE *to, const struct report_status *s)
{
    char room[TIME_ROOM];
    for (size_t i = 0; i < s->count_count; i++) {
        const struct dmx_batch_count *c = &s->counts[i];
        if (i == 0 || c->day != c[-1].day)
            fprintf(to, "%s%s  ", i == 0 ? "\nMessages by day\n" : "\n", day_text(c->day, room));
        else
            fputs(", ", to);
        print_safe(to, c->what, TOOL_MAX_SHOWN);
        fprintf(to, " %" PRIu64, c->count);
    }
    if (s->count_count > 0)
        fputc('\n', to);
}

/* What has been tried, or not been: the first of what waits. */
static void put_waiting(FILE *to, const struct report_status *s)
{
    char room[TIME_ROOM];
    for (size_t i = 0; i < s->waiting_count; i++) {
        const struct dmx_store_delivery *d = &s->waiting_mail[i];
        fputs(i == 0 ? "Waiting   " : "          ", to);
        print_safe(to, d->address, TOOL_MAX_SHOWN);
        fprintf(to, ", %u attempts, not before %s", d->attempts, time_text("%Y-%m-%dT%H:%M:%SZ", d->next_s, room));
        fputs(d->outcome.len > 0 ? ": " : "", to);
        print_safe(to, d->outcome, TOOL_MAX_SHOWN);
        fputc('\n', to);
    }
}

void report_print_status(FILE *to, const struct report_status *s)
{
    put_journal(to, s);
    put_store(to, s);
    put_waiting(to, s);
    put_failures(to, s);
    if (report_missing(s->config))
        fprintf(to, "Nothing is sent: %s\n", report_missing(s->config));
    if (s->self)
        fprintf(to, "Warning: %s\n", s->self);
    put_days(to, s);
    put_counts(to, s);
}

/* ---- JSON ---- */

static void json_journal(struct json *j, const struct report_status *s)
{
    const struct dmx_intake_waiting *w = &s->waiting;
    json_open(j, "journal", '{');
    json_string(j, "dir", s->config->journal_dir);
    json_bool(j, "readable", s->has_journal);
    json_number(j, "waiting_bytes", w->journal_bytes + w->taken_bytes);
    json_number(j, "taken_files", w->taken_files);
    json_number(j, "kept_files", w->kept_files);
    json_number(j, "kept_bytes", w->kept_bytes);
    json_number(j, "bad_files", w->bad_files);
    json_number(j, "bad_bytes", w->bad_bytes);
    json_close(j, '}');
}

static void json_store(struct json *j, const struct report_status *s)
{
    const struct dmx_store_totals *t = &s->totals;
    json_open(j, "store", '{');
    json_string(j, "location", s->location);
    json_bool(j, "exists", s->has_store);
    json_number(j, "bytes", t->bytes);
    json_number(j, "rows", t->rows);
    json_number(j, "policies", t->policies);
    json_number(j, "files", t->files);
    json_number(j, "records", t->records);
    json_number(j, "passed_over", t->passed_over);
    json_number(j, "last", (uint64_t)t->last_s);
    json_number(j, "retention_days", s->config->report_retention_ms / MS_PER_S / DMX_DAY_S);
    json_close(j, '}');
}

static void json_deliveries(struct json *j, const struct report_status *s)
{
    json_open(j, "deliveries", '{');
    for (int i = 0; i < DMX_DELIVERY_STATES; i++)
        json_number(j, delivery_words[i], s->totals.deliveries[i]);
    json_close(j, '}');
    json_number(j, "suppressed_addresses", s->totals.suppressed);
    if (report_missing(s->config))
        json_cstring(j, "nothing_is_sent", report_missing(s->config));
    else
        json_null(j, "nothing_is_sent");
    if (s->self)
        json_cstring(j, "warning", s->self);
    else
        json_null(j, "warning");
}

static void json_failures(struct json *j, const struct report_status *s)
{
    const struct dmx_failures_waiting *w = &s->failures;
    const struct dmx_failures_tally *t = &w->tally;
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {
        {"capsules", w->capsules},
        {"capsule_bytes", w->capsule_bytes},
        {"mails", w->mails},
        {"mail_bytes", w->mail_bytes},
        {"bad_files", w->bad},
        {"bad_bytes", w->bad_bytes},
        {"oldest", (uint64_t)w->oldest_s},
        {"since", (uint64_t)w->tally_since_s},
        {"read", t->capsules},
        {"sent", t->sent},
        {"incidents", t->incidents},
        {"failed", t->failed},
        {"suppressed", t->suppressed},
        {"refused", t->refused},
        {"unwanted", t->unwanted},
        {"old", t->old},
        {"excess", t->excess},
        {"damaged", t->damaged},
    };
    json_open(j, "failures", '{');
    json_bool(j, "sent_at_all", dmx_config_sends_failures(s->config));
    json_bool(j, "readable", s->has_failures);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        json_number(j, rows[i].key, rows[i].value);
    json_close(j, '}');
}

static void json_days(struct json *j, const struct report_status *s)
{
    char room[TIME_ROOM];
    json_open(j, "days", '[');
    for (size_t i = 0; i < s->day_count; i++) {
        const struct dmx_store_day *d = &s->days[i];
        json_open(j, NULL, '{');
        json_cstring(j, "day", day_text(d->day, room));
        json_number(j, "domains", d->domains);
        json_number(j, "reports", d->reports);
        json_number(j, "rows", d->rows);
        json_number(j, "messages", d->messages);
        json_number(j, "open", d->open);
        json_number(j, "closed", d->closed);
        json_number(j, "done", d->done);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_counts(struct json *j, const struct report_status *s)
{
    char room[TIME_ROOM];
    json_open(j, "counts", '[');
    for (size_t i = 0; i < s->count_count; i++) {
        json_open(j, NULL, '{');
        json_cstring(j, "day", day_text(s->counts[i].day, room));
        json_string(j, "what", s->counts[i].what);
        json_number(j, "count", s->counts[i].count);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void report_print_status_json(FILE *to, const struct report_status *s)
{
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    json_journal(&j, s);
    json_store(&j, s);
    json_deliveries(&j, s);
    json_failures(&j, s);
    json_days(&j, s);
    json_counts(&j, s);
    json_close(&j, '}');
    fputc('\n', to);
}
