/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The organizational domain by the public suffix list (RFC 7489 section 3.2), read from a DAFSA file: from one with
 * psl-updater's seal by lookup.h, from any other, such as Debian's, by libpsl.
 */
#ifndef DMX_PSL_PSL_H
#define DMX_PSL_PSL_H

#include "dmx/base/reason.h"
#include "dmx/base/status.h"

struct dmx_psl;

/*
 * Loads the first of the count paths that exists. libpsl checks nothing, so this does: a regular file, whole by its seal
 * or by its shape (dmx_dafsa_check), that knows "com" and "co.uk" as suffixes and does not know "example.com". DMX_IO or DMX_INVALID with a reason
 * whose detail is the path. The caller frees it.
 */
enum dmx_status dmx_psl_load(const char *const *paths, size_t count, struct dmx_psl **out,
                             struct dmx_reason *out_reason) DMX_NODISCARD;
void dmx_psl_free(struct dmx_psl **psl);

/*
 * The organizational domain of a domain in normal form: a suffix of it, in the same memory. A domain that is itself a
 * public suffix is its own. The domain as it is when psl is NULL.
 */
struct dmx_slice dmx_psl_org_domain(const struct dmx_psl *psl, struct dmx_slice domain);

/* Whether the list calls the domain a public suffix. */
bool dmx_psl_is_suffix(const struct dmx_psl *psl, struct dmx_slice domain);

#endif
