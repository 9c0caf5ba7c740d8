/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Reading results that others wrote (RFC 8601 section 2.2), for those whose word counts: what a trusted sealer saw.
 * Texts from outside stand in such a field (a MAIL FROM, a HELO), and their writer may have quoted them badly, so
 * nothing is read by searching: the whole field must be of the grammar, or nothing in it is believed.
 */
#ifndef DMX_MAIL_RESINFO_H
#define DMX_MAIL_RESINFO_H

#include "dmx/base/arena.h"
#include "dmx/mail/result.h"

struct dmx_resinfo_property {
    struct dmx_slice ptype;    /* "header"; empty where the writer left it out */
    struct dmx_slice property; /* "from" */
    struct dmx_slice value;    /* without its quoting */
};

struct dmx_resinfo {
    struct dmx_slice method; /* "dmarc" */
    struct dmx_slice result; /* as it stands; dmx_result_parse knows the words */
    struct dmx_resinfo_property *properties;
    size_t property_count;
};

struct dmx_resinfos {
    struct dmx_slice authserv_id;
    struct dmx_resinfo *items;
    size_t count; /* 0: "none" */
};

enum {
    DMX_RESINFO_MAX_BYTES = 64 * 1024, /* of the field; big receivers write 2 kB */
    DMX_RESINFO_MAX = 200,             /* results: one for each signature, and there may be many of them */
    DMX_RESINFO_MAX_PROPERTIES = 50,   /* of one result; four or five are usual */
};

/*
 * Reads an authres-payload: what follows the colon of Authentication-Results, or "i=N;" of ARC-Authentication-Results.
 * False when it is not of the grammar, over a limit, or memory is out (the arena says so).
 */
bool dmx_resinfos_parse(struct dmx_slice payload, struct dmx_arena *arena, struct dmx_resinfos *out) DMX_NODISCARD;

/*
 * The parts of an ARC-Authentication-Results field: the number of its set, as it stands, and the payload (RFC 8617
 * section 4.1.1). False when the field does not begin so.
 */
bool dmx_arc_info_split(struct dmx_slice value, struct dmx_slice *out_position,
                        struct dmx_slice *out_payload) DMX_NODISCARD;

/*
 * What a payload says of DMARC, when it says so without any doubt: exactly one result of that method, with exactly one
 * header.from, a domain. False otherwise, also where "dmarc=" occurs a second time inside a comment or a quoted string:
 * there may stand what was once the real result.
 */
bool dmx_resinfos_dmarc(struct dmx_slice payload, struct dmx_arena *arena, enum dmx_result *out_result,
                        struct dmx_slice *out_domain) DMX_NODISCARD;

#endif
