/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dmarc */
/* One TXT record: what comes out lies inside it and is of its range; its report addresses are fit for mail. */
#include <stdlib.h>
#include <string.h>

#include "dmx/dmarc/record.h"
#include "dmx/dmarc/uri.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool is_inside(struct dmx_slice part, struct dmx_slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* Returns how many URIs there are. */
static size_t check_uris(struct dmx_slice list)
{
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    struct dmx_slice rest = list, address;
    struct dmx_report_uri uri;
    size_t count = 0;
    for (; dmx_report_uri_next(&rest, &uri); count++) {
        check(is_inside(uri.text, list) && is_inside(uri.size, list) && is_inside(uri.recipient, uri.text));
        if (!dmx_report_uri_address(&uri, arena, &address))
            continue;
        check(address.len >= 3 && dmx_slice_find(address, '@') < address.len);
        for (size_t i = 0; i < address.len; i++)
            check(address.ptr[i] > ' ' && address.ptr[i] < 0x7f);
    }
    dmx_arena_free(&arena);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_slice text = dmx_slice((const char *)data, size);
    struct dmx_dmarc_record record;
    struct dmx_reason reason;
    enum dmx_record_kind kind = dmx_dmarc_record_parse(text, &record, &reason);
    check((kind == DMX_RECORD_BROKEN) == (reason.token != NULL));
    if (kind != DMX_RECORD_DMARC)
        return 0;
    check(size >= 8 && size <= DMX_DMARC_MAX_RECORD && (data[0] | 0x20) == 'v');
    check(record.pct <= 100 && record.p <= DMX_POLICY_REJECT && record.np <= DMX_POLICY_REJECT);
    check(record.p_state == DMX_TAG_VALID || record.p == DMX_POLICY_NONE);
    check(record.sp_state == DMX_TAG_VALID || record.sp == record.p);
    check(record.np_state == DMX_TAG_VALID || record.np == record.sp);
    check(is_inside(record.rua, text) && is_inside(record.ruf, text) && is_inside(record.fo, text));
    check(record.has_rua_uri == (check_uris(record.rua) > 0));
    check_uris(record.ruf);
    return 0;
}
