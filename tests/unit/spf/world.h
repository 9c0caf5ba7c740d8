/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One SPF check against a scripted DNS, and the row that most tables of this folder are made of. */
#ifndef DMX_TESTS_SPF_WORLD_H
#define DMX_TESTS_SPF_WORLD_H

#include "dmx/dns/zone.h"
#include "dmx/spf/spf.h"

#define SPF(name, text)       name " TXT \"" text "\"\n"
#define SENDER(text)          SPF("example.com", text)
#define FAILS(name, type, by) "$FAIL " name " " type " " by "\n"

struct world {
    struct dmx_arena *arena;
    struct dmx_answers *book;
    struct dmx_dns_source source;
    size_t rounds; /* of questions, so far */
};

void world_open(struct world *world, struct dmx_slice zone, size_t max_questions);
void world_close(struct world *world);

/* Evaluates until it is done. Fails the test when there is no end to it. */
struct dmx_spf_result world_check(struct world *world, const struct dmx_spf_request *request);

/* A request with what most tests do not care about: HELO mail.client.test, receiver mx.receiver.test. */
struct dmx_spf_request world_request(const char *client, struct dmx_slice mail_from);

/* Members that a row leaves out at its end are NULL. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct row {
    const char *label;
    const char *zone;
    const char *client;
    const char *result;      /* a word of RFC 8601 */
    const char *token;       /* of the reason; NULL: none, which only pass has */
    const char *mail_from;   /* NULL: user@example.com */
    const char *helo;        /* NULL: mail.client.test */
    const char *explanation; /* NULL: none */
};

void world_try(const struct row *row);

#endif
