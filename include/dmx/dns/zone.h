/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Scripted DNS: a zone file in the form of docs/man (RFC 1035 master-file text, one record a line) that answers
 * questions as a perfect authoritative server and resolver would, wildcards (RFC 4592), CNAME chains, empty
 * non-terminals and failures included. For tests and `dmx check --zone`. The order of lines has no say: of several
 * $FAIL for a question one that names its type goes before ANY, and a whole name before a label. $FAIL *.a.b. fails
 * names in which these labels stand together. A negative answer's TTL comes from the closest SOA above, or is 300.
 */
#ifndef DMX_DNS_ZONE_H
#define DMX_DNS_ZONE_H

#include "dmx/base/reason.h"
#include "dmx/dns/source.h"

struct dmx_zone;

enum {
    DMX_ZONE_MAX_LINE = 1024 * 1024,
    DMX_ZONE_CNAME_STEPS = 8, /* a longer chain is SERVFAIL */
};

/*
 * Reads the text of a zone into the arena, where the zone lives. DMX_INVALID: *out_line is the offending line (from 1)
 * and the reason says what was wrong there and what would be right. Owners that no query can name are skipped;
 * out_skipped counts them (may be NULL).
 */
enum dmx_status dmx_zone_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_zone **out, size_t *out_line,
                               struct dmx_reason *out_reason, size_t *out_skipped) DMX_NODISCARD;

/* The zone as a source; it must outlive the source. Never waits. */
struct dmx_dns_source dmx_zone_source(struct dmx_zone *zone);

#endif
