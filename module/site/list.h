/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Options that are lists: commas, and @FILE for one entry a line. Entries are gathered in scratch memory, sorted once,
 * and copied to the configuration without duplicates, so that 100,000 of them load and are looked up fast.
 */
#ifndef DMX_SITE_LIST_H
#define DMX_SITE_LIST_H

#include "reading.h"

/* A kind that is a list. As dmx_value_parse. */
enum dmx_status dmx_list_read(const struct dmx_reading *reading, struct dmx_slice value) DMX_NODISCARD;

void dmx_list_print_cidrs(const struct dmx_cidr_list *list, struct dmx_builder *out);
void dmx_list_print_recipients(const struct dmx_recipient_list *list, struct dmx_builder *out);
void dmx_list_print_domains(const struct dmx_domain_list *list, struct dmx_builder *out);
void dmx_list_print_forwarders(const struct dmx_forwarder_list *list, struct dmx_builder *out);
void dmx_list_print_approvals(const struct dmx_approval_list *list, struct dmx_builder *out);
void dmx_list_print_dialects(const struct dmx_config *config, const struct dmx_option *option, struct dmx_builder *out);
void dmx_list_print_overrides(const struct dmx_override_list *list, struct dmx_builder *out);

#endif
