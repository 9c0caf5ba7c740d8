/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The proof: text and compiled file say the same. The compiled file is asked through libpsl, as the module does; the
 * text through dmx_list_is_suffix.
 */
#ifndef DMX_UPDATER_PROVE_H
#define DMX_UPDATER_PROVE_H

#include "list.h"

struct dmx_proof {
    size_t comparisons;
};

/*
 * file: the bytes of the compiled file, best as they were read back from the disk. Asks, in A-labels and in U-labels,
 * for each rule's name, its parents, one and two labels below it, a sibling, a name with a letter more or less, and what
 * lies below an exception and a wildcard. DMX_INVALID with the first name that differs as the reason's detail, in the
 * arena; DMX_NOMEM.
 */
enum dmx_status dmx_dafsa_prove(const struct dmx_list *list, struct dmx_slice file, struct dmx_arena *arena,
                                struct dmx_proof *out, struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
