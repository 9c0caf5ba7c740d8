/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The file that holds a compiled suffix list, and a check of it that trusts no byte. libpsl checks nothing but its
 * bounds: a file cut short or with a bit turned over loads, and answers wrongly.
 *
 *     file   = magic graph [ seal ] %x01          ; the last byte says that names stand in UTF-8
 *     magic  = ".DAFSA@PSL_0   " LF
 *     seal   = "DMX-SEAL" version rules text-crc file-crc
 *     version  = 8OCTET  ; seconds since 1970-01-01, 0: none. All numbers with the most significant byte first
 *     rules    = 4OCTET
 *     text-crc = 4OCTET  ; CRC-32 of the text that was compiled
 *     file-crc = 4OCTET  ; CRC-32 of everything before it
 *
 * Our own compiler writes the seal, Debian's files have none. libpsl never looks at it: no path of the graph leads there.
 */
#ifndef DMX_PSL_DAFSA_H
#define DMX_PSL_DAFSA_H

#include <stdbool.h>
#include <stdint.h>

#include "dmx/base/reason.h"
#include "dmx/base/status.h"

#define DMX_DAFSA_MAGIC ".DAFSA@PSL_0   \n"
#define DMX_DAFSA_SEAL  "DMX-SEAL"

enum {
    DMX_DAFSA_MAX_BYTES = 4 * 1024 * 1024, /* the list of today compiles to 55 kB */
    DMX_DAFSA_MAGIC_BYTES = sizeof DMX_DAFSA_MAGIC - 1,
    DMX_DAFSA_SEAL_BYTES = sizeof DMX_DAFSA_SEAL - 1 + 8 + 4 + 4 + 4,
    DMX_DAFSA_UTF8 = 0x01, /* the last byte */
};

struct dmx_dafsa_seal {
    bool present; /* false: Debian's file, or another's; the rest is 0 */
    int64_t version_s;
    uint32_t rules;
    uint32_t text_crc;
};

/*
 * Whether file is whole: its seal, where there is one, fits; each path of the graph ends inside it, forwards, in a value,
 * through letters of names only; and no byte lies aside. DMX_INVALID with a reason, whose detail is the file's
 * caller's to give; DMX_NOMEM.
 */
enum dmx_status dmx_dafsa_check(struct dmx_slice file, struct dmx_dafsa_seal *out_seal,
                                struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
