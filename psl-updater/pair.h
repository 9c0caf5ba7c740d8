/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The pair that is installed: the compiled list, which the module reads, and its text, which we compare with. */
#ifndef DMX_UPDATER_PAIR_H
#define DMX_UPDATER_PAIR_H

#include "dmx/base/arena.h"
#include "dmx/base/reason.h"
#include "dmx/psl/dafsa.h"
#include "place.h"

enum pair_state {
    PAIR_WHOLE = 0, /* both there, the compiled one loads, and, where it is sealed, is of that text */
    PAIR_MISSING,   /* there is no compiled list */
    PAIR_DAMAGED,   /* anything else; reason says what */
};

struct pair {
    enum pair_state state;
    struct dmx_reason reason; /* of PAIR_DAMAGED */
    struct dmx_slice text;    /* empty: there is none that can be read */
    struct dmx_dafsa_seal seal;
};

/* DMX_NOMEM, or DMX_OK with what there is. Everything lies in the arena. */
enum dmx_status pair_read(const struct place *place, struct dmx_arena *arena, struct pair *out) DMX_NODISCARD;

enum pair_age_kind {
    PAIR_AGE_KNOWN = 0,
    PAIR_AGE_FUTURE, /* found current at a time that is yet to come: a clock was wrong, then or now */
    PAIR_AGE_NONE,   /* nothing is installed */
};
struct pair_age {
    enum pair_age_kind kind;
    int64_t seconds; /* since the list was last found current */
};

/*
 * The age by the time of the compiled file, which the module sees too, or by the state's, whichever says older: the
 * first is renewed by whoever copies the file, the second knows nothing of a file put there by hand.
 */
struct pair_age pair_age(const struct place *place, int64_t checked_s, int64_t now_s);

/* Whether the list is young enough, and the module can load it: then nothing needs to be done. */
bool pair_is_fresh(const struct place *place, int64_t checked_s, int64_t max_age_s, int64_t now_s);

#endif
