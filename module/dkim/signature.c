/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dkim/signature.h"

#include "limits.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/base/base64.h"
#include "dmx/base/builder.h"
#include "dmx/base/number.h"
#include "dmx/mail/domain.h"
#include "dmx/mail/taglist.h"

#define SECTION             "RFC 6376 section 3.5"
#define KEY_LABEL           DMX_SLICE("._domainkey") /* RFC 6376 section 3.6.2.1 */
#define SYNTAX(token, text) DMX_REASON(token, text, SECTION)

struct reader {
    const struct dmx_field *field;
    struct dmx_arena *arena;
    struct dmx_signature *out;
    struct dmx_reason reason; /* the first one is kept */
};

static void refuse(struct reader *r, struct dmx_reason reason)
{
    if (!r->reason.token)
        r->reason = reason;
}

/* sig-v-tag = %x76 [FWS] "=" [FWS] 1*DIGIT, and the only version is 1. */
static void read_version(struct reader *r, struct dmx_slice value)
{
    if (!dmx_slice_eq(value, DMX_SLICE("1")))
        refuse(r, DMX_REASON_ABOUT("signature-version", "the signature's v= is not 1", SECTION, value));
}

/* sig-d-tag = %x64 [FWS] "=" [FWS] domain-name; U-labels may stand there too (RFC 8616 section 4). */
static void read_domain(struct reader *r, struct dmx_slice value)
{
    if (!dmx_domain_normalise(value, r->arena, &r->out->domain))
        refuse(r, DMX_REASON_ABOUT("signature-domain", "the signature's d= is no domain name", SECTION, value));
}

/*
 * sig-s-tag = %x73 [FWS] "=" [FWS] selector. A selector may be all digits, which no domain may: so it is read together
 * with what stands behind it in DNS.
 */
static void read_selector(struct reader *r, struct dmx_slice value)
{
    struct dmx_builder b = dmx_builder_arena(r->arena, value.len + KEY_LABEL.len);
    dmx_put(&b, value);
    dmx_put(&b, KEY_LABEL);
    if (dmx_domain_normalise(dmx_builder_text(&b), r->arena, &r->out->key_prefix))
        r->out->selector = dmx_slice_upto(r->out->key_prefix, r->out->key_prefix.len - KEY_LABEL.len);
    else
        refuse(r, DMX_REASON_ABOUT("signature-selector", "the signature's s= is no selector", SECTION, value));
}

/* sig-a-tag-alg = sig-a-tag-k "-" sig-a-tag-h (RFC 6376 section 3.3, RFC 8463 section 3) */
static void read_algorithm(struct reader *r, struct dmx_slice value)
{
    static const struct {
        struct dmx_slice name;
        enum dmx_key_type key_type;
        enum dmx_hash hash;
    } algorithms[] = {
        {DMX_SLICE_INIT("rsa-sha256"), DMX_KEY_RSA, DMX_HASH_SHA256},
        {DMX_SLICE_INIT("rsa-sha1"), DMX_KEY_RSA, DMX_HASH_SHA1},
        {DMX_SLICE_INIT("ed25519-sha256"), DMX_KEY_ED25519, DMX_HASH_SHA256},
    };
    r->out->algorithm = dmx_arena_dup_lower(r->arena, value);
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (dmx_slice_eq(r->out->algorithm, algorithms[i].name)) {
            r->out->key_type = algorithms[i].key_type;
            r->out->hash = algorithms[i].hash;
            return;
        }
    refuse(r, DMX_REASON_ABOUT("signature-algorithm", "the signature's a= names an unknown algorithm",
                               "RFC 6376 section 3.3", value));
}

static bool read_canon(struct dmx_slice word, enum dmx_canon *out)
{
    *out = dmx_slice_eq_nocase(word, DMX_SLICE("relaxed")) ? DMX_CANON_RELAXED : DMX_CANON_SIMPLE;
    return *out == DMX_CANON_RELAXED || dmx_slice_eq_nocase(word, DMX_SLICE("simple"));
}

/* sig-c-tag-alg = header canonicalisation [ "/" body canonicalisation ]; each is simple when it is not given. */
static void read_canons(struct reader *r, struct dmx_slice value)
{
    size_t slash = dmx_slice_find(value, '/');
    bool ok = read_canon(dmx_slice_upto(value, slash), &r->out->header_canon);
    if (slash < value.len)
        ok = read_canon(dmx_slice_from(value, slash + 1), &r->out->body_canon) && ok;
    if (!ok)
        refuse(r, DMX_REASON_ABOUT("signature-canonicalization", "the signature's c= names an unknown canonicalization",
                                   "RFC 6376 section 3.4", value));
}

