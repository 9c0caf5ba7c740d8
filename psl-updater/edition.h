/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The editions of the list: directories list-0123456789abcdef in NAME.d, each with a pair that is complete before
 * anything names it and that never changes after. Needs NAME.d open; all complain when something fails.
 */
#ifndef DMX_UPDATER_EDITION_H
#define DMX_UPDATER_EDITION_H

#include "dmx/base/slice.h"
#include "dmx/base/status.h"
#include "place.h"

struct edition {
    char name[sizeof "list-" + 16]; /* empty: none */
};

/* What goes into one; a slice whose ptr is NULL becomes no file. */
struct edition_files {
    struct dmx_slice dafsa, text, about;
    int64_t dafsa_mtime_s, text_mtime_s;
};

/* On the disk when this returns. False: nothing of it is left. */
bool edition_write(const struct place *place, const struct edition_files *files, struct edition *out) DMX_NODISCARD;

/* The one that `current` names, and the one that was current before another was; without a name where there is none. */
struct edition edition_current(const struct place *place);
struct edition edition_previous(const struct place *place, const struct edition *edition);
bool edition_set_previous(const struct place *place, const struct edition *edition,
                          const struct edition *previous) DMX_NODISCARD;

/* The rename that installs: from this instant on the edition's pair is the one that everybody sees. */
bool edition_make_current(const struct place *place, const struct edition *edition) DMX_NODISCARD;

/* A copy of NAME.d that followed the links has a directory for `current`: it becomes an edition, and `current` its link. */
void edition_reclaim(const struct place *place);

void edition_discard(const struct place *place, const struct edition *edition);

/* Takes away what is neither current nor the one before: older ones, and what killed updaters left. */
void edition_clean(const struct place *place);

/* The path of a file of the edition. False when it is too long. */
bool edition_path(const struct place *place, const struct edition *edition, const char *name,
                  char out[static PATH_MAX]) DMX_NODISCARD;

#endif
