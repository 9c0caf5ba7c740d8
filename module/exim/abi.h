/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Exim's side of the border. The variables of local_scan.h that are the same in all its versions are used as they are;
 * every call whose shape differs between versions stands here, and abi.c is the one file that knows the versions.
 *
 * Memory: what Exim hands out lives until it has done with the message (its smtp_reset), longer than our call; what it
 * keeps of ours it copies here. None of these calls is made with text from outside as a format or an expansion.
 */
#ifndef DMX_EXIM_ABI_H
#define DMX_EXIM_ABI_H

#ifndef LOCAL_SCAN
#define LOCAL_SCAN
#endif
/* DMX_INSIDE_EXIM: Exim's own make compiles us, with the header of its source. */
#if __has_include(<exim4/local_scan.h>) && !defined(DMX_INSIDE_EXIM)
#include <exim4/local_scan.h>
#else
#include "local_scan.h"
#endif

#include "dmx/base/slice.h"

/* The type of a header line that Exim keeps, and never delivers. */
enum { DMX_EXIM_DELETED = '*' };

/* A C string of Exim's, which may be NULL, as a slice of the same memory. */
struct dmx_slice dmx_exim_text(const uschar *text);

/* One line for the main log (the panic log); Exim puts time and message id before it. text is already escaped. */
void dmx_exim_log(const char *text);
void dmx_exim_panic_log(const char *text);

/* The value of an Exim variable, by a literal such as "$acl_m_dmx"; empty where it is not set or cannot be had. */
struct dmx_slice dmx_exim_expand(const char *literal);

/*
 * A copy of a NUL-terminated text in Exim's memory, tainted: what is in it came partly from outside, so Exim must refuse
 * it as a file name or an expansion. It would pass for trusted if it stayed in memory of our own.
 */
uschar *dmx_exim_keep_tainted(const char *text);

/* Adds a whole field that ends in LF above all others. Exim dies of a field over 32 kB: the caller has bounded it. */
void dmx_exim_add_on_top(const char *field);

/* Puts one recipient, an address from the configuration, in the place of all others. Bounces go to the postmaster. */
void dmx_exim_redirect(struct dmx_slice address);

/*
 * Whether the client matches an Exim host list. Exim may ask DNS for that, with its own patience; it may also use and
 * so end its own alarm, which nobody needs then: dmx has its own deadline, and the time is counted against that.
 */
enum dmx_exim_match { DMX_EXIM_NO_MATCH = 0, DMX_EXIM_MATCH, DMX_EXIM_UNDECIDED };
enum dmx_exim_match dmx_exim_match_client(struct dmx_slice host_list);

#endif