/* hdr-name = field-name: printable US-ASCII but the colon (RFC 5322 section 3.6.8). */
static bool is_field_name(struct dmx_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!dmx_is_vchar(name.ptr[i]) || name.ptr[i] == ':')
            return false;
    return name.len > 0;
}

/* sig-h-tag = %x68 [FWS] "=" [FWS] hdr-name *( [FWS] ":" [FWS] hdr-name ) */
static void read_names(struct reader *r, struct dmx_slice value)
{
    bool has_from = false;
    size_t count = 0;
    struct dmx_slice rest = value, name;
    while (dmx_slice_split(&rest, ':', &name)) {
        name = dmx_slice_trim(name);
        if (!is_field_name(name))
            return refuse(r, SYNTAX("signature-names", "the signature's h= is no list of field names"));
        if (++count > DMX_SIGNATURE_MAX_NAMES)
            return refuse(r, SYNTAX("signature-names-limit", "the signature's h= has more than 1024 names"));
        has_from |= dmx_slice_eq_nocase(name, DMX_SLICE("from"));
    }
    r->out->names = value;
    if (!has_from)
        refuse(r, DMX_REASON("from-not-signed", "the signature's h= leaves out From", "RFC 6376 section 5.4"));
}

/* The value with dkim-quoted-printable (section 2.11) undone: "=" 2HEXDIG is a byte, FWS is nothing. */
static bool unquote(struct dmx_slice value, struct dmx_arena *arena, struct dmx_slice *out)
{
    char *text = dmx_arena_alloc(arena, value.len + 1);
    size_t len = 0;
    if (!text)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        char ch = value.ptr[i];
        if (dmx_is_fws(ch))
            continue;
        if (ch == '=') {
            int high = i + 2 < value.len ? dmx_hex_value(value.ptr[i + 1]) : -1;
            int low = i + 2 < value.len ? dmx_hex_value(value.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            ch = (char)(high << 4 | low);
            i += 2;
        }
        text[len++] = ch;
    }
    *out = dmx_slice(text, len);
    return true;
}

/* sig-i-tag = %x69 [FWS] "=" [FWS] [ Local-part ] "@" domain-name, in dkim-quoted-printable */
static void read_identity(struct reader *r, struct dmx_slice value)
{
    struct dmx_slice identity;
    if (unquote(value, r->arena, &identity)) {
        size_t at = dmx_slice_rfind(identity, '@');
        struct dmx_slice domain = dmx_slice_from(identity, at + 1);
        if (at < identity.len && dmx_domain_normalise(domain, r->arena, &r->out->identity_domain)) {
            r->out->identity = identity;
            return;
        }
    }
    refuse(r, DMX_REASON_ABOUT("signature-identity", "the signature's i= is no identity", SECTION, value));
}

/* sig-l-tag = %x6c [FWS] "=" [FWS] 1*76DIGIT; what no body can have is refused at once. */
static void read_length(struct reader *r, struct dmx_slice value)
{
    r->out->has_length = dmx_parse_u64(value, INT64_MAX, &r->out->length);
    if (!r->out->has_length)
        refuse(r, SYNTAX("signature-length", "the signature's l= is no number of bytes"));
}

/* sig-q-tag-method = "dns/txt" / x-sig-q-tag-type ["/" x-sig-q-tag-args]; one that we know is enough. */
static void read_query(struct reader *r, struct dmx_slice value)
{
    struct dmx_slice rest = value, method;
    while (dmx_slice_split(&rest, ':', &method))
        if (dmx_slice_eq_nocase(dmx_slice_trim(method), DMX_SLICE("dns/txt")))
            return;
    refuse(r, DMX_REASON_ABOUT("signature-query", "the signature's q= does not offer dns/txt", SECTION, value));
}

/* Seconds since 1970; more than DMX_TIME_MAX_DIGITS digits are infinity (section 3.5, x=). */
static bool read_seconds(struct dmx_slice value, int64_t *out)
{
    uint64_t seconds = INT64_MAX;
    for (size_t i = 0; i < value.len; i++)
        if (!dmx_is_digit(value.ptr[i]))
            return false;
    if (value.len == 0 || (value.len <= DMX_TIME_MAX_DIGITS && !dmx_parse_u64(value, INT64_MAX, &seconds)))
        return false;
    *out = (int64_t)seconds;
    return true;
}

/* sig-t-tag = %x74 [FWS] "=" [FWS] 1*12DIGIT */
static void read_time(struct reader *r, struct dmx_slice value)
{
    r->out->has_time = read_seconds(value, &r->out->time_s);
    if (!r->out->has_time)
        refuse(r, SYNTAX("signature-time", "the signature's t= is no time"));
}

