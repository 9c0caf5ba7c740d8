/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The cache's file. Shared memory is a file format: offsets, fixed-width numbers, and nobody believes what is in it.
 *
 *   file  = page of header, small sets, large sets, room that is left over, lines of buckets
 *   set   = line of tags, slots
 *   line  = eight words, each a token bucket (bucket.c) or 0
 *   word  = tag full refused                 16, 32 and 16 bits, from the highest
 *   slot  = struct dmx_cache_slot, up to the size of its class
 *
 * Who writes what when: the identity is written once, before the file gets its name. Counters and mark are atomic
 * numbers of their own cache lines that anybody adds to; a wrong one misleads nobody but the administrator. A set belongs
 * to the names whose keyed hash falls on it. A slot belongs to whoever moved its sequence from even to odd by compare and
 * swap; that process alone writes the slot and its tag, and moves the sequence on to even. hits and used_s are hints for
 * eviction which readers write without asking.
 *
 * Why no lock: a lock's holder may be killed, stopped, or thrown out by siglongjmp at any instruction. Here such a writer
 * leaves one slot odd: nobody waits for it, readers have a miss there, and after DMX_CACHE_STUCK_MS whoever wants to
 * write there takes it over. If the first writer goes on after that, its bytes mix with others'; but the checksum covers
 * the sequence under which an entry was meant to be published, and so neither the mixture nor the whole late entry
 * checks out. It covers the slot's place, too: an entry that got elsewhere does not either.
 *
 * A bucket is one word that anybody changes by compare and swap, and so is whole at any instant. It belongs to the key whose
 * keyed hash falls on its line and has its tag: two keys that share both (one pair in 65,536 of a line) share tokens. full is
 * when it will have all of them, in eighths of a second of the clock that never steps; refused is how often there was none
 * since one was last given. A word whose time is past may be taken for another key: what is lost by that is the count. Any
 * bits are a bucket: the worst that a damaged one does is to refuse for one period, or to be full once more.
 *
 * What may be lost: an answer whose writer was disturbed or met another. It will be asked for again.
 */
#ifndef DMX_DNS_CACHE_FORMAT_H
#define DMX_DNS_CACHE_FORMAT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "dmx/base/siphash.h"

enum {
    DMX_CACHE_VERSION = 2,
    DMX_CACHE_PAGE = 4096,
    DMX_CACHE_LINE = 64,
    /*
     * A key of RSA-2048 in its TXT record has 410 bytes, names of 30 to 60 come on top, the slot's head is 48: 512 would
     * send most keys to the large class. The few answers over 4 kB are not worth a third class.
     */
    DMX_CACHE_SMALL_SLOT = 640,
    DMX_CACHE_LARGE_SLOT = 4096,
    DMX_CACHE_SMALL_WAYS = 8,
    DMX_CACHE_LARGE_WAYS = 4,
    DMX_CACHE_TAGS = DMX_CACHE_LINE / 8,
    DMX_CACHE_SMALL_SET = DMX_CACHE_LINE + DMX_CACHE_SMALL_WAYS * DMX_CACHE_SMALL_SLOT,
    DMX_CACHE_LARGE_SET = DMX_CACHE_LINE + DMX_CACHE_LARGE_WAYS * DMX_CACHE_LARGE_SLOT,
    /* One part in this many is for large slots. Of real mail's answers about one in ten is over 592 bytes. */
    DMX_CACHE_LARGE_SHARE = 4,
    DMX_CACHE_LINE_WORDS = DMX_CACHE_LINE / 8,
    /*
     * One part in this many is for buckets, up to a limit: 256 kB of 16 MB hold 32,768 of them. With the usual rates there
     * are never more than 4,800 in use: 2,400 reports a day, each with a bucket of its recipient and one of its domain.
     */
    DMX_CACHE_BUCKET_SHARE = 64,
    DMX_CACHE_BUCKET_LINES_MAX = 4096,
    DMX_CACHE_STUCK_MS = 3000, /* a writer takes below 10 us: this one was stopped, killed, or jumped out of */
};

