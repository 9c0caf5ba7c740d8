/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What a decision is made of, handed from one of its parts to the next; and how a deviation is written down. */
#ifndef DMX_PIPELINE_SCENE_H
#define DMX_PIPELINE_SCENE_H

#include "dmx/pipeline/pipeline.h"

struct scene {
    const struct dmx_config *config;
    const struct dmx_envelope *envelope;
    struct dmx_arena *arena; /* for comments */
    struct dmx_verdict *verdict;
};

/* Why the disposition is not what the policy says: a type of the report formats, and words for people. */
void scene_override(const struct scene *scene, const char *type, const char *comment);
/* The same with a detail behind the words, "WORDS: DETAIL", clipped. */
void scene_override_about(const struct scene *scene, const char *type, const char *comment, struct dmx_slice detail);

/*
 * Calls for each domain that the message has proved to come from, by SPF of MAIL FROM (never HELO) or by DKIM, until one
 * is_member; that one, or ptr NULL.
 */
struct dmx_slice scene_proven_domain(const struct scene *scene,
                                     bool (*is_member)(const struct scene *scene, struct dmx_slice domain));

#endif
