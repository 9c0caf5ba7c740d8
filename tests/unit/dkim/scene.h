/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A message, a zone and settings, played through dmx_dkim. What a scene hands out lives as long as the process. */
#ifndef DMX_TESTS_DKIM_SCENE_H
#define DMX_TESTS_DKIM_SCENE_H

#include "dmx/dkim/dkim.h"

struct scene {
    struct dmx_slice zone;    /* scripted DNS */
    struct dmx_slice message; /* with LF or CRLF */
    struct dmx_dkim_settings settings;
    struct dmx_budget budget;
    size_t max_questions; /* 0: plenty */
    /* Set by scene_play. */
    const struct dmx_dkim_result *results;
    size_t count;
    size_t ignored;
    size_t questions;
};

/* Default settings (1024 bits, no sha1, no partial body, 10 signatures), the 5th of March 2024, no deadline. */
struct scene scene_of(struct dmx_slice zone, struct dmx_slice message);
void scene_play(struct scene *scene);

/* The bytes of tests/data/dkim/NAME. */
struct dmx_slice scene_file(const char *name);
/* A copy with every LF turned into CRLF. */
struct dmx_slice scene_crlf(struct dmx_slice text);
/* A copy with the first occurrence of from replaced; fails the test when there is none. */
struct dmx_slice scene_edit(struct dmx_slice text, const char *from, const char *to);
struct dmx_arena *scene_arena(void);

#endif