/* sig-x-tag = %x78 [FWS] "=" [FWS] 1*12DIGIT */
static void read_expiry(struct reader *r, struct dmx_slice value)
{
    r->out->has_expiry = read_seconds(value, &r->out->expiry_s);
    if (!r->out->has_expiry)
        refuse(r, SYNTAX("signature-expiry", "the signature's x= is no time"));
}

/* sig-bh-tag = %x62 %x68 [FWS] "=" [FWS] base64string */
static void read_body_hash(struct reader *r, struct dmx_slice value)
{
    if (!dmx_base64_decode(value, r->arena, &r->out->body_hash))
        refuse(r, SYNTAX("signature-body-hash", "the signature's bh= is not base64"));
}

/* The value of b= and all white space around it, up to the "=" and the ";" or the field's end. */
static struct dmx_slice widen(struct dmx_slice value, struct dmx_slice around)
{
    const char *from = value.ptr, *to = value.ptr + value.len;
    while (from > around.ptr && dmx_is_fws(from[-1]))
        from--;
    while (to < around.ptr + around.len && dmx_is_fws(*to))
        to++;
    return dmx_slice(from, (size_t)(to - from));
}

/* sig-b-tag = %x62 [FWS] "=" [FWS] base64string */
static void read_signature(struct reader *r, struct dmx_slice value)
{
    if (value.len == 0 || !dmx_base64_decode(value, r->arena, &r->out->signature) || r->out->signature.len == 0)
        return refuse(r, SYNTAX("signature-data", "the signature's b= is not base64"));
    r->out->cut = widen(value, r->field->value);
    char *text = dmx_arena_alloc(r->arena, value.len);
    size_t len = 0;
    for (size_t i = 0; text && i < value.len; i++)
        if (!dmx_is_fws(value.ptr[i]))
            text[len++] = value.ptr[i];
    r->out->text = dmx_slice(text, len);
}

bool dmx_arc_instance_parse(struct dmx_slice text, unsigned *out)
{
    uint64_t instance;
    if (text.len > 2 || !dmx_parse_u64(text, DMX_ARC_MAX_INSTANCE, &instance) || instance == 0)
        return false;
    *out = (unsigned)instance;
    return true;
}

/* instance = [CFWS] %s"i" [CFWS] "=" [CFWS] position */
static void read_instance(struct reader *r, struct dmx_slice value)
{
    if (!dmx_arc_instance_parse(value, &r->out->instance))
        refuse(r, DMX_REASON_ABOUT("arc-instance", "the field's i= is no number from 1 to 50", "RFC 8617 section 4.2.1",
                                   value));
}

/* chain-status = ("none" / "fail" / "pass"), with case as it stands */
static void read_chain_status(struct reader *r, struct dmx_slice value)
{
    if (dmx_slice_eq(value, DMX_SLICE("none")))
        r->out->chain_status = DMX_NONE;
    else if (dmx_slice_eq(value, DMX_SLICE("pass")))
        r->out->chain_status = DMX_PASS;
    else if (dmx_slice_eq(value, DMX_SLICE("fail")))
        r->out->chain_status = DMX_FAIL;
    else
        refuse(r, DMX_REASON_ABOUT("arc-chain-status", "the seal's cv= is not none, pass or fail",
                                   "RFC 8617 section 4.1.3", value));
}

/* A seal's scope is fixed; one that says otherwise means something else. */
static void refuse_names(struct reader *r, struct dmx_slice value)
{
    (void)value;
    refuse(r, DMX_REASON("arc-seal-names", "the seal has an h=, which none may have", "RFC 8617 section 4.1.3"));
}

enum need { IGNORED = 0, OPTIONAL, REQUIRED };

/*
 * The tags of RFC 6376 section 3.5, and of RFC 8617 sections 4.1.2 (where v= is to be ignored) and 4.1.3. z= is for
 * diagnosis by people; unknown tags are ignored (section 3.2).
 */
