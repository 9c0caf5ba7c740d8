/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The proof: text and compiled file say the same. The compiled file is asked through libpsl and, as the module does, by
 * dmx/psl/lookup.h; the text through dmx_list_suffix_len.
 */
#ifndef DMX_UPDATER_PROVE_H
#define DMX_UPDATER_PROVE_H

#include "list.h"

struct dmx_proof {
    size_t comparisons;
};

/*
 * file: the bytes of the compiled file, best as they were read back from the disk. Checks its seal against the list and
 * its graph, then asks, in A-labels and in U-labels, for each rule's name, its parents, one and two labels below it, a
 * sibling, and the name with a letter more or less. DMX_INVALID with the first name that differs as the reason's
 * detail, in the arena; DMX_NOMEM.
 */
enum dmx_status dmx_dafsa_prove(const struct dmx_list *list, struct dmx_slice file, struct dmx_arena *arena,
                                struct dmx_proof *out, struct dmx_reason *out_reason) DMX_NODISCARD;

/* The same piece by piece, for names that the caller makes. */
struct dmx_prover;

/* file and list must outlive it. The caller closes it, which frees what libpsl holds. */
enum dmx_status dmx_prover_open(const struct dmx_list *list, struct dmx_slice file, struct dmx_arena *arena,
                                struct dmx_prover **out, struct dmx_reason *out_reason) DMX_NODISCARD;
void dmx_prover_close(struct dmx_prover **prover);

/* Asks all for the public suffix of a name, and whether it is one by a rule of its own. True: they agree. */
bool dmx_prover_agree(struct dmx_prover *prover, struct dmx_slice name) DMX_NODISCARD;

#endif
