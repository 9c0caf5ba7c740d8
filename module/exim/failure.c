/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "failure.h"

#include <string.h>
#include <sys/random.h>

#include "abi.h"
#include "dmx/base/clock.h"
#include "dmx/journal/capsule_file.h"
#include "dmx/pipeline/failure.h"
#include "panic.h"

#include "dmx/base/banned.h"

/* Which report it is, and where its file will be. */
struct chance {
    uint8_t id[16];
    uint64_t slot;
};

/* Each message that fails would say it again. */
static void log_no_cache(int64_t now_s)
{
    if (dmx_hourly("/dmx-failure.stamp", now_s) != DMX_HOURLY_NOT_DUE)
        dmx_exim_log("dmx: failure_reports: none is made without a cache, which holds their limits");
}

static const char *make(const struct dmx_state *state, const struct dmx_failing *failing,
                        const struct dmx_failure *failure, uint32_t incidents, struct dmx_arena *arena)
{
    struct chance chance;
    struct dmx_capsule capsule;
    struct dmx_builder file = dmx_builder_arena(arena, DMX_CAPSULE_MAX);
    const char *why = "no memory for the capsule";
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) != (ssize_t)sizeof chance)
        return "no random numbers";
    /* Exim tells ENVID to nobody before it has spooled the message, which is after us. */
    struct dmx_failure_facts facts = {
        .authserv_id = failing->authserv_id,
        .queue_id = dmx_exim_expand("$message_exim_id"),
        .header_cut = failing->header_cut,
    };
    memcpy(facts.id, chance.id, sizeof facts.id);
    if (dmx_failure_capsule(state->config, failing->envelope, failing->verdict, failing->message, failure, &facts,
                            arena, &capsule) != DMX_OK)
        return why;
    capsule.incidents = incidents;
    dmx_capsule_put(&file, &capsule);
    struct dmx_slice bytes = dmx_builder_text(&file);
    if (bytes.len == 0)
        return why;
    /* The path is NUL-terminated: an arena copied it. */
    return dmx_capsule_keep(state->config->journal_dir.ptr, bytes, chance.slot, &why) == DMX_OK ? NULL : why;
}

const char *dmx_failure_keep(struct dmx_state *state, const struct dmx_failing *failing, struct dmx_arena *arena)
{
    struct dmx_failure failure;
    if (host_checking || !dmx_config_sends_failures(state->config))
        return NULL;
    if (dmx_failure_find(state->config, state->equipment.psl, failing->verdict, failing->message, arena, &failure) !=
        DMX_OK)
        return "no memory for the capsule";
    if (failure.conditions == 0)
        return NULL;
    if (!state->cache) {
        log_no_cache(failing->envelope->now_s);
        return NULL;
    }
    const uint64_t now_ms = dmx_clock_mono_ms();
    const uint32_t incidents = dmx_failure_limit(state->config, state->cache, now_ms, &failure);
    if (incidents == 0)
        return NULL;
    const char *trouble = make(state, failing, &failure, incidents, arena);
    if (trouble)
        dmx_failure_forgo(state->config, state->cache, now_ms, &failure);
    return trouble;
}
