/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Looks names up in a compiled suffix list of ours, one with a seal (dmx/psl/dafsa.h). psl-updater puts no list in force
 * on which this and libpsl differ: it asks both about every rule of the list and the names around it. libpsl itself would
 * be looked for, mapped and bound in the process of each connection, and keep a copy of the list: 0.2 ms in a heavy Exim. It
 * reads what has no seal: Debian's list, with its U-labels.
 *
 * Any bytes may be handed over: what is no graph gives no rule, and nothing outside the file is looked at.
 */
#ifndef DMX_PSL_LOOKUP_H
#define DMX_PSL_LOOKUP_H

#include "dmx/psl/dafsa.h"

enum { DMX_DAFSA_UNKNOWN = -1 };

/* What the list says of exactly this name, in normal form: DMX_DAFSA_EXCEPTION and so on, or DMX_DAFSA_UNKNOWN. */
int dmx_dafsa_find(struct dmx_slice file, struct dmx_slice name);

/* Whether a rule makes the name a public suffix: its own, or a wildcard of the name above. Without the rule "*". */
bool dmx_dafsa_is_suffix(struct dmx_slice file, struct dmx_slice name);

/* The public suffix of a name, in the same memory: the last label where no rule knows better (the rule "*"). */
struct dmx_slice dmx_dafsa_suffix(struct dmx_slice file, struct dmx_slice name);

#endif
