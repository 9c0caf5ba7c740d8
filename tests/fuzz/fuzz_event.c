/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: journal */
/* A journal of any bytes: it ends, every byte is accounted for, and what was read is written and reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "dmx/journal/event.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_same(const struct dmx_event *a, const struct dmx_event *b)
{
    check(a->time_s == b->time_s && a->flags == b->flags && a->draw == b->draw);
    check(a->client.family == b->client.family && dmx_slice_eq(a->author, b->author));
    check(a->dkim_count == b->dkim_count && a->recipient_count == b->recipient_count && a->note_count == b->note_count);
    check(dmx_slice_eq(a->shadow_would_be, b->shadow_would_be) && dmx_slice_eq(a->result, b->result));
    for (size_t i = 0; i < a->dkim_count; i++)
        check(dmx_slice_eq(a->dkim[i].domain, b->dkim[i].domain) &&
              dmx_slice_eq(a->dkim[i].selector, b->dkim[i].selector));
}

static void check_event(struct dmx_event *event)
{
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, DMX_EVENT_MAX);
    struct dmx_event again;
    size_t damaged = 0;
    /* A frame of the reader's may hold what the writer would cut, or leave out when it is empty. */
    event->author = dmx_slice_upto(event->author, DMX_EVENT_TEXT);
    event->result = dmx_slice_upto(event->result, DMX_EVENT_TEXT);
    event->shadow_would_be = dmx_slice_upto(event->shadow_would_be, DMX_EVENT_TEXT);
    event->recipient_count = event->note_count = 0;
    dmx_event_put(&b, event);
    struct dmx_slice rest = dmx_builder_text(&b);
    if (rest.len > 0) {
        check(dmx_event_next(&rest, arena, &again, &damaged));
        check(rest.len == 0 && damaged == 0);
        check_same(event, &again);
    }
    dmx_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024 * 1024);
    struct dmx_slice rest = dmx_slice((const char *)data, size);
    struct dmx_event event;
    size_t damaged = 0, read = 0;
    for (size_t before = rest.len, passed = 0; arena && size && dmx_event_next(&rest, arena, &event, &damaged);
         before = rest.len, passed = damaged) {
        check(rest.len < before && damaged - passed < before - rest.len);
        read += before - rest.len - (damaged - passed);
        check_event(&event);
    }
    check(!arena || !size || read + damaged + rest.len == size);
    dmx_arena_free(&arena);
    return 0;
}
