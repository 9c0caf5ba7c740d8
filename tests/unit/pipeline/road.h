/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One message through the whole engine with a scripted zone: what the tables of this folder share. */
#ifndef DMX_TESTS_ROAD_H
#define DMX_TESTS_ROAD_H

#include "dmx/dns/zone.h"
#include "dmx/pipeline/effects.h"
#include "dmx/pipeline/pipeline.h"

struct road_input {
    const char *zone;
    const char *message;
    size_t message_len;  /* 0: up to its NUL */
    const char *options; /* "key=value;key=value", or NULL */
    const char *ip;      /* NULL: withheld */
    const char *mail_from;
    const char *acl;
    const char *acl_signal;
    int64_t now_s;    /* 0: 1700000000, which is 2023-11-14 22:13:20 UTC */
    const char *dkim; /* assumed results: "pass:d.example fail:e.example", or NULL: none, or a DKIM-Signature's own */
    const char *recipients; /* "a@x b@y", or NULL */
    bool authenticated;
    bool trusted_host;
    unsigned draw;
};

struct road_output {
    struct dmx_arena *arena;
    struct dmx_config *config;
    struct dmx_psl *psl;
    struct dmx_envelope envelope;
    struct dmx_message message;
    struct dmx_verdict verdict;
    enum dmx_status status;
};

/* Plays the input; the caller passes *out to road_end. */
void road_play(const struct road_input *in, struct road_output *out);
void road_end(struct road_output *out);

/* A source that never answers: what is open stays open. */
struct dmx_dns_source road_silent_source(void);

#endif
