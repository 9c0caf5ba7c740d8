/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The compiler: a list becomes the file that libpsl and the module read (its form: dmx/psl/dafsa.h). Pure.
 *
 * Names go in as A-labels alone; libpsl turns a question in U-labels into them when the file says that it is ASCII. In a
 * file with U-labels libpsl 0.21 takes the mark before a character of UTF-8, where it ends a label, for a value: by
 * Debian's list of 2023, "x.m" is a public suffix.
 */
#ifndef DMX_UPDATER_DAFSA_H
#define DMX_UPDATER_DAFSA_H

#include "dmx/base/builder.h"
#include "list.h"

/*
 * Appends the whole file, sealed with the list's version, count and checksums, to *out. The same list gives the same
 * bytes. The arena holds what is needed on the way, a few megabytes. DMX_LIMIT when a distance inside the file would
 * not fit its 21 bits (a list thirty times that of today); DMX_NOMEM when arena or builder are full.
 */
enum dmx_status dmx_dafsa_compile(const struct dmx_list *list, struct dmx_arena *arena, struct dmx_builder *out,
                                  struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
