/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The file that holds a compiled suffix list, and a check of it that trusts no byte. libpsl checks nothing but its
 * bounds: a file cut short or with a bit turned over loads, and answers wrongly.
 *
 *     file     = magic graph [ seal %x80 ]  ; A-labels alone, ours
 *              / magic graph [ %x01 ]       ; %x01 says that U-labels stand there too
 *     magic    = ".DAFSA@PSL_0   " LF
 *     graph    = links *node                ; the links of the root; every jump goes forwards
 *     node     = *letter ( value / end-letter links )
 *     letter   = %x1F / "-" / "." / DIGIT / %x40-7F   ; %x1F: a character of UTF-8 follows, moved to 40-7F
 *     end-letter = %x9F / %xAD / %xAE / %xB0-B9 / %xC0-FF  ; the same with the high bit set
 *     value    = %x80-8F                    ; DMX_DAFSA_... flags
 *     links    = *link last-link            ; each the way to a node, from the node before it, or from the first link
 *     link     = %x00-3F / %x40-5F OCTET / %x60-7F 2OCTET  ; 6, 13, 21 bits
 *     last-link = %x80-BF / %xC0-DF OCTET / %xE0-FF 2OCTET
 *     seal     = "DMX-SEAL" version rules text-crc file-sum
 *     version  = 8OCTET  ; seconds since 1970-01-01, 0: none. All numbers with the most significant byte first
 *     rules    = 4OCTET
 *     text-crc = 4OCTET  ; CRC-32 of the text that was compiled
 *     file-sum = 8OCTET  ; dmx_dafsa_sum of everything before it
 *
 * Our own compiler writes the seal, Debian's files have none. libpsl never looks at it: no path of the graph leads there.
 * Of the last byte libpsl looks at the highest bit: where it is set, libpsl turns U-labels into A-labels before it looks.
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
    DMX_DAFSA_SEAL_BYTES = sizeof DMX_DAFSA_SEAL - 1 + 8 + 4 + 4 + 8,
    DMX_DAFSA_UTF8 = 0x01,  /* the last byte */
    DMX_DAFSA_ASCII = 0x80, /* the last byte after a seal */
};

/* What a value says of its name. */
enum {
    DMX_DAFSA_VALUE = 0x80, /* the mark of a value */
    DMX_DAFSA_EXCEPTION = 1,
    DMX_DAFSA_WILDCARD = 2,
    DMX_DAFSA_ICANN = 4,
    DMX_DAFSA_PRIVATE = 8,
};

struct dmx_dafsa_seal {
    bool present; /* false: Debian's file, or another's; the rest is 0 */
    int64_t version_s;
    uint32_t rules;
    uint32_t text_crc;
};

/*
 * Whether file is whole. With a seal: whether the sum in it fits, in 15 microseconds, which finds any damage and leaves
 * the graph to the compiler's proof. Without one: dmx_dafsa_check_graph. DMX_INVALID with a reason without detail;
 * DMX_NOMEM.
 */
enum dmx_status dmx_dafsa_check(struct dmx_slice file, struct dmx_dafsa_seal *out_seal,
                                struct dmx_reason *out_reason) DMX_NODISCARD;

/*
 * Whether the graph of a file, sealed or not, is one: each way leads forwards, inside the graph, over letters, to a
 * value; no two ways from one place begin with the same letter; and no byte lies aside or is used twice. A turned bit
 * in a letter can pass, nearly nothing else can. DMX_INVALID with a reason without detail; DMX_NOMEM.
 */
enum dmx_status dmx_dafsa_check_graph(struct dmx_slice file, struct dmx_reason *out_reason) DMX_NODISCARD;

/* The seal's checksum: any change inside one word of eight bytes changes it, others do but for one in 2^64. */
uint64_t dmx_dafsa_sum(struct dmx_slice bytes);

#endif