static const struct {
    struct dmx_slice name;
    enum need need[DMX_SIGNATURE_FORMS]; /* DKIM-Signature, ARC-Message-Signature, ARC-Seal */
    const char *missing;
    void (*read)(struct reader *r, struct dmx_slice value);
} tags[] = {
    {DMX_SLICE_INIT("v"), {REQUIRED, IGNORED, IGNORED}, "the signature has no v=", read_version},
    {DMX_SLICE_INIT("d"), {REQUIRED, REQUIRED, REQUIRED}, "the signature has no d=", read_domain},
    {DMX_SLICE_INIT("s"), {REQUIRED, REQUIRED, REQUIRED}, "the signature has no s=", read_selector},
    {DMX_SLICE_INIT("a"), {REQUIRED, REQUIRED, REQUIRED}, "the signature has no a=", read_algorithm},
    {DMX_SLICE_INIT("c"), {OPTIONAL, OPTIONAL, IGNORED}, NULL, read_canons},
    {DMX_SLICE_INIT("h"), {REQUIRED, REQUIRED, IGNORED}, "the signature has no h=", read_names},
    {DMX_SLICE_INIT("h"), {IGNORED, IGNORED, OPTIONAL}, NULL, refuse_names},
    {DMX_SLICE_INIT("i"), {OPTIONAL, IGNORED, IGNORED}, NULL, read_identity},
    {DMX_SLICE_INIT("i"), {IGNORED, REQUIRED, REQUIRED}, "the signature has no i=", read_instance},
    {DMX_SLICE_INIT("cv"), {IGNORED, IGNORED, REQUIRED}, "the seal has no cv=", read_chain_status},
    {DMX_SLICE_INIT("l"), {OPTIONAL, OPTIONAL, IGNORED}, NULL, read_length},
    {DMX_SLICE_INIT("q"), {OPTIONAL, OPTIONAL, IGNORED}, NULL, read_query},
    {DMX_SLICE_INIT("t"), {OPTIONAL, OPTIONAL, OPTIONAL}, NULL, read_time},
    {DMX_SLICE_INIT("x"), {OPTIONAL, OPTIONAL, IGNORED}, NULL, read_expiry},
    {DMX_SLICE_INIT("bh"), {REQUIRED, REQUIRED, IGNORED}, "the signature has no bh=", read_body_hash},
    {DMX_SLICE_INIT("b"), {REQUIRED, REQUIRED, REQUIRED}, "the signature has no b=", read_signature},
};

/* What only several tags together tell. */
static void check_together(struct reader *r, enum dmx_signature_form form)
{
    struct dmx_signature *s = r->out;
    if (s->has_time && s->has_expiry && s->expiry_s <= s->time_s)
        refuse(r, SYNTAX("signature-expiry", "the signature's x= is not after its t="));
    if (s->domain.len && s->identity.len && !dmx_domain_within(s->identity_domain, s->domain))
        refuse(r, SYNTAX("identity-outside-domain", "the signature's i= does not lie within its d="));
    if (form != DMX_SIGNATURE_ARC_SEAL && s->algorithm.len && s->body_hash.len != dmx_hash_bytes(s->hash))
        refuse(r, SYNTAX("signature-body-hash", "the signature's bh= has not the length of its hash"));
}

/* Section 3.5: without i= the identity is "@" and d=. */
static void default_identity(struct reader *r)
{
    struct dmx_signature *s = r->out;
    if (s->identity.len || !s->domain.len)
        return;
    struct dmx_builder b = dmx_builder_arena(r->arena, s->domain.len + 1);
    dmx_put_char(&b, '@');
    dmx_put(&b, s->domain);
    s->identity = dmx_builder_text(&b);
    s->identity_domain = s->domain;
}

bool dmx_signature_parse(const struct dmx_field *field, enum dmx_signature_form form, struct dmx_arena *arena,
                         struct dmx_signature *out, struct dmx_reason *out_reason)
{
    struct reader r = {.field = field, .arena = arena, .out = out, .reason = DMX_REASON_NONE};
    struct dmx_taglist list;
    *out = (struct dmx_signature){.has_length = false};
    *out_reason = SYNTAX("signature-too-long", "the signature field is larger than 64 kB");
    if (field->raw.len > DMX_SIGNATURE_MAX_BYTES)
        return false;
    if (dmx_taglist_parse(field->value, arena, &list, out_reason) != DMX_OK)
        return false;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        struct dmx_slice value;
        if (tags[i].need[form] == IGNORED)
            continue;
        if (dmx_taglist_get(&list, tags[i].name, &value))
            tags[i].read(&r, value);
        else if (tags[i].need[form] == REQUIRED)
            refuse(&r, SYNTAX("signature-tag-missing", tags[i].missing));
    }
    check_together(&r, form);
    if (form == DMX_SIGNATURE_DKIM)
        default_identity(&r);
    *out_reason = r.reason;
    return !r.reason.token && !dmx_arena_failed(arena);
}

bool dmx_signature_peek_domain(const struct dmx_field *field, struct dmx_arena *arena, struct dmx_slice *out)
{
    struct dmx_slice rest = field->value, part;
    while (dmx_slice_split(&rest, ';', &part)) {
        size_t equals = dmx_slice_find(part, '=');
        if (dmx_slice_eq(dmx_slice_trim(dmx_slice_upto(part, equals)), DMX_SLICE("d")) && equals < part.len)
            return dmx_domain_normalise(dmx_slice_trim(dmx_slice_from(part, equals + 1)), arena, out);
    }
    return false;
}
