/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A list while it is being gathered, and the kinds of it. */
#ifndef DMX_SITE_GATHERING_H
#define DMX_SITE_GATHERING_H

#include "reading.h"

struct dmx_gathering {
    struct dmx_reading at;     /* a copy, for the place within an @FILE */
    struct dmx_arena *scratch; /* dropped at the end */
    void *items;               /* struct dmx_cidr, dmx_policy_override, dmx_dialect_rule, else struct dmx_slice */
    size_t item_size;
    size_t count, capacity, max;
};

/* Adds a copy of an item; the text of a slice must live as long as the gathering. DMX_INVALID over the list's limit. */
enum dmx_status dmx_gathering_add(struct dmx_gathering *list, const void *item) DMX_NODISCARD;
/* Writes the error's text and returns DMX_NOMEM. */
enum dmx_status dmx_gathering_no_memory(const struct dmx_gathering *list);

/* Checks one entry and adds it. */
enum dmx_status dmx_take_cidr(struct dmx_gathering *list, struct dmx_slice entry) DMX_NODISCARD;
enum dmx_status dmx_take_recipient(struct dmx_gathering *list, struct dmx_slice entry) DMX_NODISCARD;
enum dmx_status dmx_take_domain(struct dmx_gathering *list, struct dmx_slice entry) DMX_NODISCARD;
enum dmx_status dmx_take_nameserver(struct dmx_gathering *list, struct dmx_slice entry) DMX_NODISCARD;
enum dmx_status dmx_take_forwarder(struct dmx_gathering *list, struct dmx_slice entry) DMX_NODISCARD;
enum dmx_status dmx_take_approval(struct dmx_gathering *list, struct dmx_slice entry) DMX_NODISCARD;
enum dmx_status dmx_take_override(struct dmx_gathering *list, struct dmx_slice entry) DMX_NODISCARD;
enum dmx_status dmx_take_dialect(struct dmx_gathering *list, struct dmx_slice entry) DMX_NODISCARD;

/*
 * DOMAIN or *.DOMAIN in ASCII as the lists keep it: in lower case, "*." as ".", in scratch memory. DMX_INVALID: it is
 * neither; nothing has been complained of. DMX_NOMEM.
 */
enum dmx_status dmx_read_domain(struct dmx_gathering *list, struct dmx_slice text, struct dmx_slice *out) DMX_NODISCARD;

/*
 * Texts (struct dmx_slice): sorts them, leaves out what stands twice, and copies them to the configuration's arena.
 * Asking is by binary search.
 */
enum dmx_status dmx_finish_texts(struct dmx_gathering *list, struct dmx_slice **out_items,
                                 size_t *out_count) DMX_NODISCARD;
bool dmx_texts_contain(const struct dmx_slice *items, size_t count, struct dmx_slice text);
int dmx_text_compare(struct dmx_slice a, struct dmx_slice b);

/* Makes the configuration's member of what was gathered. */
enum dmx_status dmx_finish_cidrs(struct dmx_gathering *list, struct dmx_cidr_list *out) DMX_NODISCARD;
enum dmx_status dmx_finish_recipients(struct dmx_gathering *list, struct dmx_recipient_list *out) DMX_NODISCARD;
enum dmx_status dmx_finish_domains(struct dmx_gathering *list, struct dmx_domain_list *out) DMX_NODISCARD;
enum dmx_status dmx_finish_nameservers(struct dmx_gathering *list, struct dmx_slice *out) DMX_NODISCARD;
enum dmx_status dmx_finish_forwarders(struct dmx_gathering *list, struct dmx_forwarder_list *out) DMX_NODISCARD;
enum dmx_status dmx_finish_approvals(struct dmx_gathering *list, struct dmx_approval_list *out) DMX_NODISCARD;
enum dmx_status dmx_finish_overrides(struct dmx_gathering *list, struct dmx_override_list *out) DMX_NODISCARD;
enum dmx_status dmx_finish_dialects(struct dmx_gathering *list, struct dmx_dialect_list *out) DMX_NODISCARD;

#endif
