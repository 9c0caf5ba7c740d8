/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Reports of random days, for judges that are not ours: days DIR COUNT SEED. Writes N.7489.xml and N.9990.xml for each
 * day, N.eml (the older dialect in its mail), and totals.json: what must be found in each. One text in four is hostile,
 * and one address in three, or in a name, is a reserved one. Equal arguments, equal bytes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/base/number.h"
#include "dmx/report/gzip.h"
#include "dmx/report/message.h"

enum { DAY_S = 86400, FIRST_DAY = 20000, ROWS_MAX = 40, TEXTS = 4096, TEXT_BYTES = 80 };

static uint64_t state;

/* xorshift64* */
static uint64_t draw(uint64_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545f4914f6cdd1dULL >> 16) % below;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- random values ---- */

static struct dmx_slice pick(const char *const *words, size_t count)
{
    return dmx_slice_cstr(words[draw(count)]);
}
#define PICK(words) pick(words, sizeof(words) / sizeof *(words))

static struct dmx_ip random_ip(void)
{
    static const char *const reserved[] = {"10.1.2.3",    "127.0.0.1",  "169.254.3.4",    "172.16.9.9",
                                           "192.168.1.1", "100.64.1.1", "0.1.2.3",        "::1",
                                           "fd00:1:2::3", "fe80::1234", "::ffff:10.9.8.7"};
    struct dmx_ip ip;
    uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8};
    if (draw(3) == 0 && dmx_ip_parse(PICK(reserved), &ip))
        return ip;
    for (size_t i = 4; i < sizeof bytes; i++)
        bytes[i] = draw(2) ? (uint8_t)draw(256) : 0;
    bytes[12] = (uint8_t)(193 + draw(20));
    return draw(2) ? dmx_ip_v6(bytes) : dmx_ip_v4(bytes + 12);
}

/* A name, honest or not; several of them hold an address. */
static struct dmx_slice random_name(void)
{
    static char texts[TEXTS][TEXT_BYTES];
    static size_t next;
    static const char *const honest[] = {"example.com",           "mail.example.com",    "bounce.example.net",
                                         "xn--bcher-kva.example", "a.b.c.d.example.org", "LISTS.example.org"};
    static const char *const hostile[] = {
        "192.168.1.1",
        "[192.168.77.1]",
        "[IPv6:fd00::99]",
        "ip-10-20-30-40.internal.example",
        "host10.0.0.9.example",
        "::ffff:172.16.3.4",
        "1.1.168.192.in-addr.arpa",
        "fe80--77.ipv6.example",
        "a<b>&\"'.example",
        "]]><script>",
        "<!--",
        "\x01\x02\x1b[31m",
        "bad\xff\xc0utf8",
        "\xef\xbf\xbe\xef\xbf\xbf",
        "\xed\xa0\x80surrogate",
        "line\r\nend\ttab",
        "&#x0;&nbsp;",
        "\xd0\xbf\xd1\x87.example",
        "",
    };
    if (draw(4) > 0)
        return PICK(honest);
    if (draw(2))
        return PICK(hostile);
    /* Bytes of any kind, but for those that could be an address by themselves. */
    char *text = texts[next++ % TEXTS];
    size_t len = draw(TEXT_BYTES);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)draw(256);
    return dmx_slice(text, len);
}

static const char *const results[] = {"none",   "pass",      "fail",      "softfail", "neutral",
                                      "policy", "temperror", "permerror", "what"};

