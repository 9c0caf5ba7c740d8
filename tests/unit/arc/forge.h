/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A sealer for tests: it writes chains of any kind, right ones and broken ones, with one Ed25519 key for everybody. It
 * canonicalises in its own plain way. What it hands out lives as long as the process.
 */
#ifndef DMX_TESTS_ARC_FORGE_H
#define DMX_TESTS_ARC_FORGE_H

#include "dmx/base/arena.h"
#include "dmx/base/builder.h"

/* One set. What is NULL or 0 is as it should be. */
struct forge_set {
    const char *domain;                   /* "iN.example" */
    const char *results;                  /* what follows "i=N;" in ARC-Authentication-Results */
    const char *head;                     /* replaces "i=N;" itself */
    const char *cv;                       /* "none", else "pass" */
    const char *names;                    /* h= of the message signature: "from:subject" */
    const char *message;                  /* tags put in front of the message signature's own, with their ";" */
    const char *seal;                     /* the same for the seal */
    unsigned instance;                    /* instead of its place in the array */
    bool no_results, no_message, no_seal; /* the field is left out after sealing */
    bool no_message_instance, no_seal_instance;
    bool results_twice, message_twice, seal_twice;
    bool bad_message, bad_seal; /* the signature is of other bytes */
};

struct dmx_arena *forge_arena(void);

/* The message (From: a@author.example, Subject: s, the body "body") with the chain on top; LF ends lines. */
struct dmx_slice forge_chain(const struct forge_set *sets, size_t count);

/* The same over other header fields (each with LF) and another body, which must be canonical but for LF. */
struct dmx_slice forge_chain_over(const struct forge_set *sets, size_t count, const char *fields, const char *body);

/* A zone in which every name below .example has the key. */
struct dmx_slice forge_zone(void);

#endif
