/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The steps of a round that the site's rules and, in their shadow, the other ones take alike. */
#ifndef DMX_PIPELINE_ASKING_H
#define DMX_PIPELINE_ASKING_H

#include "dmx/pipeline/pipeline.h"

/*
 * The tree walk needs at most 8 rounds, SPF one for each level of include; and a round may end with some answers while
 * others are under way. After DMX_MAX_ROUNDS nothing more is asked; what is still pending after DMX_LAST_ROUNDS does
 * not end.
 */
enum { DMX_MAX_ROUNDS = 64, DMX_LAST_ROUNDS = DMX_MAX_ROUNDS + 16 };

/* The edition of DMARC that the configuration names. */
enum dmx_rules dmx_rules_of(const struct dmx_config *config);

/* Whether the author cannot be validated though somebody is named. */
bool dmx_is_bad_from(const struct dmx_author *author);

/*
 * Policy discovery by the engine's configuration: for the author domain into verdict->discovery, or for each readable
 * domain of a From that cannot be validated into verdict->bad_from_found and bad_from_policy (the strictest).
 */
enum dmx_step dmx_discover(const struct dmx_engine *engine, struct dmx_answers *book,
                           struct dmx_verdict *verdict) DMX_NODISCARD;

/* The DMARC result of the verdict's evidence, after discovery. */
enum dmx_step dmx_weigh(const struct dmx_engine *engine, struct dmx_answers *book,
                        struct dmx_verdict *verdict) DMX_NODISCARD;

/*
 * Of a verdict that failed: whether trusted sealers vouch for the message (verdict->arc_override), or why they do not
 * (sealers_reason).
 */
void dmx_hear_sealers(const struct dmx_config *config, struct dmx_arena *arena, struct dmx_verdict *verdict);

/* One round of answers; what cannot be had in time is cut. */
void dmx_ask(const struct dmx_engine *engine, struct dmx_answers *book, const struct dmx_budget *budget,
             unsigned round);

#endif
