/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A zone in memory. Owners are kept as keys: the labels in lower case from the root downwards, each behind its length
 * byte. So the key of a name is a prefix of the keys of all names below it, and in the sorted table a name stands
 * before its whole subtree: one binary search finds a name, and tells an empty non-terminal from a name that is not.
 */
#ifndef DMX_DNS_ZONE_DATA_H
#define DMX_DNS_ZONE_DATA_H

#include "dmx/dns/answer.h"

struct dmx_zone_key {
    size_t len;
    char bytes[DMX_NAME_MAX];
};

enum {
    DMX_ZONE_EXISTS = 0, /* the type of a $NODATA entry, which makes its name exist and answers nothing */
    DMX_ZONE_ANY = 0,    /* the type of a $FAIL … ANY */
};

struct dmx_zone_record {
    struct dmx_slice owner; /* a key */
    uint16_t type;
    uint32_t ttl_s;
    size_t line; /* keeps records of one set in the file's order */
    /*
     * A, AAAA: the address's bytes; TXT: the joined strings; MX: two bytes preference, then as PTR, NS and CNAME a
     * name in wire form; SOA: four bytes minimum TTL.
     */
    struct dmx_slice data;
};

struct dmx_zone_failure {
    struct dmx_slice labels; /* a key; of $FAIL *.label, that of the label alone */
    bool anywhere;           /* $FAIL *.label: for every name that contains the label */
    uint16_t type;
    enum dmx_dns_status status;
};

struct dmx_zone {
    struct dmx_zone_record *records; /* sorted by owner, type, line */
    size_t count;
    size_t capacity;
    struct dmx_zone_failure *failures;
    size_t failure_count;
    size_t failure_capacity;
};

void dmx_zone_key_of(const struct dmx_name *name, struct dmx_zone_key *out);

#endif
