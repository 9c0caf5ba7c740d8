/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "value.h"

#include <assert.h>
#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/number.h"
#include "dmx/base/utf8.h"
#include "dmx/site/location.h"
#include "host_list.h"
#include "list.h"
#include "rate.h"

#include "dmx/base/banned.h"

enum {
    HOST_NAME_MAX_BYTES = 253,   /* RFC 1035 section 2.3.4, as text */
    HOST_LIST_MAX_BYTES = 4096,  /* Exim reads a longer list from a file of its own */
    REJECT_TEXT_MAX_BYTES = 512, /* one reply of a few lines, RFC 5321 section 4.5.3.1.5 */
    FIELD_NAME_MAX_BYTES = 64,   /* leaves room for the value in a line of 78, RFC 5322 section 2.1.1 */
    PATH_MAX_BYTES = 4095,       /* Linux's PATH_MAX without the NUL */
    ADDRESS_MAX_BYTES = 254,     /* RFC 5321 section 4.5.3.1.3: a path of 256 with its angle brackets */
    LOCAL_MAX_BYTES = 64,        /* RFC 5321 section 4.5.3.1.1 */
    URL_MAX_BYTES = 2000,        /* what proxies and servers take */
    MS_PER_S = 1000,
};

/* Words are stored through an unsigned: every enum of struct dmx_config is one. */
static_assert(sizeof(enum dmx_mode) == sizeof(unsigned), "enums are unsigned");
static_assert(sizeof(enum dmx_quarantine_action) == sizeof(unsigned), "enums are unsigned");

static void set_word(const struct dmx_reading *reading, unsigned value)
{
    memcpy(dmx_option_member(reading->config, reading->option), &value, sizeof value);
}

static enum dmx_status parse_word(const struct dmx_reading *reading, struct dmx_slice value)
{
    const struct dmx_option_word *words = reading->option->words;
    for (size_t i = 0; words[i].word; i++)
        if (dmx_slice_eq_nocase(value, dmx_slice_cstr(words[i].word))) {
            set_word(reading, words[i].value);
            return DMX_OK;
        }
    return dmx_reading_refuse(reading, value, NULL);
}

static enum dmx_status parse_yes_no(const struct dmx_reading *reading, struct dmx_slice value)
{
    bool yes = dmx_slice_eq_nocase(value, DMX_SLICE("yes"));
    if (!yes && !dmx_slice_eq_nocase(value, DMX_SLICE("no")))
        return dmx_reading_refuse(reading, value, NULL);
    bool *member = dmx_option_member(reading->config, reading->option);
    *member = yes;
    return DMX_OK;
}

/* Milliseconds as 1500ms, or whole seconds and more as base reads them. */
static bool read_duration(struct dmx_slice value, uint64_t max_ms, uint64_t *out_ms)
{
    uint64_t seconds;
    if (dmx_slice_ends_nocase(value, DMX_SLICE("ms")))
        return dmx_parse_u64(dmx_slice_upto(value, value.len - 2), max_ms, out_ms);
    if (!dmx_parse_duration(value, max_ms / MS_PER_S, &seconds))
        return false;
    *out_ms = seconds * MS_PER_S;
    return true;
}

static bool read_number(const struct dmx_option *option, struct dmx_slice value, uint64_t *out)
{
    if (option->kind == DMX_KIND_DURATION)
        return read_duration(value, option->max, out);
    if (option->kind == DMX_KIND_SIZE)
        return dmx_parse_size(value, option->max, out);
    return dmx_parse_u64(value, option->max, out);
}

static enum dmx_status parse_number(const struct dmx_reading *reading, struct dmx_slice value)
{
    const struct dmx_option *option = reading->option;
    uint64_t number = 0;
    if (!read_number(option, value, &number) || number < option->min)
        return dmx_reading_refuse(reading, value, NULL);
    uint64_t *member = dmx_option_member(reading->config, option);
    *member = number;
    return DMX_OK;
}

/* Keeps a copy of a text that has been checked. */
static enum dmx_status keep(const struct dmx_reading *reading, struct dmx_slice text, struct dmx_slice *out)
{
    struct dmx_slice copy = dmx_arena_dup(reading->config->arena, text);
    if (!copy.ptr)
        return dmx_reading_complain(reading, DMX_NOMEM, "out of memory");
    *out = copy;
    return DMX_OK;
}

