/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A scripted DNS, an answer book and a suffix list: what the tables of this folder share. */
#ifndef DMX_TESTS_WORLD_H
#define DMX_TESTS_WORLD_H

#include "dmx/dns/zone.h"
#include "dmx/psl/psl.h"

/* One line of a zone: a TXT record at _dmarc.NAME. */
#define RECORD(name, text) "_dmarc." name " TXT \"" text "\"\n"
#define FAIL(name)         "$FAIL _dmarc." name " TXT SERVFAIL\n"

struct world {
    struct dmx_arena *arena;
    struct dmx_answers *book;
    struct dmx_psl *psl;
    struct dmx_dns_source source;
    size_t rounds; /* so far */
};

void world_open(struct world *world, const char *zone, size_t max_questions);
void world_close(struct world *world);

/* Answers what is open. Fails the test when nothing is, or when there is no end to it. */
void world_answer(struct world *world);

/* Calls an evaluation until it is done. */
#define WORLD_RUN(world, call)        \
    do {                              \
        while ((call) == DMX_PENDING) \
            world_answer(world);      \
    } while (0)

#endif
