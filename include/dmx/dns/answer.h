/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What DNS answered, and the book in which the questions and answers of one message are kept. Pure. The engine asks
 * the book; a question without an answer yet is noted there and NULL comes back: the caller says DMX_PENDING and is
 * called again later. The same question from two parts of one message is asked once.
 */
#ifndef DMX_DNS_ANSWER_H
#define DMX_DNS_ANSWER_H

#include "dmx/base/arena.h"
#include "dmx/base/ip.h"
#include "dmx/dns/question.h"

enum dmx_dns_status {
    DMX_DNS_OK = 0,   /* at least one record of the type asked for */
    DMX_DNS_NODATA,   /* the name exists, no record of that type */
    DMX_DNS_NXDOMAIN, /* the name does not exist (nor does any below it: RFC 8020) */
    /* Errors from here on. */
    DMX_DNS_SERVFAIL,
    DMX_DNS_TIMEOUT,
    DMX_DNS_REFUSED,   /* and every other rcode */
    DMX_DNS_MALFORMED, /* an answer that cannot be read */
    DMX_DNS_CUT,       /* not asked: over dns_max_questions, or the message's deadline. Never a ground for temperror */
};

struct dmx_rr {
    uint16_t type;
    uint32_t ttl_s;
    /* Of SOA and other types nothing is kept. */
    union {
        struct dmx_ip ip;      /* A, AAAA */
        struct dmx_slice text; /* TXT: the character-strings of one record joined without separator */
        struct {               /* MX; PTR, NS and CNAME leave preference 0 */
            uint16_t preference;
            struct dmx_name name;
        } host;
    } data;
};

struct dmx_answer {
    enum dmx_dns_status status;
    const struct dmx_rr *rrs; /* only records of the type asked for, CNAME chain followed */
    size_t count;
    uint32_t ttl_s;          /* least of the records' and the chain's; of a negative answer as RFC 2308 says */
    bool authenticated_data; /* the AD bit, as evidence only */
    bool stale;              /* from the cache, over its time: DNS failed */
    bool own_fault;          /* a failure of this process (no memory, no descriptor, nobody to ask), not of DNS */
};

/* "ok", "nxdomain", …: static, never NULL. */
const char *dmx_dns_status_name(enum dmx_dns_status status);

/* Whether the lookup failed for a while (SERVFAIL, TIMEOUT, REFUSED, MALFORMED): never "there is no record". */
bool dmx_answer_is_temporary(const struct dmx_answer *answer);

struct dmx_answers;

/* An empty book in the arena, for at most max_questions different questions; NULL without memory. */
struct dmx_answers *dmx_answers_new(struct dmx_arena *arena, size_t max_questions) DMX_NODISCARD;

/*
 * The answer to a question, or NULL: not answered yet, and noted as open. Over max_questions, or once the book is
 * closed, an unanswered question gets an answer with status CUT at once. The answer lives as long as the arena.
 */
const struct dmx_answer *dmx_answers_ask(struct dmx_answers *book, const struct dmx_name *name, uint16_t type);

/* The same for prefix + "." + domain (prefix may be empty). A name that DNS cannot hold is NXDOMAIN at once. */
const struct dmx_answer *dmx_answers_ask_text(struct dmx_answers *book, struct dmx_slice prefix,
                                              struct dmx_slice domain, uint16_t type);

/* Questions noted so far, and the n-th of them; open tells whether it still lacks an answer. */
size_t dmx_answers_count(const struct dmx_answers *book);
const struct dmx_question *dmx_answers_question(const struct dmx_answers *book, size_t n, bool *out_open);
/* The n-th question's answer, NULL while open. */
const struct dmx_answer *dmx_answers_answer(const struct dmx_answers *book, size_t n);
size_t dmx_answers_open(const struct dmx_answers *book);

/*
 * Gives the n-th question its answer; one that it already has stands. rrs and what they point to must live in the
 * book's arena or longer.
 */
void dmx_answers_set(struct dmx_answers *book, size_t n, struct dmx_answer answer);

/*
 * Gives it another answer in the place of the one that it has. Only for what stands between a source and the engine,
 * before the engine sees the book again: nobody may have judged by the first one.
 */
void dmx_answers_replace(struct dmx_answers *book, size_t n, struct dmx_answer answer);

/* The deadline came: every open question and every later one is CUT. */
void dmx_answers_close(struct dmx_answers *book);

/* The arena in which answers are to be put. */
struct dmx_arena *dmx_answers_arena(const struct dmx_answers *book);

#endif