static enum dmx_status keep_member(const struct dmx_reading *reading, struct dmx_slice text)
{
    return keep(reading, text, dmx_option_member(reading->config, reading->option));
}

static bool is_high(char ch)
{
    return (unsigned char)ch >= 0x80;
}

/* RFC 5322: atext, and UTF8-non-ascii of RFC 6531 */
static bool is_atext(char ch)
{
    static const char specials[] = "!#$%&'*+-/=?^_`{|}~";
    return dmx_is_alnum(ch) || is_high(ch) || (ch != '\0' && memchr(specials, ch, sizeof specials - 1));
}

static bool is_label_byte(char ch)
{
    return dmx_is_alnum(ch) || ch == '-' || ch == '_' || is_high(ch);
}

/* dot-atom-text = 1*member *("." 1*member) */
static bool is_dotted(struct dmx_slice text, bool (*is_member)(char))
{
    bool after_dot = true;
    for (size_t i = 0; i < text.len; i++) {
        bool dot = text.ptr[i] == '.';
        if (dot ? after_dot : !is_member(text.ptr[i]))
            return false;
        after_dot = dot;
    }
    return !after_dot;
}

bool dmx_is_plain_local(struct dmx_slice local)
{
    return local.len <= LOCAL_MAX_BYTES && is_dotted(local, is_atext);
}

bool dmx_is_plain_domain(struct dmx_slice domain)
{
    return domain.len <= HOST_NAME_MAX_BYTES && is_dotted(domain, is_label_byte);
}

static bool is_printable(struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != ' ' && !dmx_is_vchar(text.ptr[i]))
            return false;
    return true;
}

/* A tab is the one control byte that gets as far as here. */
static bool is_text(struct dmx_slice text, size_t max_bytes)
{
    return text.len <= max_bytes && dmx_slice_find(text, '\t') == text.len;
}

static enum dmx_status parse_authserv_id(const struct dmx_reading *reading, struct dmx_slice value)
{
    if (value.len == 0 || dmx_slice_eq(value, DMX_SLICE(DMX_HOST_NAME_WORD)))
        return keep_member(reading, DMX_SLICE(""));
    /* RFC 8601 section 2.2 allows more, but a name that must be quoted is written in two ways, and so is not safe. */
    if (!is_printable(value) || !dmx_is_plain_domain(value))
        return dmx_reading_refuse(reading, value, NULL);
    return keep_member(reading, value);
}

static bool is_address(struct dmx_slice text)
{
    size_t at = dmx_slice_rfind(text, '@');
    return at < text.len && text.len <= ADDRESS_MAX_BYTES && is_printable(text) &&
           dmx_is_plain_local(dmx_slice_upto(text, at)) && dmx_is_plain_domain(dmx_slice_from(text, at + 1));
}

/* It goes into header fields and XML as it is. */
static enum dmx_status parse_address(const struct dmx_reading *reading, struct dmx_slice value)
{
    if (value.len > 0 && !is_address(value))
        return dmx_reading_refuse(reading, value, NULL);
    return keep_member(reading, value);
}

static enum dmx_status parse_text(const struct dmx_reading *reading, struct dmx_slice value)
{
    if (!is_text(value, reading->option->max) || !dmx_is_utf8(value))
        return dmx_reading_refuse(reading, value, NULL);
    return keep_member(reading, value);
}

static enum dmx_status parse_quarantine(const struct dmx_reading *reading, struct dmx_slice value)
{
    struct dmx_slice prefix = DMX_SLICE("redirect:");
    if (!dmx_slice_starts_nocase(value, prefix))
        return parse_word(reading, value);
    struct dmx_slice address = dmx_slice_trim(dmx_slice_from(value, prefix.len));
    if (!is_address(address))
        return dmx_reading_refuse(reading, value, "ADDR is LOCAL@DOMAIN");
    set_word(reading, DMX_QUARANTINE_REDIRECT);
    return keep(reading, address, &reading->config->quarantine_address);
}