static void random_row(struct dmx_aggregate_row *row)
{
    static const char *const dispositions[] = {"none", "quarantine", "reject", "defer", "\xff"};
    static const char *const types[] = {
        "local_policy", "sampled_out", "policy_test_mode", "trusted_forwarder", "mailing_list", "forwarded", "<>"};
    static struct dmx_aggregate_dkim dkim[ROWS_MAX * 8];
    static struct dmx_aggregate_reason reasons[ROWS_MAX * 3];
    static size_t next;
    struct dmx_aggregate_dkim *signatures = &dkim[next % ROWS_MAX * 8];
    struct dmx_aggregate_reason *why = &reasons[next++ % ROWS_MAX * 3];
    struct dmx_slice from = random_name();
    *row = (struct dmx_aggregate_row){
        .source = random_ip(),
        .count = draw(10) ? draw(100) + 1 : draw(1000000) + 1,
        .disposition = PICK(dispositions),
        .policy = (enum dmx_policy)draw(3),
        .dkim_aligned = draw(2),
        .spf_aligned = draw(2),
        .reasons = why,
        .reason_count = draw(3),
        .header_from = from.len > 0 ? from : DMX_SLICE("example.com"),
        .envelope_from = draw(5) ? random_name() : DMX_SLICE(""),
        .dkim = signatures,
        .dkim_count = draw(6),
        .spf_domain = random_name(),
        .spf_result = PICK(results),
        .spf_human_result = draw(2) ? random_name() : DMX_SLICE(""),
        .spf_of_helo = draw(4) == 0,
    };
    for (size_t i = 0; i < row->dkim_count; i++)
        signatures[i] = (struct dmx_aggregate_dkim){random_name(), random_name(), PICK(results),
                                                    draw(2) ? random_name() : DMX_SLICE("")};
    for (size_t i = 0; i < row->reason_count; i++)
        why[i] = (struct dmx_aggregate_reason){PICK(types), random_name()};
}

static const char *const records[] = {
    "v=DMARC1; p=none; rua=mailto:r@example.com",
    "v=DMARC1; p=reject; sp=none; np=reject; adkim=s; aspf=s; fo=1:d:s; rua=mailto:r@x.example; ruf=mailto:f@x.example",
    "v=DMARC1; p=quarantine; pct=30; t=y; rua=mailto:r@example.com!10m",
    "v=DMARC1; p=rejct; rua=r@example.com,mailto:x@[10.0.0.1]; fo=9; what=<ever>&amp;",
    "v=DMARC1; p=reject; p=none",
    "",
};

/* ---- files ---- */

static void write_all(const char *dir, size_t day, const char *suffix, struct dmx_slice text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%zu.%s", dir, day, suffix);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || dmx_sink_write(dmx_sink_fd(&fd), text) != DMX_OK || close(fd) != 0)
        die(path);
}

static char buf[64 * 1024 * 1024], squeezed[16 * 1024 * 1024], mailed[16 * 1024 * 1024];

static struct dmx_slice render(const struct dmx_aggregate *report, const struct dmx_mask *mask,
                               const struct dmx_aggregate_row *rows, size_t count, struct dmx_aggregate_totals *totals)
{
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_aggregate_writer *writer;
    struct dmx_reason reason;
    enum dmx_status status = dmx_aggregate_begin(report, mask, dmx_sink_builder(&out), &writer, &reason);
    for (size_t i = 0; i < count && status == DMX_OK; i++)
        status = dmx_aggregate_put_row(writer, &rows[i]);
    if (status == DMX_OK)
        status = dmx_aggregate_end(writer, totals);
    dmx_aggregate_free(&writer);
    if (status != DMX_OK)
        die(reason.token ? reason.token : dmx_status_name(status));
    return dmx_builder_text(&out);
}

static void write_mail(const char *dir, size_t day, const struct dmx_aggregate *report,
                       const struct dmx_report_identity *identity, const struct dmx_mask *mask, struct dmx_slice xml)
{
    static const struct dmx_slice to[] = {DMX_SLICE_INIT("reports@example.com")};
    struct dmx_builder gz = dmx_builder_fixed(squeezed, sizeof squeezed),
                       out = dmx_builder_fixed(mailed, sizeof mailed);
    struct dmx_gzip *gzip;
    struct dmx_reason reason;
    enum dmx_status status = dmx_gzip_begin(dmx_sink_builder(&gz), &gzip);
    if (status == DMX_OK)
        status = dmx_sink_write(dmx_gzip_sink(gzip), xml);
    if (status == DMX_OK)
        status = dmx_gzip_end(gzip);
    dmx_gzip_free(&gzip);
    struct dmx_report_mail mail = {
        .identity = identity,
        .org_name = report->org_name,
        .email = report->email,
        .extra_contact = report->extra_contact,
        .to = to,
        .to_count = 1,
        .time_s = report->end_s + 600,
        .bulk = true,
        .mask = mask,
        .gzip = dmx_builder_text(&gz),
    };
    if (status != DMX_OK || dmx_report_mail_put(&mail, dmx_sink_builder(&out), &reason) != DMX_OK)
        die("mail");
    write_all(dir, day, "eml", dmx_builder_text(&out));
}

