/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The text of the public suffix list (https://github.com/publicsuffix/list/wiki/Format), read strictly: what is not
 * clearly the whole list is refused with the line and what would be right there. Nothing here touches a file, a clock
 * or the network. Judging whether a well-formed list may replace another is accept.h's.
 */
#ifndef DMX_UPDATER_LIST_H
#define DMX_UPDATER_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "dmx/base/arena.h"
#include "dmx/base/reason.h"

enum {
    DMX_LIST_MAX_BYTES = 4 * 1024 * 1024,    /* the list of 2023 has 246 kB, and grows by a tenth a year */
    DMX_LIST_MAX_LINE = 1000,                /* bytes; the longest of today, a comment, has 200 */
    DMX_LIST_MAX_RULES = 65536,              /* today fewer than 10,000 */
    DMX_LIST_ARENA_BYTES = 20 * 1024 * 1024, /* cap for one list that is parsed, compiled and proven in one arena */
};

struct dmx_rule {
    struct dmx_slice ascii; /* A-labels in lower case, without "!" or "*."; a NUL stands after it */
    struct dmx_slice utf8;  /* the same in U-labels; equal to ascii where no label has one. A NUL stands after it */
    uint32_t line;          /* from 1 */
    bool exception;         /* written with "!" */
    bool wildcard;          /* written with "*." */
    bool private_section;
};

struct dmx_list {
    const struct dmx_rule *rules; /* in the order of the file */
    const uint32_t *by_ascii;     /* indices of rules, sorted by ascii; a name and its wildcard stand side by side */
    const uint32_t *by_utf8;      /* the same, sorted by utf8 */
    size_t count;
    size_t icann, private_rules;  /* by section; they add up to count */
    size_t exceptions, wildcards; /* of both sections */
    struct dmx_slice version;     /* "2024-02-29_12-00-00_UTC" as it stands; empty: the list says none */
    struct dmx_slice commit;      /* as it stands; empty: the list says none */
    int64_t version_s;            /* version as seconds since 1970-01-01; 0: none */
    uint32_t text_crc;            /* CRC-32 of the whole text: tells whether a .dat belongs to a .dafsa */
};

/*
 * Reads a whole list. What *out holds lives in the arena. DMX_INVALID or DMX_LIMIT (larger than the limits above) with
 * a reason whose detail, in the arena, says where ("line 12: …"); DMX_NOMEM when the arena is full. *out is
 * untouched then.
 *
 *     list    = *( blank / comment ) icann *( blank / comment ) private *( blank / comment )
 *     icann   = "// ===BEGIN ICANN DOMAINS===" LF *line "// ===END ICANN DOMAINS===" LF
 *     private = "// ===BEGIN PRIVATE DOMAINS===" LF *line "// ===END PRIVATE DOMAINS===" LF
 *     line    = blank / comment / rule
 *     comment = "//" text LF                     ; "// VERSION: …" and "// COMMIT: …" once each, before icann
 *     rule    = [ "!" / "*." ] name [ white-space text ] LF
 *
 * After the end of the private section nothing may follow but blank lines. Each name is a domain by IDNA2008, of labels
 * of 1 to 63 bytes, 8 labels and 253 bytes in all, not a number at its end; no name stands twice, nor does one stand
 * below an exception; each exception stands directly below a wildcard.
 */
enum dmx_status dmx_list_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_list *out,
                               struct dmx_reason *out_reason) DMX_NODISCARD;

struct dmx_name_rules {
    bool plain, wildcard, exception; /* which rules there are of one name */
    bool icann, private_section;     /* where they stand */
};

/* The rules written with exactly this name, "!" and "*." aside; all false: none. */
struct dmx_name_rules dmx_list_find(const struct dmx_list *list, struct dmx_slice name);

/*
 * The answer of the text itself, by the algorithm of publicsuffix.org, written to be obviously right rather than fast.
 * domain: lower case, in A-labels, or all in U-labels. One deviation, which is libpsl's: "*.a.b" makes a.b a suffix
 * too. is_suffix: the domain itself is a public suffix (by the implicit rule "*" a name of one label always is).
 * suffix_len: bytes of the public suffix at the end of the domain.
 */
bool dmx_list_is_suffix(const struct dmx_list *list, struct dmx_slice domain);
size_t dmx_list_suffix_len(const struct dmx_list *list, struct dmx_slice domain);

#endif