/* Whether text starts with what may follow a per cent sign; its length goes to *out_len. */
static bool is_placeholder(struct dmx_slice text, size_t *out_len)
{
    static const struct dmx_slice known[] = {
        DMX_SLICE_INIT("%"),        DMX_SLICE_INIT("{domain}"), DMX_SLICE_INIT("{ip}"),
        DMX_SLICE_INIT("{policy}"), DMX_SLICE_INIT("{reason}"),
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (dmx_slice_starts(text, known[i])) {
            *out_len = known[i].len;
            return true;
        }
    return false;
}

static enum dmx_status parse_reject_text(const struct dmx_reading *reading, struct dmx_slice value)
{
    if (value.len > REJECT_TEXT_MAX_BYTES)
        return dmx_reading_refuse(reading, value, "it is over 512 bytes");
    if (!is_printable(value))
        return dmx_reading_refuse(reading, value, NULL);
    struct dmx_slice rest = value;
    size_t percent, len;
    while ((percent = dmx_slice_find(rest, '%')) < rest.len) {
        rest = dmx_slice_from(rest, percent + 1);
        if (!is_placeholder(rest, &len))
            return dmx_reading_refuse(reading, value, "a % begins no placeholder that is known");
        rest = dmx_slice_from(rest, len);
    }
    return keep_member(reading, value);
}

/*
 * Incoming fields of our name are removed, so it must be none that means something to anybody else: those of RFC 5322
 * section 3.6, MIME (RFC 2045), RFC 2369, RFC 2919, RFC 3834, and of authentication.
 */
static bool is_taken(struct dmx_slice name)
{
    static const char *const taken[] = {
        "ARC-Authentication-Results",
        "ARC-Message-Signature",
        "ARC-Seal",
        "Authentication-Results",
        "Auto-Submitted",
        "Bcc",
        "Cc",
        "Comments",
        "Content-Description",
        "Content-Disposition",
        "Content-ID",
        "Content-Language",
        "Content-Transfer-Encoding",
        "Content-Type",
        "DKIM-Signature",
        "Date",
        "Delivered-To",
        "From",
        "In-Reply-To",
        "Keywords",
        "List-Archive",
        "List-Help",
        "List-Id",
        "List-Owner",
        "List-Post",
        "List-Subscribe",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Message-ID",
        "Precedence",
        "Received",
        "Received-SPF",
        "References",
        "Reply-To",
        "Resent-Bcc",
        "Resent-Cc",
        "Resent-Date",
        "Resent-From",
        "Resent-Message-ID",
        "Resent-Sender",
        "Resent-To",
        "Return-Path",
        "Sender",
        "Subject",
        "To",
    };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (dmx_slice_eq_nocase(name, dmx_slice_cstr(taken[i])))
            return true;
    return false;
}

/* RFC 5322 section 3.6.8: field-name = 1*ftext; ftext = %d33-57 / %d59-126 */
static enum dmx_status parse_field_name(const struct dmx_reading *reading, struct dmx_slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!dmx_is_vchar(value.ptr[i]) || value.ptr[i] == ':')
            return dmx_reading_refuse(reading, value, NULL);
    if (value.len > FIELD_NAME_MAX_BYTES)
        return dmx_reading_refuse(reading, value, "it is over 64 bytes");
    if (is_taken(value))
        return dmx_reading_refuse(reading, value, "incoming fields of this name would be removed");
    return keep_member(reading, value);
}

static enum dmx_status parse_envelope(const struct dmx_reading *reading, struct dmx_slice value)
{
    if (dmx_slice_eq(value, DMX_SLICE("verp")) || dmx_slice_eq(value, DMX_SLICE("null")))
        return keep_member(reading, value);
    return value.len > 0 ? parse_address(reading, value) : dmx_reading_refuse(reading, value, NULL);
}

/* A password in what is refused is not for logs. */
static enum dmx_status refuse_store(const struct dmx_reading *reading, struct dmx_slice value)
{
    struct dmx_builder shown = dmx_builder_arena(reading->config->arena, 2 * PATH_MAX_BYTES);
    dmx_put_location(&shown, value);
    return dmx_reading_refuse(reading, dmx_builder_text(&shown), NULL);
}

