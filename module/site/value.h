/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Values of options: text to member and back. Each kind is parsed whole and within its limits, or refused. */
#ifndef DMX_SITE_VALUE_H
#define DMX_SITE_VALUE_H

#include "reading.h"

/* The word for the default authserv_id: Exim's own name for it. It is held as the empty slice. */
#define DMX_HOST_NAME_WORD "$primary_hostname"

/*
 * Sets reading->option in reading->config from a value without blanks around it and without control bytes but tabs.
 * DMX_INVALID, DMX_IO (an @FILE) or DMX_NOMEM with the error's text written.
 */
enum dmx_status dmx_value_parse(const struct dmx_reading *reading, struct dmx_slice value) DMX_NODISCARD;

/* The option's present value, as dmx_value_parse takes it. */
void dmx_value_print(const struct dmx_config *config, const struct dmx_option *option, struct dmx_builder *out);

/* "10s", "1500ms", "15d": the largest unit that leaves nothing over. */
void dmx_put_duration_ms(struct dmx_builder *out, uint64_t value_ms);
/* The same for a size: 512k, 16M. */
void dmx_put_size(struct dmx_builder *out, uint64_t value_bytes);

/* LOCAL: a dot-atom (RFC 5322 section 3.2.3), with bytes over 127 as RFC 6531 section 3.3 has them. */
bool dmx_is_plain_local(struct dmx_slice local);
/* Labels of letters, digits, hyphens and underscores with single dots between them, or bytes over 127. */
bool dmx_is_plain_domain(struct dmx_slice domain);

/* The member that an option's offset points at. */
static inline void *dmx_option_member(struct dmx_config *config, const struct dmx_option *option)
{
    return (char *)config + option->offset;
}
static inline const void *dmx_option_const_member(const struct dmx_config *config, const struct dmx_option *option)
{
    return (const char *)config + option->offset;
}

#endif
