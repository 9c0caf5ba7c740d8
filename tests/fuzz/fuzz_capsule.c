/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: journal */
/*
 * A file of any bytes, and one whose head and checksum are right over any payload: what is read is written, and reads
 * back the same.
 */
#include <stdlib.h>
#include <string.h>

#include "dmx/base/crc.h"
#include "dmx/journal/capsule.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_same(const struct dmx_capsule *a, const struct dmx_capsule *b)
{
    check(memcmp(a->id, b->id, sizeof a->id) == 0 && a->conditions == b->conditions && a->incidents == b->incidents);
    check(a->event.time_s == b->event.time_s && a->event.dkim_count == b->event.dkim_count);
    check(dmx_slice_eq(dmx_slice_upto(a->helo, DMX_CAPSULE_TEXT), b->helo));
    check(dmx_slice_eq(dmx_slice_upto(a->mail_from, DMX_CAPSULE_TEXT), b->mail_from));
    check(a->has_mail_from == b->has_mail_from && a->body_size == b->body_size);
    check(a->body_wire_form == b->body_wire_form && (b->header_cut || dmx_slice_eq(a->header, b->header)));
    check(dmx_slice_starts(a->header, b->header));
    check(dmx_slice_eq(dmx_slice_upto(a->body, DMX_CAPSULE_BODY), b->body));
    for (size_t i = 0; i < DMX_EVENT_DKIM; i++)
        check(dmx_slice_eq(dmx_slice_upto(a->dkim_identities[i], UINT8_MAX), b->dkim_identities[i]));
}

static void read_one(struct dmx_slice bytes)
{
    struct dmx_arena *arena = dmx_arena_new(8 * 1024 * 1024);
    struct dmx_capsule capsule, again;
    const char *why = NULL;
    enum dmx_status status = arena ? dmx_capsule_get(bytes, arena, &capsule, &why) : DMX_NOMEM;
    check(status == DMX_OK || why || !arena);
    if (status == DMX_OK) {
        struct dmx_builder b = dmx_builder_arena(arena, DMX_CAPSULE_MAX);
        dmx_capsule_put(&b, &capsule);
        struct dmx_slice file = dmx_builder_text(&b);
        /* An event whose signatures hold more than dmx writes may be too long for its frame. */
        if (file.len > 0) {
            check(dmx_capsule_get(file, arena, &again, &why) == DMX_OK);
            check_same(&capsule, &again);
        }
    }
    dmx_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_slice bytes = dmx_slice((const char *)data, size);
    if (size == 0 || size > DMX_CAPSULE_MAX)
        return 0;
    read_one(bytes);
    char *sealed = malloc(size + 13);
    struct dmx_builder b = dmx_builder_fixed(sealed, sealed ? size + 13 : 1);
    dmx_put_cstr(&b, "DMXF");
    dmx_put_be32(&b, (uint32_t)size);
    dmx_put(&b, bytes);
    if (!b.failed)
        dmx_put_be32(&b, dmx_crc32(0, dmx_slice(sealed + 4, size + 4)));
    if (!b.failed)
        read_one(dmx_slice(sealed, size + 12));
    free(sealed);
    return 0;
}
