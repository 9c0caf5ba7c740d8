/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * dmx for an Exim that is built from source: the one file that LOCAL_SCAN_SOURCE may name. It holds the part of dmx that
 * sees Exim (module/exim), compiled by Exim's own make against Exim's own local_scan.h, so that it always fits; the rest
 * is build/libdmx.a, which knows nothing of Exim. `make exim-build` prints the lines for Local/Makefile.
 *
 * banned.h is for our own files: Exim's headers, which come behind it here, use some of what it forbids.
 */
#define DMX_INSIDE_EXIM
#define DMX_BASE_BANNED_H

/* A line for each source of module/exim but preload.c, which needs a module that is loaded; made by `make exim-build`. */
#include "dmx_sources.inc"
