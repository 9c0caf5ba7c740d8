/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One rule of the list. */
#ifndef DMX_UPDATER_RULE_H
#define DMX_UPDATER_RULE_H

#include "list.h"

/*
 * Reads text, "!name", "*.name" or "name", into *out; its line and section are the caller's. DMX_INVALID with a reason
 * without detail, DMX_NOMEM.
 */
enum dmx_status dmx_rule_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_rule *out,
                               struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
