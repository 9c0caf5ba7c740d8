/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dmarc/record.h"

#include "dmx/base/ascii.h"
#include "dmx/base/number.h"
#include "dmx/dmarc/uri.h"

#include "dmx/base/banned.h"

#define GRAMMAR "RFC 9989 section 4.8"

/* One tag=value of the record, without the white space around both. */
struct tag {
    struct dmx_slice name;
    struct dmx_slice value;
};

/* A value that is not of its grammar leaves the default in place (requirement B6); nobody asks whether it did. */
typedef void read_value(struct dmx_dmarc_record *record, struct dmx_slice value);

static void read_policy(struct dmx_slice value, enum dmx_tag_state *state, enum dmx_policy *out)
{
    *state = dmx_policy_parse(value, out) ? DMX_TAG_VALID : DMX_TAG_BAD;
}

static void read_p(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    read_policy(value, &record->p_state, &record->p);
}

static void read_sp(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    read_policy(value, &record->sp_state, &record->sp);
}

static void read_np(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    read_policy(value, &record->np_state, &record->np);
}

/* "r" / "s"; relaxed is the default. */
static enum dmx_alignment_mode mode_of(struct dmx_slice value)
{
    return dmx_slice_eq_nocase(value, DMX_SLICE("s")) ? DMX_STRICT : DMX_RELAXED;
}

static void read_adkim(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    record->adkim = mode_of(value);
}

static void read_aspf(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    record->aspf = mode_of(value);
}

/* "u" / "n" / "y" */
static void read_psd(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    if (dmx_slice_eq_nocase(value, DMX_SLICE("y")))
        record->psd = DMX_PSD_YES;
    else if (dmx_slice_eq_nocase(value, DMX_SLICE("n")))
        record->psd = DMX_PSD_NO;
}

/* "n" / "y" */
static void read_t(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    record->testing = dmx_slice_eq_nocase(value, DMX_SLICE("y"));
}

/* RFC 7489: 1*3DIGIT */
static void read_pct(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    uint64_t percent;
    if (value.len <= 3 && dmx_parse_u64(value, 100, &percent))
        record->pct = (uint8_t)percent;
}

static void read_rua(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    struct dmx_report_uri uri;
    struct dmx_slice rest = value;
    record->rua = value;
    record->has_rua_uri = dmx_report_uri_next(&rest, &uri);
}

static void read_ruf(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    record->ruf = value;
}

/* ("0" / "1" / "d" / "s") *( *WSP ":" *WSP … ): none twice, and not both 0 and 1 (requirement B8). */
static void read_fo(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    const struct dmx_slice letters = DMX_SLICE("01ds");
    const unsigned both_numbers = 3;
    struct dmx_slice rest = value, part;
    unsigned seen = 0;
    while (dmx_slice_split(&rest, ':', &part)) {
        part = dmx_slice_trim(part);
        size_t which = part.len == 1 ? dmx_slice_find(letters, dmx_lower(part.ptr[0])) : letters.len;
        if (which == letters.len || (seen & 1U << which) != 0)
            return;
        seen |= 1U << which;
    }
    if ((seen & both_numbers) != both_numbers)
        record->fo = value;
}

/* v has been looked at; rf and ri have no effect (design section 4). They stand here to be found when doubled. */
static void pass_over(struct dmx_dmarc_record *record, struct dmx_slice value)
{
    (void)record;
    (void)value;
}

static const struct row {
    struct dmx_slice name;
    read_value *read;
} tags[] = {
    {DMX_SLICE_INIT("v"), pass_over},      /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("p"), read_p},         /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("sp"), read_sp},       /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("np"), read_np},       /* RFC 9091 section 3.1, RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("adkim"), read_adkim}, /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("aspf"), read_aspf},   /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("psd"), read_psd},     /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("t"), read_t},         /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("rua"), read_rua},     /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("ruf"), read_ruf},     /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("fo"), read_fo},       /* RFC 9989 section 4.7 */
    {DMX_SLICE_INIT("pct"), read_pct},     /* RFC 7489 section 6.3, historic */
    {DMX_SLICE_INIT("rf"), pass_over},     /* RFC 7489 section 6.3, historic */
    {DMX_SLICE_INIT("ri"), pass_over},     /* RFC 7489 section 6.3, historic */
};
enum { TAG_COUNT = sizeof tags / sizeof *tags };
_Static_assert(TAG_COUNT <= 32, "one bit a tag");