/* ---- a day ---- */

static void put_totals(FILE *file, size_t day, const char *dialect, struct dmx_slice id,
                       const struct dmx_aggregate_totals *totals)
{
    fprintf(file, "%s{\"day\": %zu, \"dialect\": \"%s\", \"report_id\": \"%.*s\", \"records\": %lu, \"messages\": %lu}",
            day == 0 && dialect[0] == 'r' && dialect[3] == '7' ? "" : ",\n", day, dialect, DMX_SLICE_ARG(id),
            (unsigned long)totals->records, (unsigned long)totals->messages);
}

static void make_day(const char *dir, size_t day, const struct dmx_config *config, FILE *totals_file)
{
    static const struct dmx_slice notes[] = {DMX_SLICE_INIT("several-records"), DMX_SLICE_INIT("<note>")};
    struct dmx_aggregate_row rows[ROWS_MAX];
    struct dmx_aggregate report = {
        .org_name = DMX_SLICE("B\xc3\xbc"
                              "cher & Sons"),
        .email = DMX_SLICE("dmarc@receiver.example"),
        .extra_contact = draw(2) ? DMX_SLICE("https://receiver.example/?a=1&b=2") : DMX_SLICE(""),
        .begin_s = (int64_t)(FIRST_DAY + day) * DAY_S,
        .end_s = (int64_t)(FIRST_DAY + day + 1) * DAY_S - 1,
        .notes = notes,
        .note_count = draw(3),
    };
    dmx_policy_published_of(DMX_SLICE("example.com"), PICK(records),
                            draw(2) ? DMX_SLICE("rfc9989") : DMX_SLICE("rfc7489"), &report.policy);
    size_t count = 1 + draw(ROWS_MAX);
    for (size_t i = 0; i < count; i++)
        random_row(&rows[i]);
    rows[0].source = dmx_ip_v4((const uint8_t[]){192, 0, 2, 1}); /* with omit, something must be left */
    for (int dialect = 0; dialect < 2; dialect++) {
        char unique_buf[DMX_UNIQUE_LEN + 1], id_buf[DMX_IDENTITY_MAX];
        struct dmx_builder unique = dmx_builder_fixed(unique_buf, sizeof unique_buf),
                           id = dmx_builder_fixed(id_buf, sizeof id_buf);
        struct dmx_mask mask = dmx_mask_of(config);
        struct dmx_aggregate_totals totals;
        report.dialect = (enum dmx_dialect)dialect;
        mask.form = dialect ? (enum dmx_mask_form)draw(3) : draw(2) ? DMX_MASK_ZERO : DMX_MASK_OMIT;
        dmx_put_report_unique(&unique, &report, 0);
        struct dmx_report_identity identity = {.policy_domain = report.policy.domain,
                                               .receiver = DMX_SLICE("receiver.example"),
                                               .begin_s = report.begin_s,
                                               .end_s = report.end_s,
                                               .unique = dmx_builder_text(&unique)};
        dmx_put_report_id(&id, &identity);
        report.report_id = dmx_builder_text(&id);
        struct dmx_slice xml = render(&report, &mask, rows, count, &totals);
        write_all(dir, day, dialect ? "9990.xml" : "7489.xml", xml);
        if (!dialect)
            write_mail(dir, day, &report, &identity, &mask, xml);
        put_totals(totals_file, day, dialect ? "rfc9990" : "rfc7489", report.report_id, &totals);
    }
}

int main(int argc, char **argv)
{
    char path[4096];
    uint64_t count;
    struct dmx_config *config;
    if (argc != 4 || !dmx_parse_u64(dmx_slice_cstr(argv[2]), 100000, &count) ||
        !dmx_parse_u64(dmx_slice_cstr(argv[3]), UINT64_MAX - 1, &state) || dmx_config_new(&config) != DMX_OK) {
        fputs("usage: days DIR COUNT SEED\n", stderr);
        return 64;
    }
    state++;
    snprintf(path, sizeof path, "%s/totals.json", argv[1]);
    FILE *totals = fopen(path, "we");
    if (!totals)
        die(path);
    fputs("[", totals);
    for (size_t day = 0; day < count; day++)
        make_day(argv[1], day, config, totals);
    fputs("]\n", totals);
    if (fclose(totals) != 0)
        die(path);
    dmx_config_free(&config);
    return 0;
}
