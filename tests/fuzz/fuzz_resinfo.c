/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: mail */
#include <stdlib.h>

#include "dmx/mail/authres.h"
#include "dmx/mail/resinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/*
 * The input as the text of a sender's choice in a field that we write: whatever it is, the reader finds the result that
 * was written and no other. Only doubt is allowed: the input may hold the letters "dmarc=".
 */
static void check_written(struct dmx_slice text, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, 64 * 1024);
    struct dmx_authres ar;
    struct dmx_resinfos all;
    enum dmx_result result;
    struct dmx_slice domain;
    dmx_authres_begin(&ar, &b, DMX_SLICE("mx.example"));
    dmx_authres_method(&ar, "spf", DMX_PASS, NULL);
    dmx_authres_property(&ar, "smtp", "mailfrom", text);
    dmx_authres_comment(&ar, text);
    dmx_authres_method(&ar, "dmarc", DMX_FAIL, NULL);
    dmx_authres_property(&ar, "header", "from", DMX_SLICE("author.example"));
    dmx_authres_comment(&ar, text);
    dmx_authres_end(&ar);
    struct dmx_slice field = dmx_builder_text(&b);
    struct dmx_slice payload = dmx_slice_from(field, dmx_slice_find(field, ':') + 1);
    check(dmx_resinfos_parse(payload, arena, &all) && all.count == 2);
    if (dmx_resinfos_dmarc(payload, arena, &result, &domain))
        check(result == DMX_FAIL && dmx_slice_eq(domain, DMX_SLICE("author.example")));
}

/* The input as a payload, and as text inside one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024 * 1024);
    const struct dmx_slice text = dmx_slice((const char *)data, size);
    struct dmx_slice position, payload, domain;
    struct dmx_resinfos all;
    enum dmx_result result;
    bool read = dmx_resinfos_parse(text, arena, &all);
    bool claimed = dmx_resinfos_dmarc(text, arena, &result, &domain);
    check(!read || all.authserv_id.len > 0);
    check(!claimed || (read && all.count > 0 && domain.len > 0));
    if (dmx_arc_info_split(text, &position, &payload))
        check(payload.len < text.len && dmx_slice_ends_nocase(text, payload));
    check_written(text, arena);
    dmx_arena_free(&arena);
    return 0;
}
