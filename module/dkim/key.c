/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dkim/key.h"

#include "der.h"
#include "limits.h"

#include "dmx/base/banned.h"
#include "dmx/base/base64.h"
#include "dmx/mail/taglist.h"

#define SECTION "RFC 6376 section 3.6.1"
#define LOOKUP  "RFC 6376 section 6.1.2"

static bool refuse(struct dmx_reason *out_reason, struct dmx_reason reason)
{
    *out_reason = reason;
    return false;
}

/* Whether a list between colons holds word, without case. */
static bool list_has(struct dmx_slice list, struct dmx_slice word)
{
    struct dmx_slice item;
    while (dmx_slice_split(&list, ':', &item))
        if (dmx_slice_eq_nocase(dmx_slice_trim(item), word))
            return true;
    return false;
}

/* key-h-tag = %x68 [FWS] "=" [FWS] key-h-tag-alg *( [FWS] ":" [FWS] key-h-tag-alg ); unknown ones are ignored. */
static void read_hashes(const struct dmx_taglist *list, struct dmx_key *out)
{
    struct dmx_slice value;
    bool given = dmx_taglist_get(list, DMX_SLICE("h"), &value);
    out->hash_allowed[DMX_HASH_SHA256] = !given || list_has(value, DMX_SLICE("sha256"));
    out->hash_allowed[DMX_HASH_SHA1] = !given || list_has(value, DMX_SLICE("sha1"));
}

/* key-k-tag = %x76 [FWS] "=" [FWS] key-k-tag-type: rsa when it is not given; RFC 8463 section 4.1 adds ed25519. */
static void read_type(const struct dmx_taglist *list, struct dmx_key *out)
{
    struct dmx_slice value;
    bool given = dmx_taglist_get(list, DMX_SLICE("k"), &value);
    bool ed25519 = given && dmx_slice_eq_nocase(value, DMX_SLICE("ed25519"));
    out->type_known = !given || ed25519 || dmx_slice_eq_nocase(value, DMX_SLICE("rsa"));
    out->key.type = ed25519 ? DMX_KEY_ED25519 : DMX_KEY_RSA;
}

/* key-s-tag and key-t-tag: services "*" or "email"; flags y and s, unknown ones ignored. */
static void read_service_and_flags(const struct dmx_taglist *list, struct dmx_key *out)
{
    struct dmx_slice value;
    out->for_email = !dmx_taglist_get(list, DMX_SLICE("s"), &value) || list_has(value, DMX_SLICE("*")) ||
                     list_has(value, DMX_SLICE("email"));
    if (dmx_taglist_get(list, DMX_SLICE("t"), &value)) {
        out->testing = list_has(value, DMX_SLICE("y"));
        out->strict_identity = list_has(value, DMX_SLICE("s"));
    }
}

static bool read_rsa(struct dmx_slice der, struct dmx_public_key *out, struct dmx_reason *out_reason)
{
    struct dmx_rsa_key rsa;
    if (!dmx_der_rsa_key(der, &rsa, out_reason))
        return false;
    out->modulus = rsa.modulus;
    out->exponent = rsa.exponent;
    out->bits = rsa.bits;
    return true;
}

static bool read_ed25519(struct dmx_slice point, struct dmx_public_key *out, struct dmx_reason *out_reason)
{
    if (point.len != DMX_ED25519_KEY_BYTES)
        return refuse(out_reason, DMX_REASON("key-not-ed25519", "the key record's p= is not an Ed25519 key of 32 bytes",
                                             "RFC 8463 section 4.2"));
    out->point = point;
    out->bits = DMX_ED25519_KEY_BITS;
    return true;
}

/* key-p-tag = %x70 [FWS] "=" [ [FWS] base64string ]; an empty one revokes the key. */
static bool read_key(const struct dmx_taglist *list, struct dmx_arena *arena, struct dmx_key *out,
                     struct dmx_reason *out_reason)
{
    struct dmx_slice value, bytes;
    if (!dmx_taglist_get(list, DMX_SLICE("p"), &value))
        return refuse(out_reason, DMX_REASON("key-record-syntax", "the key record has no p=", SECTION));
    out->revoked = value.len == 0;
    if (out->revoked || !out->type_known)
        return true;
    if (!dmx_base64_decode(value, arena, &bytes))
        return refuse(out_reason, DMX_REASON("key-not-base64", "the key record's p= is not base64", SECTION));
    return out->key.type == DMX_KEY_RSA ? read_rsa(bytes, &out->key, out_reason)
                                        : read_ed25519(bytes, &out->key, out_reason);
}

