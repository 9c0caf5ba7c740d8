/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The shared cache: DNS answers by name and type in one mapped file, for all processes of a host. No process ever waits
 * for another, whatever that one is doing: a reader that meets a writer has a miss, a writer that meets a writer keeps
 * nothing. Nothing in the file is trusted: what does not check out is a miss. Wall-clock time is an argument everywhere.
 */
#ifndef DMX_DNS_CACHE_H
#define DMX_DNS_CACHE_H

#include "dmx/base/reason.h"
#include "dmx/dns/answer.h"

struct dmx_cache;

enum dmx_cache_access {
    DMX_CACHE_USE = 0,  /* made or replaced as needed, read and written */
    DMX_CACHE_EXISTING, /* one that is there and fits, read and written; for who must not spend the time to make one */
    DMX_CACHE_READ,     /* nothing is created, written or counted (-bh, dmx check --live-cache, dmx cache list) */
};

struct dmx_cache_settings {
    const char *path;
    uint64_t size_bytes;         /* of the whole file; allocated at creation */
    uint32_t max_ttl_s;          /* ceiling of a positive answer's life */
    uint32_t negative_max_ttl_s; /* of NXDOMAIN and NODATA */
    uint32_t stale_s;            /* so long after its end an answer is kept for when DNS fails; 0: not at all */
    enum dmx_cache_access access;
};

/* A file has room for at least one set of slots of each size; more than the largest would be a slip of the pen. */
#define DMX_CACHE_MIN_BYTES ((uint64_t)64 * 1024)
#define DMX_CACHE_MAX_BYTES ((uint64_t)4 * 1024 * 1024 * 1024)

/* Another process is making the file just now: nothing is wrong, and nobody waits for it. Not worth a log line. */
#define DMX_CACHE_BEING_MADE "cache-being-made"

/*
 * Maps the cache, creating or replacing the file as needed. DMX_OK also when a file that could not be trusted was
 * replaced by a new one: then out_reason->token says why, else it is NULL. Any other status: no cache, *out is NULL, the
 * reason says why and its detail is the path. The caller closes it.
 *
 * The file and its directory must belong to the effective user, the directory (or root's) be writable by nobody else.
 * Root may also open a file that belongs to its directory's owner, to list, flush and pin; it never creates or
 * replaces one there, since Exim's user could not use what is root's. So a daemon that still is root when it preloads
 * may find no cache where its children make one.
 */
enum dmx_status dmx_cache_open(const struct dmx_cache_settings *settings, struct dmx_cache **out,
                               struct dmx_reason *out_reason) DMX_NODISCARD;
void dmx_cache_close(struct dmx_cache **cache);

/*
 * Whether the file at the path is still the one that is mapped, in its size. A process that lives long, or inherited the
 * map from one, asks before each message (about 1 us) and opens anew if not. Working on with one that was replaced is
 * harmless, and useless; with one that somebody emptied in place it is a SIGBUS.
 */
bool dmx_cache_is_current(const struct dmx_cache *cache);

enum dmx_cache_found {
    DMX_CACHE_MISS = 0,
    DMX_CACHE_FRESH,
    DMX_CACHE_STALE,     /* its TTL has ended less than stale_s ago: to be used only when DNS fails */
    DMX_CACHE_STALE_NOW, /* such a one, and DNS did fail a few seconds ago: to be used without asking again */
};

/* What the administrator is shown of an entry. */
struct dmx_cache_entry {
    struct dmx_question question;
    struct dmx_answer answer;   /* ttl_s: what remains; 0 when it is stale */
    enum dmx_cache_found state; /* FRESH or STALE */
    bool pinned;
    uint32_t hits;
    int64_t born_s, ends_s;
};

/*
 * Looks up an answer and copies it into the arena (its ttl_s, and that of each record, is what remains; 0 when stale).
 * A pinned one is FRESH until its end and never stale. A FRESH answer may be a failure that was kept.
 */
enum dmx_cache_found dmx_cache_find(struct dmx_cache *cache, const struct dmx_question *question, int64_t now_s,
                                    struct dmx_arena *arena, struct dmx_answer *out);

enum { DMX_CACHE_ORDINARY = 0, DMX_CACHE_VALUED = 1 /* a policy record, a name of suffix level: evicted last */ };

/*
 * Keeps an answer: OK, NODATA and NXDOMAIN for their TTL under the ceilings, SERVFAIL, REFUSED, MALFORMED and TIMEOUT
 * for a few seconds; CUT, a TTL of 0, and types whose data nobody asks for (SOA) not at all. A pinned or fresh answer
 * is never replaced by a failure, a stale one stays beside it. When the slot is busy, or the answer too large for any
 * class, nothing happens but a count.
 */
void dmx_cache_store(struct dmx_cache *cache, const struct dmx_question *question, const struct dmx_answer *answer,
                     int value, int64_t now_s);

/*
 * The same for an answer (OK, NODATA or NXDOMAIN) that the administrator pins until ends_s: never evicted, never
 * replaced by store(). False: no room, too large, already over, DMX_CACHE_READ, or another process was there just now.
 */
bool dmx_cache_pin(struct dmx_cache *cache, const struct dmx_question *question, const struct dmx_answer *answer,
                   int64_t now_s, int64_t ends_s);

/* Forgets what is pinned for exactly this name and type. False: nothing was. */
bool dmx_cache_unpin(struct dmx_cache *cache, const struct dmx_question *question);

/* Forgets the answers to one name (all types, pins too when pins is set), or all of them. How many there were. */
size_t dmx_cache_flush(struct dmx_cache *cache, const struct dmx_name *name, bool pins);
size_t dmx_cache_flush_all(struct dmx_cache *cache, bool pins);

/*
 * The next entry that is fresh or stale, from *cursor (0 at first) on; false behind the last. The name is in lower
 * case. An arena that runs out ends the list.
 */
bool dmx_cache_next(struct dmx_cache *cache, size_t *cursor, int64_t now_s, struct dmx_arena *arena,
                    struct dmx_cache_entry *out);

/* The next one that is pinned. The others take nothing of the arena: senders decide how many those are, and how large. */
bool dmx_cache_next_pin(struct dmx_cache *cache, size_t *cursor, int64_t now_s, struct dmx_arena *arena,
                        struct dmx_cache_entry *out);

struct dmx_cache_stats {
    uint64_t hits, misses, stale, stores, evictions, skipped_writes, takeovers;
    /* Slots in use may hold answers whose time is over: they are overwritten, not cleared. */
    uint64_t size_bytes, slots, slots_used, large_slots, large_slots_used, pinned;
    int64_t created_s;
};
void dmx_cache_stats(const struct dmx_cache *cache, struct dmx_cache_stats *out);

/*
 * A number of the caller's in the header, kept with the file and 0 in a new one: which state of the pins file was entered
 * last.
 */
uint64_t dmx_cache_mark(const struct dmx_cache *cache);
void dmx_cache_set_mark(struct dmx_cache *cache, uint64_t mark);

#endif
