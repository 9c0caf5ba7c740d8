/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Macros (RFC 7208 section 7): their grammar, and their expansion. libspf2 never sees one: its own code for them can be
 * crashed from the network and loses characters. Pure; texts are slices of any bytes.
 */
#ifndef DMX_SPF_MACRO_H
#define DMX_SPF_MACRO_H

#include "dmx/base/builder.h"
#include "dmx/base/ip.h"
#include "reasons.h"

/* The letters c, r and t are for explanations only, and so is the plain space. */
enum dmx_spf_place { SPF_IN_RECORD, SPF_IN_EXPLANATION };

/* What the letters stand for. Every text may be hostile. */
struct dmx_spf_values {
    struct dmx_slice local;     /* l */
    struct dmx_slice sender;    /* s */
    struct dmx_slice domain;    /* o: the sender's domain */
    struct dmx_slice current;   /* d: the domain whose record is being read */
    struct dmx_slice helo;      /* h */
    struct dmx_slice validated; /* p: needed only where dmx_spf_macro_uses says so */
    struct dmx_slice receiver;  /* r */
    struct dmx_ip client;       /* i, c, v */
    int64_t now_s;              /* t */
};

/* SPF_FINE, SPF_BAD_MACRO or SPF_BAD_BYTE. */
enum dmx_spf_why dmx_spf_macro_check(struct dmx_slice text, enum dmx_spf_place place);

/* The same for a domain-spec; also SPF_BAD_DOMAIN_SPEC. */
enum dmx_spf_why dmx_spf_domain_spec_check(struct dmx_slice text);

/* Whether text, which was found fine, holds a macro with this (lower-case) letter. */
bool dmx_spf_macro_uses(struct dmx_slice text, char letter);

/* Appends the expansion of text, which was found fine. */
void dmx_spf_put_expanded(struct dmx_builder *b, struct dmx_slice text, const struct dmx_spf_values *values);

/*
 * The target-name of a domain-spec (section 7.3): expanded, without the last dot, and when it is over 253 bytes
 * without as many labels from the left as that takes. SPF_FINE, SPF_LONG_EXPANSION or SPF_NO_MEMORY.
 */
enum dmx_spf_why dmx_spf_target_name(struct dmx_slice spec, const struct dmx_spf_values *values,
                                     struct dmx_arena *arena, struct dmx_slice *out);

#endif