/* key-v-tag = %x76 [FWS] "=" [FWS] %x44 %x4B %x49 %x4D %x31: first in the record where it is given. */
static bool version_is_right(const struct dmx_taglist *list)
{
    struct dmx_slice value;
    if (!dmx_taglist_get(list, DMX_SLICE("v"), &value))
        return true;
    return dmx_slice_eq(list->tags[0].name, DMX_SLICE("v")) && dmx_slice_eq(value, DMX_SLICE("DKIM1"));
}

bool dmx_key_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_key *out, struct dmx_reason *out_reason)
{
    struct dmx_taglist list;
    *out = (struct dmx_key){.revoked = false};
    *out_reason = DMX_REASON_NONE;
    if (text.len > DMX_KEY_MAX_BYTES)
        return refuse(out_reason, DMX_REASON("key-record-too-long", "the key record is larger than 16 kB", SECTION));
    if (dmx_taglist_parse(text, arena, &list, out_reason) != DMX_OK)
        return refuse(out_reason, DMX_REASON("key-record-syntax", "the key record is no list of tags", SECTION));
    if (!version_is_right(&list))
        return refuse(out_reason,
                      DMX_REASON("key-record-version", "the key record's v= is not DKIM1, or not first", SECTION));
    read_hashes(&list, out);
    read_type(&list, out);
    read_service_and_flags(&list, out);
    return read_key(&list, arena, out, out_reason);
}

/* RFC 6376 section 6.1.2, steps 5 to 9. */
static struct dmx_reason unsuited(const struct dmx_key *key, const struct dmx_key_use *use)
{
    if (!key->for_email)
        return DMX_REASON("key-service", "the key is not for email", SECTION);
    if (key->revoked)
        return DMX_REASON("key-revoked", "the key has been revoked", LOOKUP);
    if (!key->type_known || key->key.type != use->type)
        return DMX_REASON("key-type", "the key is of another type than the signature", LOOKUP);
    if (!key->hash_allowed[use->hash])
        return DMX_REASON("key-hash", "the key record does not allow the signature's hash", LOOKUP);
    if (key->strict_identity && !use->identity_is_domain)
        return DMX_REASON("key-identity", "the key record wants the domain of i= to be d= itself", SECTION);
    return DMX_REASON_NONE;
}

static enum dmx_result select_record(const struct dmx_answer *answer, const struct dmx_key_use *use,
                                     struct dmx_arena *arena, struct dmx_key *out, struct dmx_reason *out_reason)
{
    struct dmx_reason first = DMX_REASON_NONE; /* of a key record that does not serve */
    for (size_t i = 0; i < answer->count && i < DMX_KEY_MAX_RECORDS; i++) {
        struct dmx_reason reason;
        bool is_key = dmx_key_parse(answer->rrs[i].data.text, arena, out, &reason);
        if (is_key)
            reason = unsuited(out, use);
        if (is_key && !reason.token)
            return DMX_PASS;
        if (i == 0)
            *out_reason = reason;
        if (is_key && !first.token)
            first = reason;
    }
    if (first.token)
        *out_reason = first;
    return DMX_PERMERROR;
}

enum dmx_result dmx_key_select(const struct dmx_answer *answer, const struct dmx_key_use *use, struct dmx_arena *arena,
                               struct dmx_key *out, struct dmx_reason *out_reason)
{
    switch (answer->status) {
    case DMX_DNS_OK:
        *out_reason = DMX_REASON("key-missing", "there is no key record", LOOKUP);
        return select_record(answer, use, arena, out, out_reason);
    case DMX_DNS_NODATA:
    case DMX_DNS_NXDOMAIN:
        *out_reason = DMX_REASON("key-missing", "there is no key record", LOOKUP);
        return DMX_PERMERROR;
    case DMX_DNS_CUT:
        *out_reason = DMX_REASON("key-not-looked-up", "the key was not looked up: a limit was reached", NULL);
        return DMX_TEMPERROR;
    case DMX_DNS_SERVFAIL:
    case DMX_DNS_TIMEOUT:
    case DMX_DNS_REFUSED:
    case DMX_DNS_MALFORMED:
        break;
    }
    *out_reason = DMX_REASON("key-unavailable", "the key record could not be looked up", LOOKUP);
    return DMX_TEMPERROR;
}