/* Kept as it is written; a path starts at the root. */
static enum dmx_status parse_store(const struct dmx_reading *reading, struct dmx_slice value)
{
    struct dmx_slice path = dmx_slice_from(value, dmx_slice_find(value, ':') + 1);
    bool is_file = dmx_location_is_sqlite(value);
    if (!(is_file || dmx_location_is_postgresql(value)) || path.len == 0 || !is_text(value, PATH_MAX_BYTES))
        return refuse_store(reading, value);
    struct dmx_builder b = dmx_builder_arena(reading->config->arena, 2 * PATH_MAX_BYTES);
    struct dmx_slice *member = dmx_option_member(reading->config, reading->option);
    if (is_file) {
        path = dmx_reading_path(reading, path, reading->config->arena);
        dmx_put_cstr(&b, DMX_LOCATION_SQLITE);
        dmx_put(&b, path);
    } else {
        dmx_put(&b, value);
    }
    *member = dmx_builder_text(&b);
    return path.ptr && member->ptr ? DMX_OK : dmx_reading_complain(reading, DMX_NOMEM, "out of memory");
}

static enum dmx_status parse_path(const struct dmx_reading *reading, struct dmx_slice value)
{
    if (value.len == 0 || !is_text(value, PATH_MAX_BYTES))
        return dmx_reading_refuse(reading, value, NULL);
    struct dmx_slice path = dmx_reading_path(reading, value, reading->config->arena);
    if (!path.ptr)
        return dmx_reading_complain(reading, DMX_NOMEM, "out of memory");
    struct dmx_slice *member = dmx_option_member(reading->config, reading->option);
    *member = path;
    return DMX_OK;
}

/* What a fetcher can be given; whether it may use http and file is asked when it is run. */
static enum dmx_status parse_url(const struct dmx_reading *reading, struct dmx_slice value)
{
    static const struct dmx_slice schemes[] = {DMX_SLICE_INIT("https://"), DMX_SLICE_INIT("http://"),
                                               DMX_SLICE_INIT("file://")};
    bool known = false;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        known |= dmx_slice_starts_nocase(value, schemes[i]) && value.len > schemes[i].len;
    for (size_t i = 0; i < value.len; i++)
        known &= dmx_is_vchar(value.ptr[i]);
    if (!known || value.len > URL_MAX_BYTES)
        return dmx_reading_refuse(reading, value, NULL);
    return keep_member(reading, value);
}

static enum dmx_status parse_host_list(const struct dmx_reading *reading, struct dmx_slice value)
{
    if (!is_text(value, HOST_LIST_MAX_BYTES))
        return dmx_reading_refuse(reading, value, "it holds a tab or is over 4096 bytes");
    const char *mistake = dmx_host_list_mistake(value);
    if (mistake)
        return dmx_reading_refuse(reading, value, mistake);
    return keep_member(reading, value);
}

enum dmx_status dmx_value_parse(const struct dmx_reading *reading, struct dmx_slice value)
{
    /* Many formats want quotes, here they would become part of the value. */
    if (dmx_is_quoted(value))
        return dmx_reading_refuse(reading, value, NULL);
    switch (reading->option->kind) {
    case DMX_KIND_WORD:
        return parse_word(reading, value);
    case DMX_KIND_YES_NO:
        return parse_yes_no(reading, value);
    case DMX_KIND_DURATION:
    case DMX_KIND_NUMBER:
    case DMX_KIND_SIZE:
        return parse_number(reading, value);
    case DMX_KIND_AUTHSERV_ID:
        return parse_authserv_id(reading, value);
    case DMX_KIND_NAMESERVERS:
    case DMX_KIND_CIDR_LIST:
    case DMX_KIND_RECIPIENTS:
    case DMX_KIND_DOMAINS:
    case DMX_KIND_FORWARDERS:
    case DMX_KIND_APPROVALS:
    case DMX_KIND_OVERRIDES:
    case DMX_KIND_DIALECTS:
        return dmx_list_read(reading, value);
    case DMX_KIND_RATE:
        return dmx_rate_read(reading, value);
    case DMX_KIND_HOST_LIST:
        return parse_host_list(reading, value);
    case DMX_KIND_QUARANTINE:
        return parse_quarantine(reading, value);
    case DMX_KIND_REJECT_TEXT:
        return parse_reject_text(reading, value);
    case DMX_KIND_FIELD_NAME:
        return parse_field_name(reading, value);
    case DMX_KIND_STORE:
        return parse_store(reading, value);
    case DMX_KIND_PATH:
        return parse_path(reading, value);
    case DMX_KIND_TEXT:
        return parse_text(reading, value);
    case DMX_KIND_ADDRESS:
        return parse_address(reading, value);
    case DMX_KIND_URL:
        return parse_url(reading, value);
    case DMX_KIND_ENVELOPE:
        return parse_envelope(reading, value);
    }
    return DMX_INVALID;
}
