/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dmarc/lint.h"

#include "dmx/base/ascii.h"
#include "dmx/base/number.h"
#include "dmx/dmarc/uri.h"

#include "dmx/base/banned.h"

/* Where the tags, and where the syntax of a record are written down. */
static const char *tags_section(enum dmx_rules rules)
{
    return rules == DMX_RULES_9989 ? "RFC 9989 section 4.7" : "RFC 7489 section 6.3";
}

static const char *syntax_section(enum dmx_rules rules)
{
    return rules == DMX_RULES_9989 ? "RFC 9989 section 4.8" : "RFC 7489 section 6.4";
}

static void find(struct dmx_lint *out, struct dmx_reason reason)
{
    if (out->count < DMX_LINT_MAX)
        out->items[out->count++] = reason;
}

/* One of the words, without case; words stand between blanks. */
static bool is_one_of(struct dmx_slice value, const char *words)
{
    struct dmx_slice rest = dmx_slice_cstr(words), word;
    while (dmx_slice_split(&rest, ' ', &word))
        if (dmx_slice_eq_nocase(value, word))
            return true;
    return false;
}

static bool is_policy(struct dmx_slice value)
{
    return is_one_of(value, "none quarantine reject");
}
static bool is_mode(struct dmx_slice value)
{
    return is_one_of(value, "r s");
}
static bool is_psd(struct dmx_slice value)
{
    return is_one_of(value, "y n u");
}
static bool is_yes_no(struct dmx_slice value)
{
    return is_one_of(value, "y n");
}
static bool is_percent(struct dmx_slice value)
{
    uint64_t percent;
    return value.len <= 3 && dmx_parse_u64(value, 100, &percent);
}
static bool is_interval(struct dmx_slice value)
{
    uint64_t seconds;
    return dmx_parse_u64(value, UINT32_MAX, &seconds);
}
static bool is_anything(struct dmx_slice value)
{
    return value.len > 0;
}
/* As the record's own parser reads it: letters of 01ds, none twice, and not both 0 and 1. */
static bool is_fo(struct dmx_slice value)
{
    bool zero = false, one = false;
    struct dmx_slice part;
    while (dmx_slice_split(&value, ':', &part)) {
        part = dmx_slice_trim(part);
        if (!is_one_of(part, "0 1 d s"))
            return false;
        zero |= dmx_slice_eq(part, DMX_SLICE("0"));
        one |= dmx_slice_eq(part, DMX_SLICE("1"));
    }
    return !(zero && one);
}

/* The tags of RFC 7489 and 9989; of the historic ones what is left of them. */
static const struct row {
    struct dmx_slice name;
    bool (*is_valid)(struct dmx_slice value);
    enum { KEPT = 0, HISTORIC, NEVER_FOLLOWED } fate;
} tags[] = {
    {DMX_SLICE_INIT("v"), is_anything, KEPT},      {DMX_SLICE_INIT("p"), is_policy, KEPT},
    {DMX_SLICE_INIT("sp"), is_policy, KEPT},       {DMX_SLICE_INIT("np"), is_policy, KEPT},
    {DMX_SLICE_INIT("adkim"), is_mode, KEPT},      {DMX_SLICE_INIT("aspf"), is_mode, KEPT},
    {DMX_SLICE_INIT("psd"), is_psd, KEPT},         {DMX_SLICE_INIT("t"), is_yes_no, KEPT},
    {DMX_SLICE_INIT("rua"), is_anything, KEPT},    {DMX_SLICE_INIT("ruf"), is_anything, KEPT},
    {DMX_SLICE_INIT("fo"), is_fo, KEPT},           {DMX_SLICE_INIT("pct"), is_percent, HISTORIC},
    {DMX_SLICE_INIT("rf"), is_anything, HISTORIC}, {DMX_SLICE_INIT("ri"), is_interval, NEVER_FOLLOWED},
};
enum { TAG_COUNT = sizeof tags / sizeof *tags };
_Static_assert(TAG_COUNT <= 32, "one bit a tag");

static const struct row *find_row(struct dmx_slice name)
{
    for (size_t i = 0; i < TAG_COUNT; i++)
        if (dmx_slice_eq_nocase(name, tags[i].name))
            return &tags[i];
    return NULL;
}

static uint32_t bit_of(const char *name)
{
    return 1U << (find_row(dmx_slice_cstr(name)) - tags);
}

/* One URI of rua or ruf, by itself; an address without "mailto:" is the commonest slip of all. */
static void lint_uri(struct dmx_slice part, enum dmx_rules rules, struct dmx_lint *out)
{
    struct dmx_report_uri uri;
    struct dmx_slice rest = part, text = dmx_slice_trim(part);
    bool has_colon = dmx_slice_find(text, ':') < text.len, has_at = dmx_slice_find(text, '@') < text.len;
    bool valid = rest.ptr && dmx_report_uri_next(&rest, &uri);
    if (!valid && has_at && !has_colon)
        find(out,
             DMX_REASON_ABOUT("missing-mailto", "an address for reports lacks mailto:", tags_section(rules), text));
    else if (!valid)
        find(out, DMX_REASON_ABOUT("bad-uri", "an address for reports cannot be read", tags_section(rules), text));
    else if (uri.recipient.len == 0)
        find(out, DMX_REASON_ABOUT("other-scheme", "reports go to mailto: addresses only", tags_section(rules), text));
    else if (uri.size.len > 0 && rules == DMX_RULES_9989)
        find(out, DMX_REASON_ABOUT("obsolete-size", "a size limit for reports has no effect any more",
                                   "RFC 9989 section 4.8", text));
}

