/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The strict reader of SPF records (RFC 7208 section 12). A record is read whole before anything of it is evaluated
 * (section 4.6); afterwards its terms are walked one by one, so that a record of any size needs no memory. libspf2's
 * own reader accepts what the RFC forbids and drops what it cannot hold; it is given only what was read here.
 */
#ifndef DMX_SPF_RECORD_H
#define DMX_SPF_RECORD_H

#include "dmx/base/ip.h"
#include "dmx/mail/result.h"
#include "reasons.h"

enum dmx_spf_kind {
    SPF_ALL = 0,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    /* Modifiers. */
    SPF_REDIRECT,
    SPF_EXP,
    SPF_OTHER_MODIFIER,
};

enum { SPF_V4_BITS = 32, SPF_V6_BITS = 128 };

struct dmx_spf_term {
    enum dmx_spf_kind kind;
    enum dmx_result result; /* of a mechanism that matches */
    struct dmx_slice text;  /* the whole term */
    struct dmx_slice spec;  /* the domain-spec; ptr NULL: none, the current domain is meant */
    struct dmx_ip ip;       /* of ip4 and ip6; the latter always as 16 bytes */
    uint8_t prefix4;        /* of a, mx, ip4; SPF_V4_BITS when not given */
    uint8_t prefix6;        /* of a, mx, ip6; SPF_V6_BITS when not given */
};

struct dmx_spf_record {
    struct dmx_slice terms;    /* the text behind the version */
    struct dmx_slice redirect; /* the domain-specs; ptr NULL: none */
    struct dmx_slice exp;
};

struct dmx_spf_fault {
    enum dmx_spf_why why;
    struct dmx_slice term;
    size_t offset; /* of the term in the record's text, from 0 */
};

/* version = "v=spf1", then a space or the end (section 4.5); any case. */
bool dmx_spf_is_record(struct dmx_slice text);

/* Reads the text of a record whole. False: *out_fault says what and where. text must outlive *out. */
bool dmx_spf_record_parse(struct dmx_slice text, struct dmx_spf_record *out,
                          struct dmx_spf_fault *out_fault) DMX_NODISCARD;

/*
 * Takes the next mechanism off *rest, which starts as record->terms; modifiers are passed over. False at the end. Only
 * for a record that was read.
 */
bool dmx_spf_next_mechanism(struct dmx_slice *rest, struct dmx_spf_term *out) DMX_NODISCARD;

#endif
