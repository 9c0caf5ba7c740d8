/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "../../../module/dkim/limits.h"
#include "dmx/dkim/key.h"
#include "scene.h"
#include "suite.h"

/* The keys of RFC 8463 appendix A.2. */
#define ED "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA                                                                                                            \
    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W" \
    "91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"

static const struct dmx_key_use rsa_use = {DMX_KEY_RSA, DMX_HASH_SHA256, true};
static const struct dmx_key_use sub_use = {DMX_KEY_RSA, DMX_HASH_SHA256, false};
static const struct dmx_key_use ed_use = {DMX_KEY_ED25519, DMX_HASH_SHA256, true};

static const struct {
    const char *label;
    const struct dmx_key_use *use;
    const char *record;
    const char *token; /* NULL: serves */
} records[] = {
    {"only p=", &rsa_use, RSA, NULL},
    {"v= first", &rsa_use, "v=DKIM1; " RSA, NULL},
    {"v= not first", &rsa_use, RSA "; v=DKIM1", "key-record-version"},
    {"v=DKIM2", &rsa_use, "v=DKIM2; " RSA, "key-record-version"},
    {"v=dkim1", &rsa_use, "v=dkim1; " RSA, "key-record-version"},
    {"another record", &rsa_use, "v=spf1 -all", "key-record-version"},
    {"k=rsa", &rsa_use, "k=RSA;" RSA, NULL},
    {"k=ed25519", &ed_use, "k=ed25519; " ED, NULL},
    {"ed25519 signature, rsa key", &ed_use, RSA, "key-type"},
    {"rsa signature, ed25519 key", &rsa_use, "k=ed25519; " ED, "key-type"},
    {"k= unknown", &rsa_use, "k=dsa; p=Zm9v", "key-type"},
    {"k= unknown prefix", &rsa_use, "k=rsax; " RSA, "key-type"},
    {"ed25519 key as rsa", &rsa_use, ED, "key-not-rsa"},
    {"ed25519 key of 31 bytes", &ed_use,
     "k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "key-not-ed25519"},
    {"ed25519 key of 33 bytes", &ed_use, "k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
     "key-not-ed25519"},
    {"h= with ours", &rsa_use, "h=sha1 : SHA256; " RSA, NULL},
    {"h= without ours", &rsa_use, "h=sha1; " RSA, "key-hash"},
    {"h= unknown", &rsa_use, "h=sha2567; " RSA, "key-hash"},
    {"s=*", &rsa_use, "s=*; " RSA, NULL},
    {"s= with email", &rsa_use, "s=other:email; " RSA, NULL},
    {"s=other", &rsa_use, "s=other; " RSA, "key-service"},
    {"t=y", &rsa_use, "t=y; " RSA, NULL},
    {"t=s", &rsa_use, "t=y:s; " RSA, NULL},
    {"t=s, i= below", &sub_use, "t=y:s; " RSA, "key-identity"},
    {"t=y, i= below", &sub_use, "t=y; " RSA, NULL},
    {"t= unknown flag", &sub_use, "t=ss:yy; " RSA, NULL},
    {"n= and others", &rsa_use, "n=a note; g=*; x=; " RSA ";", NULL},
    {"p= empty", &rsa_use, "v=DKIM1; p=", "key-revoked"},
    {"p= blank", &rsa_use, "v=DKIM1; p= ; n=", "key-revoked"},
    {"no p=", &rsa_use, "v=DKIM1; k=rsa", "key-record-syntax"},
    {"empty", &rsa_use, "", "key-record-syntax"},
    {"p= twice", &rsa_use, RSA "; " RSA, "key-record-syntax"},
    {"no tag list", &rsa_use, "k=rsa; t; " RSA, "key-record-syntax"},
    {"p= not base64", &rsa_use, "p=MIG*", "key-not-base64"},
    {"p= not DER", &rsa_use, "p=Zm9vYmFy", "key-not-rsa"},
    {"p= with blanks", &ed_use, "k=ed25519; p=11qYAYKxCrfVS/7TyW QHOg7hcvPapiMlrwIaaPcHURo =", NULL},
};

static enum dmx_result select_of(const char *const *texts, size_t count, const struct dmx_key_use *use,
                                 struct dmx_key *key, struct dmx_reason *reason)
{
    struct dmx_rr rrs[8] = {{.type = 0}};
    for (size_t i = 0; i < count; i++)
        rrs[i] = (struct dmx_rr){.type = DMX_RR_TXT, .data = {.text = dmx_slice_cstr(texts[i])}};
    struct dmx_answer answer = {.status = DMX_DNS_OK, .rrs = rrs, .count = count};
    *reason = DMX_REASON_NONE;
    return dmx_key_select(&answer, use, scene_arena(), key, reason);
}

START_TEST(record)
{
    struct dmx_key key;
    struct dmx_reason reason;
    enum dmx_result got = select_of(&records[_i].record, 1, records[_i].use, &key, &reason);
    ck_assert_msg(got == (records[_i].token ? DMX_PERMERROR : DMX_PASS), "%s: %s", records[_i].label,
                  reason.token ? reason.token : "serves");
    if (records[_i].token) {
        ck_slice_eq(records[_i].label, dmx_slice_cstr(reason.token), records[_i].token);
        ck_assert_ptr_nonnull(reason.section);
    } else {
        ck_assert_uint_eq(key.key.bits, records[_i].use->type == DMX_KEY_RSA ? 1024 : 256);
    }
}
END_TEST

static const struct {
    const char *label;
    const char *texts[6];
    size_t count;
    const char *token;
} several[] = {
    {"another record first", {"v=spf1 -all", RSA}, 2, NULL},
    {"another type first", {"k=ed25519; " ED, RSA}, 2, NULL},
    {"revoked first", {"p=", RSA}, 2, NULL},
    {"the last that is looked at", {"x", "x", "x", RSA}, 4, NULL},
    {"one too late", {"x", "x", "x", "x", RSA}, 5, "key-record-syntax"},
    {"a key record's reason goes first", {"x", "s=other;" RSA, "p="}, 3, "key-service"},
    {"the first reason otherwise", {"v=DKIM2", "x"}, 2, "key-record-version"},
};

START_TEST(several_records)
{
    struct dmx_key key;
    struct dmx_reason reason;
    enum dmx_result got = select_of(several[_i].texts, several[_i].count, &rsa_use, &key, &reason);
    ck_assert_msg(got == (several[_i].token ? DMX_PERMERROR : DMX_PASS), "%s", several[_i].label);
    if (several[_i].token)
        ck_slice_eq(several[_i].label, dmx_slice_cstr(reason.token), several[_i].token);
}
END_TEST

static const struct {
    enum dmx_dns_status status;
    enum dmx_result want;
    const char *token;
} statuses[] = {
    {DMX_DNS_OK, DMX_PERMERROR, "key-missing"},
    {DMX_DNS_NODATA, DMX_PERMERROR, "key-missing"},
    {DMX_DNS_NXDOMAIN, DMX_PERMERROR, "key-missing"},
    {DMX_DNS_SERVFAIL, DMX_TEMPERROR, "key-unavailable"},
    {DMX_DNS_TIMEOUT, DMX_TEMPERROR, "key-unavailable"},
    {DMX_DNS_REFUSED, DMX_TEMPERROR, "key-unavailable"},
    {DMX_DNS_MALFORMED, DMX_TEMPERROR, "key-unavailable"},
    {DMX_DNS_CUT, DMX_TEMPERROR, "key-not-looked-up"},
};

START_TEST(status)
{
    struct dmx_key key;
    struct dmx_reason reason = DMX_REASON_NONE;
    struct dmx_answer answer = {.status = statuses[_i].status};
    ck_assert_int_eq(dmx_key_select(&answer, &rsa_use, scene_arena(), &key, &reason), statuses[_i].want);
    ck_assert_str_eq(reason.token, statuses[_i].token);
}
END_TEST

static const struct {
    size_t bytes;
    const char *token;
} sizes[] = {
    {DMX_KEY_MAX_BYTES - 1, NULL},
    {DMX_KEY_MAX_BYTES, NULL},
    {DMX_KEY_MAX_BYTES + 1, "key-record-too-long"},
};

START_TEST(record_size)
{
    struct dmx_key key;
    struct dmx_reason reason;
    size_t fill = sizes[_i].bytes - strlen(RSA "; n=");
    struct dmx_builder b = dmx_builder_arena(scene_arena(), 2 * DMX_KEY_MAX_BYTES);
    dmx_put_cstr(&b, RSA "; n=");
    while (fill--)
        dmx_put_char(&b, 'x');
    bool ok = dmx_key_parse(dmx_builder_text(&b), scene_arena(), &key, &reason);
    ck_slice_eq("token", dmx_slice_cstr(ok ? NULL : reason.token), sizes[_i].token ? sizes[_i].token : "");
}
END_TEST

DMX_SUITE(key)
{
    DMX_TABLE(record, records);
    DMX_TABLE(several_records, several);
    DMX_TABLE(status, statuses);
    DMX_TABLE(record_size, sizes);
}
