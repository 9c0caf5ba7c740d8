/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Exim's header list: which of its nodes arrived, and which of them must not be believed.
 *
 * What the list holds, from the top: fields that an ACL added `at_start`; the Received field that Exim made; the fields
 * that arrived, in order, with ACL additions `after_received` among them; what ACLs added at the end. A node of type '*'
 * is deleted, its text still there: it arrived and was removed by an ACL or by Exim (Return-path and the like), or it
 * was rewritten, and then its replacement stands right behind it. An X-rewrote-* node of that type never was a field.
 */
#ifndef DMX_EXIM_HEADER_H
#define DMX_EXIM_HEADER_H

#include "abi.h"
#include "dmx/mail/message.h"

/* A node's text as a field; dmx_field_parse has Exim's own notion of a name. False: no text, no colon. */
bool dmx_header_field(const header_line *node, struct dmx_field *out) DMX_NODISCARD;

/*
 * Adds the fields that arrived, as they arrived, to the message. Over DMX_MAX_FIELDS fields it keeps the From fields
 * alone and says so through *out_cut: what many fields hide must not be judged more gently than what few show.
 *
 * What cannot be told apart: a field that an ACL added at the end or after Received, unless the ACL removed those of
 * that name first. It counts as arrived, which matters only if a DKIM signature covers that name. And an address field
 * that Exim rewrote and an ACL then removed: original and replacement both count, so such a From is two.
 */
enum dmx_status dmx_header_collect(struct dmx_arena *arena, struct dmx_message *message, bool *out_cut) DMX_NODISCARD;

/* The envelope sender before Exim rewrote it; the empty slice with ptr NULL where it did not. */
struct dmx_slice dmx_header_original_sender(void);

/* What is taken off every message that comes in, so that only we can have said it. */
struct dmx_forgeries {
    struct dmx_slice authserv_id;        /* Authentication-Results with it; empty: none are removed */
    struct dmx_slice fail_policy_header; /* fields of this name; empty: none */
};

/* The header in which a redirect keeps the recipients; incoming copies are always removed. */
#define DMX_ORIGINAL_RECIPIENTS "X-DMARC-Original-Recipients"

/* Deletes them wherever they stand, those that an ACL added too: what Exim's ${authresults} says can be forged. */
void dmx_header_strip(const struct dmx_forgeries *forgeries);

#endif
