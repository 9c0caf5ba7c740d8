/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The DMARC policy record: text to value (RFC 7489 section 6.4, RFC 9091 section 3, RFC 9989 section 4.7). */
#ifndef DMX_DMARC_RECORD_H
#define DMX_DMARC_RECORD_H

#include <stdint.h>

#include "dmx/base/arena.h"
#include "dmx/base/reason.h"

/* In the order of strictness, so that they compare with <. */
enum dmx_policy { DMX_POLICY_NONE = 0, DMX_POLICY_QUARANTINE, DMX_POLICY_REJECT };

/* "none", "quarantine", "reject". */
const char *dmx_policy_word(enum dmx_policy policy);
bool dmx_policy_parse(struct dmx_slice word, enum dmx_policy *out) DMX_NODISCARD;
/* One level gentler; none stays none. */
enum dmx_policy dmx_policy_lowered(enum dmx_policy policy);

enum dmx_alignment_mode { DMX_RELAXED = 0, DMX_STRICT };
enum dmx_psd { DMX_PSD_UNKNOWN = 0, DMX_PSD_YES, DMX_PSD_NO };

/* How a policy tag stood in the record. */
enum dmx_tag_state { DMX_TAG_ABSENT = 0, DMX_TAG_VALID, DMX_TAG_BAD };

struct dmx_dmarc_record {
    struct dmx_slice text; /* as published */
    enum dmx_tag_state p_state, sp_state, np_state;
    enum dmx_policy p, sp, np; /* after defaults: sp falls back to p, np to sp */
    enum dmx_alignment_mode adkim, aspf;
    enum dmx_psd psd;
    bool testing;              /* t=y */
    uint8_t pct;               /* 0..100, 100 by default */
    struct dmx_slice rua, ruf; /* values as published, empty when absent; dmx/dmarc/uri.h reads them */
    struct dmx_slice fo;       /* as published; empty, which means "0", when absent, bad, or without ruf */
    bool has_rua_uri;          /* rua holds at least one URI of valid syntax */
};

enum { DMX_DMARC_MAX_RECORD = 64 * 1024 }; /* what one TXT record can hold */

enum dmx_record_kind {
    DMX_RECORD_DMARC = 0, /* *out is complete */
    DMX_RECORD_OTHER,     /* does not begin with v=DMARC1: ignored as if absent (requirement B3) */
    DMX_RECORD_BROKEN,    /* begins so, but cannot be used: a duplicate tag (B13), over the limit */
};

/*
 * Reads one TXT record. Text stays owned by the caller. Unknown tags and bad values of known tags are passed over as
 * B5 to B9 say; a bad p, sp or np is kept as DMX_TAG_BAD for policy discovery to judge (B11).
 */
enum dmx_record_kind dmx_dmarc_record_parse(struct dmx_slice text, struct dmx_dmarc_record *out,
                                            struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
