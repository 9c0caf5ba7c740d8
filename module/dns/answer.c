/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/answer.h"

#include "dmx/base/invariant.h"

#include "dmx/base/banned.h"

struct entry {
    struct dmx_question question;
    struct dmx_answer answer;
    bool answered;
};

struct dmx_answers {
    struct dmx_arena *arena;
    size_t max_questions;
    struct entry **entries; /* pointers: what was handed out stays where it is when this grows */
    size_t count;
    size_t capacity;
    size_t open;
    bool closed;
};

/* One answer for all that was not asked, and one for all names that cannot be. */
static const struct dmx_answer cut = {.status = DMX_DNS_CUT};
static const struct dmx_answer no_such_name = {.status = DMX_DNS_NXDOMAIN};

const char *dmx_dns_status_name(enum dmx_dns_status status)
{
    switch (status) {
    case DMX_DNS_OK:
        return "ok";
    case DMX_DNS_NODATA:
        return "nodata";
    case DMX_DNS_NXDOMAIN:
        return "nxdomain";
    case DMX_DNS_SERVFAIL:
        return "servfail";
    case DMX_DNS_TIMEOUT:
        return "timeout";
    case DMX_DNS_REFUSED:
        return "refused";
    case DMX_DNS_MALFORMED:
        return "malformed";
    case DMX_DNS_CUT:
        return "cut";
    }
    return "unknown";
}

bool dmx_answer_is_temporary(const struct dmx_answer *answer)
{
    switch (answer->status) {
    case DMX_DNS_SERVFAIL:
    case DMX_DNS_TIMEOUT:
    case DMX_DNS_REFUSED:
    case DMX_DNS_MALFORMED:
        return true;
    case DMX_DNS_OK:
    case DMX_DNS_NODATA:
    case DMX_DNS_NXDOMAIN:
    case DMX_DNS_CUT:
        return false;
    }
    return false;
}

struct dmx_answers *dmx_answers_new(struct dmx_arena *arena, size_t max_questions)
{
    struct dmx_answers *book = dmx_arena_alloc(arena, sizeof *book);
    if (book)
        *book = (struct dmx_answers){.arena = arena, .max_questions = max_questions};
    return book;
}

/* A message asks some dozen questions: walking over them costs less than keeping an index. */
static const struct entry *find(const struct dmx_answers *book, const struct dmx_name *name, uint16_t type)
{
    for (size_t i = 0; i < book->count; i++) {
        const struct entry *entry = book->entries[i];
        if (entry->question.type == type && dmx_name_eq(&entry->question.name, name))
            return entry;
    }
    return NULL;
}

static bool note(struct dmx_answers *book, const struct dmx_name *name, uint16_t type)
{
    if (book->closed || book->count >= book->max_questions)
        return false;
    struct entry **larger =
        dmx_arena_grow(book->arena, book->entries, book->count, &book->capacity,
                       sizeof *larger); /* NOLINT(bugprone-sizeof-expression): an array of pointers */
    struct entry *entry = larger ? dmx_arena_alloc(book->arena, sizeof *entry) : NULL;
    if (larger)
        book->entries = larger;
    if (!entry)
        return false;
    entry->question = (struct dmx_question){*name, type};
    book->entries[book->count++] = entry;
    book->open++;
    return true;
}

const struct dmx_answer *dmx_answers_ask(struct dmx_answers *book, const struct dmx_name *name, uint16_t type)
{
    const struct entry *entry = find(book, name, type);
    if (entry)
        return entry->answered ? &entry->answer : NULL;
    return note(book, name, type) ? NULL : &cut;
}

const struct dmx_answer *dmx_answers_ask_text(struct dmx_answers *book, struct dmx_slice prefix,
                                              struct dmx_slice domain, uint16_t type)
{
    struct dmx_name name;
    if (!dmx_name_from_parts(prefix, domain, &name))
        return &no_such_name;
    return dmx_answers_ask(book, &name, type);
}

size_t dmx_answers_count(const struct dmx_answers *book)
{
    return book->count;
}

const struct dmx_question *dmx_answers_question(const struct dmx_answers *book, size_t n, bool *out_open)
{
    if (DMX_BROKEN(n < book->count)) {
        *out_open = false;
        return NULL;
    }
    *out_open = !book->entries[n]->answered;
    return &book->entries[n]->question;
}

const struct dmx_answer *dmx_answers_answer(const struct dmx_answers *book, size_t n)
{
    if (DMX_BROKEN(n < book->count))
        return NULL;
    const struct entry *entry = book->entries[n];
    return entry->answered ? &entry->answer : NULL;
}

size_t dmx_answers_open(const struct dmx_answers *book)
{
    return book->open;
}

/* The first answer stands: somebody may hold a pointer to it and have judged by it. */
void dmx_answers_set(struct dmx_answers *book, size_t n, struct dmx_answer answer)
{
    if (DMX_BROKEN(n < book->count) || book->entries[n]->answered)
        return;
    book->entries[n]->answer = answer;
    book->entries[n]->answered = true;
    book->open--;
}

void dmx_answers_replace(struct dmx_answers *book, size_t n, struct dmx_answer answer)
{
    if (!DMX_BROKEN(n < book->count && book->entries[n]->answered))
        book->entries[n]->answer = answer;
}

void dmx_answers_close(struct dmx_answers *book)
{
    book->closed = true;
    for (size_t i = 0; i < book->count; i++)
        dmx_answers_set(book, i, cut);
}

struct dmx_arena *dmx_answers_arena(const struct dmx_answers *book)
{
    return book->arena;
}