static void lint_value(const struct row *row, struct dmx_slice value, struct dmx_slice part, enum dmx_rules rules,
                       struct dmx_lint *out)
{
    struct dmx_slice uri;
    if (!row->is_valid(value))
        find(out,
             DMX_REASON_ABOUT("bad-value", "a tag's value is not one that it may have", tags_section(rules), part));
    else if (row->fate == NEVER_FOLLOWED)
        find(out, DMX_REASON_ABOUT("interval-not-followed", "reports are daily, whatever ri says",
                                   "RFC 9989 section 4.7", part));
    else if (row->fate == HISTORIC && rules == DMX_RULES_9989)
        find(out, DMX_REASON_ABOUT("historic-tag", "a tag of RFC 7489 has no effect any more", "RFC 9989 section 4.7",
                                   part));
    if (!dmx_slice_eq(row->name, DMX_SLICE("rua")) && !dmx_slice_eq(row->name, DMX_SLICE("ruf")))
        return;
    while (value.len > 0 && dmx_slice_split(&value, ',', &uri))
        lint_uri(uri, rules, out);
}

/* One part between semicolons; its tag's bit, or 0. */
static uint32_t lint_part(struct dmx_slice part, uint32_t seen, enum dmx_rules rules, struct dmx_lint *out)
{
    size_t equals = dmx_slice_find(part, '=');
    const struct row *row = find_row(dmx_slice_trim(dmx_slice_upto(part, equals)));
    if (part.len == 0)
        return 0;
    if (equals == part.len)
        find(out,
             DMX_REASON_ABOUT("not-a-tag", "a part of the record has no equals sign", syntax_section(rules), part));
    else if (!row)
        find(out, DMX_REASON_ABOUT("unknown-tag", "a tag is not known", tags_section(rules), part));
    if (equals == part.len || !row)
        return 0;
    uint32_t bit = 1U << (row - tags);
    if (seen & bit)
        find(out, DMX_REASON_ABOUT("duplicate-tag", "a tag stands twice, and so the record cannot be used",
                                   "RFC 6376 section 3.2", part));
    lint_value(row, dmx_slice_trim(dmx_slice_from(part, equals + 1)), part, rules, out);
    return bit;
}

void dmx_dmarc_lint_record(struct dmx_slice text, enum dmx_rules rules, struct dmx_lint *out)
{
    struct dmx_slice rest = text, part;
    uint32_t seen = 0;
    if (text.len > DMX_DMARC_MAX_RECORD) {
        find(out, DMX_REASON("record-too-long", "the record is longer than 64 kB", NULL));
        return;
    }
    while (out->count < DMX_LINT_MAX && rest.ptr && dmx_slice_split(&rest, ';', &part))
        seen |= lint_part(dmx_slice_trim(part), seen, rules, out);
    if (!(seen & bit_of("p")))
        find(out, DMX_REASON("missing-policy", "the record has no p=", tags_section(rules)));
    if ((seen & bit_of("fo")) && !(seen & bit_of("ruf")))
        find(out, DMX_REASON("fo-without-ruf", "fo= asks for nothing where ruf= is missing", tags_section(rules)));
    if (!(seen & bit_of("rua")))
        find(out, DMX_REASON("no-reports", "without rua= the owner will not hear of any failure", tags_section(rules)));
}

/* v=DMARC1 in other letters: no record by section 4.8, though somebody meant one. */
static bool has_wrong_case(struct dmx_slice text)
{
    const struct dmx_slice version = DMX_SLICE("v=dmarc1");
    char buf[sizeof "v=dmarc1"];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    for (size_t i = 0; i < text.len && b.len < version.len; i++)
        if (!dmx_is_wsp(text.ptr[i]))
            dmx_put_char(&b, text.ptr[i]);
    return dmx_slice_eq_nocase(dmx_builder_text(&b), version);
}

/* What stands at one name. Of several records none counts, so that only their number is worth a word. */
static void lint_name(struct dmx_slice name, enum dmx_rules rules, struct dmx_answers *book, struct dmx_lint *out)
{
    const struct dmx_answer *answer = dmx_answers_ask_text(book, DMX_SLICE("_dmarc"), name, DMX_RR_TXT);
    struct dmx_slice record = DMX_SLICE_NONE;
    size_t found = 0;
    for (size_t i = 0; answer && answer->status == DMX_DNS_OK && i < answer->count; i++) {
        struct dmx_dmarc_record parsed;
        struct dmx_reason reason;
        struct dmx_slice text = answer->rrs[i].data.text;
        if (dmx_dmarc_record_parse(text, &parsed, &reason) != DMX_RECORD_OTHER) {
            record = text;
            found++;
        } else if (has_wrong_case(text)) {
            find(out, DMX_REASON_ABOUT("version-case", "a record is ignored: its version is not written DMARC1",
                                       syntax_section(rules), name));
        }
        if (found > 1)
            break;
    }
    if (found > 1)
        find(out, DMX_REASON_ABOUT("several-records", "more than one DMARC record stands at one name",
                                   rules == DMX_RULES_9989 ? "RFC 9989 section 4.10" : "RFC 7489 section 6.6.3", name));
    else if (found == 1)
        dmx_dmarc_lint_record(record, rules, out);
}

void dmx_dmarc_lint(const struct dmx_author *author, const struct dmx_discovery *discovery, enum dmx_rules rules,
                    struct dmx_answers *book, struct dmx_lint *out)
{
    *out = (struct dmx_lint){.count = 0};
    if (author->status != DMX_AUTHOR_OK)
        return;
    lint_name(author->domain, rules, book, out);
    /* The organizational domain is among the names that the list's discovery asks for, found or not. */
    struct dmx_slice other = rules == DMX_RULES_7489 ? discovery->org_domain : discovery->policy_domain;
    if (other.len > 0 && !dmx_slice_eq(other, author->domain))
        lint_name(other, rules, book, out);
}