/* *WSP, which is less than dmx_slice_trim takes away: a line end is no part of a record's grammar. */
static struct dmx_slice trim(struct dmx_slice s)
{
    while (s.len > 0 && dmx_is_wsp(s.ptr[0]))
        s = dmx_slice_from(s, 1);
    while (s.len > 0 && dmx_is_wsp(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* dmarc-tag = 1*ALPHA *WSP "=" *WSP 1*dmarc-value; false for a part without "=", which is passed over. */
static bool split_tag(struct dmx_slice part, struct tag *out)
{
    size_t equals = dmx_slice_find(part, '=');
    if (equals == part.len)
        return false;
    out->name = trim(dmx_slice_upto(part, equals));
    out->value = trim(dmx_slice_from(part, equals + 1));
    return true;
}

/*
 * dmarc-version = "v" *WSP "=" *WSP %s"DMARC1", at the very start: nothing goes before it, not even a blank
 * (requirement B3).
 */
static bool is_version(struct dmx_slice part)
{
    struct tag tag;
    return part.len > 0 && dmx_lower(part.ptr[0]) == 'v' && split_tag(part, &tag) && tag.name.len == 1 &&
           dmx_slice_eq(tag.value, DMX_SLICE("DMARC1"));
}

/* RFC 5234 section 2.3: names of tags compare without case. NULL for an unknown tag. */
static const struct row *find_row(struct dmx_slice name)
{
    for (size_t i = 0; i < TAG_COUNT; i++) {
        if (dmx_slice_eq_nocase(name, tags[i].name))
            return &tags[i];
    }
    return NULL;
}

/* What was absent or bad falls back; fo without ruf asks for nothing (requirement B8). */
static void apply_defaults(struct dmx_dmarc_record *record)
{
    if (record->sp_state != DMX_TAG_VALID)
        record->sp = record->p;
    if (record->np_state != DMX_TAG_VALID)
        record->np = record->sp;
    if (record->ruf.len == 0)
        record->fo = DMX_SLICE_NONE;
}

/* dmarc-record = dmarc-version *(*WSP ";" *WSP dmarc-tag) [*WSP ";" *WSP] */
enum dmx_record_kind dmx_dmarc_record_parse(struct dmx_slice text, struct dmx_dmarc_record *out,
                                            struct dmx_reason *out_reason)
{
    struct dmx_slice rest = text, part;
    struct tag tag;
    uint32_t seen = 1; /* v */
    *out = (struct dmx_dmarc_record){.text = text, .pct = 100};
    *out_reason = DMX_REASON_NONE;
    if (!dmx_slice_split(&rest, ';', &part) || !is_version(part))
        return DMX_RECORD_OTHER;
    if (text.len > DMX_DMARC_MAX_RECORD) {
        *out_reason = DMX_REASON("record-too-long", "the DMARC record is longer than 64 kB", GRAMMAR);
        return DMX_RECORD_BROKEN;
    }
    while (dmx_slice_split(&rest, ';', &part)) {
        const struct row *row = split_tag(part, &tag) ? find_row(tag.name) : NULL;
        if (!row)
            continue;
        uint32_t bit = 1U << (row - tags);
        if (seen & bit) {
            *out_reason = DMX_REASON_ABOUT("duplicate-tag", "a tag stands twice in the DMARC record",
                                           "RFC 6376 section 3.2", tag.name);
            return DMX_RECORD_BROKEN;
        }
        seen |= bit;
        row->read(out, tag.value);
    }
    apply_defaults(out);
    return DMX_RECORD_DMARC;
}
