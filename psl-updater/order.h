/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What rules say of each other: sorted once, then looked up by name. */
#ifndef DMX_UPDATER_ORDER_H
#define DMX_UPDATER_ORDER_H

#include "list.h"

/*
 * Sorts the list's rules into by_ascii and by_utf8, and refuses rules that cannot stand beside each other. DMX_INVALID
 * with a reason whose detail, in the arena, names the line; DMX_NOMEM.
 */
enum dmx_status dmx_list_order(struct dmx_list *list, struct dmx_arena *arena,
                               struct dmx_reason *out_reason) DMX_NODISCARD;

/* A reason's detail: "line 12: text", where text is clipped. Empty without memory. */
struct dmx_slice dmx_list_place(struct dmx_arena *arena, uint32_t line, struct dmx_slice text);

#endif
