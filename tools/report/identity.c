/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/identity.h"

#include "dmx/base/banned.h"

enum { LINE_MAX_BYTES = 78 }; /* RFC 5322 section 2.1.1 */

/* FNV-1a, 64 bits: the ids of one domain's reports must differ, which is all; nobody gains by making two equal. */
static const uint64_t fnv_offset = 0xcbf29ce484222325, fnv_prime = 0x100000001b3;

static uint64_t mix(uint64_t hash, struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * fnv_prime;
    return (hash ^ 0x100) * fnv_prime; /* no byte: ab, c is not a, bc */
}

static uint64_t mix_number(uint64_t hash, uint64_t number)
{
    char buf[24];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_u64(&b, number);
    return mix(hash, dmx_builder_text(&b));
}

void dmx_put_report_unique(struct dmx_builder *out, const struct dmx_aggregate *report, uint64_t generation)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t hash = mix(mix(fnv_offset, report->policy.domain), report->policy.record.text);
    const uint64_t numbers[] = {(uint64_t)report->begin_s, (uint64_t)report->end_s, (uint64_t)report->policy.rules,
                                generation};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        hash = mix_number(hash, numbers[i]);
    for (size_t i = 0; i < DMX_UNIQUE_LEN; i++, hash <<= 4)
        dmx_put_char(out, hex[hash >> 60]);
}

void dmx_put_report_id(struct dmx_builder *out, const struct dmx_report_identity *identity)
{
    dmx_put_i64(out, identity->begin_s);
    dmx_put_char(out, '.');
    dmx_put(out, identity->unique);
    dmx_put_char(out, '@');
    dmx_put(out, identity->receiver);
}

void dmx_put_report_filename(struct dmx_builder *out, const struct dmx_report_identity *identity)
{
    dmx_put(out, identity->receiver);
    dmx_put_char(out, '!');
    dmx_put(out, identity->policy_domain);
    dmx_put_char(out, '!');
    dmx_put_i64(out, identity->begin_s);
    dmx_put_char(out, '!');
    dmx_put_i64(out, identity->end_s);
    if (identity->unique.len > 0)
        dmx_put_char(out, '!');
    dmx_put(out, identity->unique);
    dmx_put_cstr(out, ".xml.gz");
}

/* One of the three parts, on the line or on one of its own. */
static void put_part(struct dmx_builder *out, size_t *line, struct dmx_slice part)
{
    bool fits = *line + 1 + part.len <= LINE_MAX_BYTES;
    dmx_put_cstr(out, fits ? " " : "\n ");
    dmx_put(out, part);
    *line = (fits ? *line + 1 : 1) + part.len;
}

static struct dmx_slice joined(struct dmx_builder *b, const char *before, struct dmx_slice text, const char *after)
{
    dmx_put_cstr(b, before);
    dmx_put(b, text);
    dmx_put_cstr(b, after);
    return dmx_builder_text(b);
}

void dmx_put_report_subject(struct dmx_builder *out, const struct dmx_report_identity *identity)
{
    char id_buf[DMX_IDENTITY_MAX], buf[DMX_IDENTITY_MAX];
    struct dmx_builder id = dmx_builder_fixed(id_buf, sizeof id_buf), part = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_report_id(&id, identity);
    size_t before = out->len, line = sizeof "Subject: " - 1;
    dmx_put_cstr(out, "Report Domain: ");
    dmx_put(out, identity->policy_domain);
    line += out->len - before;
    put_part(out, &line, joined(&part, "Submitter: ", identity->receiver, ""));
    part = dmx_builder_fixed(buf, sizeof buf);
    put_part(out, &line, joined(&part, "Report-ID: <", dmx_builder_text(&id), ">"));
}
