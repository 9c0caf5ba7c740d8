/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/suppress.h"

#include "dmx/base/banned.h"

/* Local parts differ by case in theory (RFC 5321 section 2.4) and mean one mailbox: case must be no way around. */
static struct dmx_slice key_of(struct dmx_slice address, struct dmx_arena *arena)
{
    return dmx_arena_dup_lower(arena, address);
}

int64_t dmx_suppress_wait_s(uint32_t times)
{
    int64_t wait_s = DMX_SUPPRESS_FIRST_S;
    while (times-- > 1 && wait_s < DMX_SUPPRESS_MOST_S)
        wait_s *= 2;
    return wait_s < DMX_SUPPRESS_MOST_S ? wait_s : DMX_SUPPRESS_MOST_S;
}

/* One that begins in the future was made before the clock was set back. */
static bool is_now(const struct dmx_store_suppression *s, int64_t now_s)
{
    return s->times > 0 && s->until_s > now_s && s->until_s - now_s <= 2 * (int64_t)DMX_SUPPRESS_MOST_S;
}

enum dmx_status dmx_suppress_find(struct dmx_store *store, struct dmx_slice address, int64_t now_s,
                                  struct dmx_arena *arena, bool *out_now, struct dmx_store_suppression *out)
{
    enum dmx_status status = store->verbs->suppression_get(store, key_of(address, arena), arena, out);
    *out_now = status == DMX_OK && is_now(out, now_s);
    return status;
}

enum dmx_status dmx_suppress_add(struct dmx_store *store, struct dmx_slice address, int64_t now_s,
                                 struct dmx_slice reason, struct dmx_arena *arena)
{
    struct dmx_store_suppression s;
    bool now;
    enum dmx_status status = dmx_suppress_find(store, address, now_s, arena, &now, &s);
    if (status != DMX_OK || now)
        return status;
    s.address = key_of(address, arena);
    s.times++;
    s.since_s = now_s;
    s.until_s = now_s + dmx_suppress_wait_s(s.times);
    s.reason = reason;
    return store->verbs->suppress(store, &s);
}