enum dmx_cache_counter_name {
    DMX_COUNT_HITS,
    DMX_COUNT_MISSES,
    DMX_COUNT_STALE,
    DMX_COUNT_STORES,
    DMX_COUNT_EVICTIONS,
    DMX_COUNT_SKIPPED,
    DMX_COUNT_TAKEOVERS,
    DMX_COUNTERS
};

struct dmx_cache_identity {
    char magic[8];
    uint32_t version;
    uint32_t zero;
    uint64_t layout; /* a hash of all sizes and offsets: dmx_cache_layout() */
    uint64_t file_bytes;
    int64_t created_s;
    uint8_t key[DMX_SIPHASH_KEY_BYTES];
    uint64_t check; /* of all before it, under the key */
};

struct dmx_cache_counter {
    _Alignas(DMX_CACHE_LINE) _Atomic uint64_t n;
};

struct dmx_cache_header {
    struct dmx_cache_identity identity;
    struct dmx_cache_counter mark;
    struct dmx_cache_counter counters[DMX_COUNTERS];
};

/*
 * The sequence: in the upper half the milliseconds of the monotonic clock when the slot was last taken (modulo 2^32: 49
 * days), in the lower half a count whose lowest bit says that somebody writes. So one compare and swap takes the slot
 * and leaves the stamp that tells when it is stuck.
 */
struct dmx_cache_slot {
    _Atomic uint64_t sequence;
    _Atomic uint64_t check;
    _Atomic uint32_t hits;
    _Atomic uint32_t used_s;  /* seconds since 1970 modulo 2^32 */
    _Atomic uint64_t words[]; /* of struct dmx_cache_image from born_s on */
};

enum dmx_cache_kind {
    DMX_KIND_ANSWER = 0, /* OK, NODATA, NXDOMAIN */
    DMX_KIND_FAILURE,    /* stands beside an answer that is stale, not in its place */
    DMX_KIND_PINNED,
};

/* A slot's entry as it is copied out, behind what the checksum covers besides. */
struct dmx_cache_image {
    uint64_t sequence; /* the even one it is published under */
    uint64_t place;    /* of the slot in the file */
    int64_t born_s;
    int64_t ends_s;
    uint16_t len; /* of payload, see cache_entry.h */
    uint8_t kind;
    uint8_t value;
    uint32_t zero;
    uint8_t payload[DMX_CACHE_LARGE_SLOT - offsetof(struct dmx_cache_slot, words) - 24];
};

enum {
    DMX_IMAGE_BEFORE = offsetof(struct dmx_cache_image, born_s),
    DMX_IMAGE_HEAD = offsetof(struct dmx_cache_image, payload),
    /* What a slot has over its payload. */
    DMX_SLOT_HEAD = offsetof(struct dmx_cache_slot, words) + DMX_IMAGE_HEAD - DMX_IMAGE_BEFORE,
};

_Static_assert(sizeof(struct dmx_cache_identity) == DMX_CACHE_LINE, "the identity is one cache line");
_Static_assert(sizeof(struct dmx_cache_header) <= DMX_CACHE_PAGE, "the header is one page");
_Static_assert(offsetof(struct dmx_cache_slot, words) == 24 && DMX_SLOT_HEAD == 48, "no padding");
_Static_assert(offsetof(struct dmx_cache_image, payload) == 40 && sizeof(struct dmx_cache_image) % 8 == 0,
               "no padding");
_Static_assert(DMX_CACHE_SMALL_SLOT % DMX_CACHE_LINE == 0 && DMX_CACHE_LARGE_SLOT % DMX_CACHE_LINE == 0, "whole lines");
_Static_assert(DMX_CACHE_SMALL_WAYS <= DMX_CACHE_TAGS && DMX_CACHE_LARGE_WAYS <= DMX_CACHE_TAGS, "a tag for each slot");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2, "a lock would be one process's own");

#endif
