/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One message's book of questions, and a resolver for servers on loopback, as the tests of the resolver use them. */
#ifndef DMX_TESTS_DNS_RESOLVING_H
#define DMX_TESTS_DNS_RESOLVING_H

#include "dmx/dns/resolver.h"

extern struct dmx_arena *arena;
extern struct dmx_answers *book;

void setup(void);
void teardown(void);

struct dmx_resolver *resolver_for(const uint16_t *ports, size_t count, uint64_t timeout_ms, unsigned tries,
                                  const sigset_t *wait_mask);

/* One round of the book's open questions. */
void run(struct dmx_resolver *resolver, uint64_t budget_ms);

/* The message is over. */
void end(struct dmx_resolver *resolver);

/* The answer to a question for TXT, NULL at first. */
const struct dmx_answer *ask(const char *name);

#endif
