/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: spf */
#include <stdlib.h>
#include <string.h>

#include "../../module/spf/check.h"

enum { SCRATCH = 8 * 1024 * 1024, MOST_BYTES = 16 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dmx_slice ours = DMX_SLICE_INIT(" +-~?:/.0123456789abcdefghijklmnopqrstuvwxyz");

/* What libspf2 is given: our own words, and nothing that it could refuse. */
static void check_piece(struct dmx_slice piece)
{
    struct dmx_slice rest = piece, word;
    if (!dmx_slice_starts(piece, DMX_SLICE("v=spf1 ")))
        abort();
    for (size_t i = 6; i < piece.len; i++)
        if (dmx_slice_find(ours, piece.ptr[i]) == ours.len)
            abort();
    while (dmx_slice_split(&rest, ' ', &word))
        if (word.len > 255)
            abort();
}

static enum dmx_spf_found find_nothing(void *ctx, const char *name, uint16_t type, struct dmx_spf_hosts *out)
{
    (void)ctx;
    (void)type;
    (void)out;
    if (!strstr(name, ".dmx.invalid") && !strstr(name, ".in-addr.arpa"))
        abort();
    return SPF_NOTHING;
}

static bool include_nothing(void *ctx, const char *name, enum dmx_result *out)
{
    (void)ctx;
    (void)name;
    *out = DMX_NEUTRAL;
    return true;
}

/* The input is a record behind its version. Whatever is read must be walkable, and libspf2 must take each piece. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[6 + MOST_BYTES] = "v=spf1";
    struct dmx_spf_record record;
    struct dmx_spf_fault fault = {0};
    size = size < MOST_BYTES ? size : MOST_BYTES;
    if (size > 0)
        memcpy(text + 6, data, size);
    if (!dmx_spf_record_parse(dmx_slice(text, 6 + size), &record, &fault)) {
        if (fault.why == SPF_FINE || fault.term.len == 0 || text + fault.offset != fault.term.ptr)
            abort();
        return 0;
    }
    struct dmx_spf_check check = {.scratch = dmx_arena_new(SCRATCH), .values = {.client = {.family = DMX_IP_V4}}};
    struct dmx_spf_hooks hooks = {.lookup = find_nothing, .include = include_nothing};
    struct dmx_spf_library *library = dmx_spf_library_new(&hooks, &check.values.client);
    struct dmx_slice rest = record.terms;
    for (;;) {
        char piece[SPF_PIECE_TEXT];
        struct dmx_builder b = dmx_builder_fixed(piece, sizeof piece);
        enum dmx_result result;
        if (!library || !dmx_spf_next_piece(&check, &rest, DMX_SLICE("example.com"), &b) ||
            dmx_arena_failed(check.scratch))
            break;
        check_piece(dmx_builder_text(&b));
        if (dmx_spf_library_run(library, piece, &result) == SPF_RUN_FAILED)
            abort();
    }
    dmx_spf_library_free(&library);
    dmx_arena_free(&check.scratch);
    return 0;
}
