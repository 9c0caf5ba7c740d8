/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "published.h"

#include "dmx/base/banned.h"

static void set(struct dmx_published *out, enum dmx_published_kind kind, struct dmx_reason reason)
{
    out->kind = kind;
    out->reason = reason;
}

/* Whatever else stands there as TXT is as good as absent (requirements B1, B3); a broken record still is one. */
static void weed(struct dmx_slice name, const struct dmx_answer *answer, struct dmx_published *out)
{
    size_t found = 0;
    for (size_t i = 0; i < answer->count && found < 2; i++) {
        struct dmx_dmarc_record record;
        struct dmx_reason reason;
        enum dmx_record_kind kind = dmx_dmarc_record_parse(answer->rrs[i].data.text, &record, &reason);
        if (kind == DMX_RECORD_OTHER || ++found > 1)
            continue;
        set(out, kind == DMX_RECORD_DMARC ? DMX_PUBLISHED_RECORD : DMX_PUBLISHED_BROKEN, reason);
        out->record = record;
    }
    if (found > 1)
        set(out, DMX_PUBLISHED_SEVERAL,
            DMX_REASON_ABOUT("several-records", "more than one DMARC record stands at one name", NULL, name));
}

enum dmx_step dmx_published_eval(struct dmx_slice name, struct dmx_answers *book, struct dmx_published *out)
{
    const struct dmx_answer *answer = dmx_answers_ask_text(book, DMX_SLICE("_dmarc"), name, DMX_RR_TXT);
    if (!answer)
        return DMX_PENDING;
    *out = (struct dmx_published){
        .reason = DMX_REASON_ABOUT("no-record", "no DMARC record is published", NULL, name),
    };
    switch (answer->status) {
    case DMX_DNS_OK:
        out->name_exists = true;
        weed(name, answer, out);
        break;
    case DMX_DNS_NODATA:
        out->name_exists = true;
        break;
    case DMX_DNS_NXDOMAIN:
        break;
    case DMX_DNS_SERVFAIL:
    case DMX_DNS_TIMEOUT:
    case DMX_DNS_REFUSED:
    case DMX_DNS_MALFORMED:
        set(out, DMX_PUBLISHED_FAILED,
            DMX_REASON_ABOUT("policy-lookup-failed", "the lookup of the DMARC record failed", NULL, name));
        break;
    case DMX_DNS_CUT:
        set(out, DMX_PUBLISHED_CUT,
            DMX_REASON_ABOUT("policy-lookup-cut", "a limit or the deadline cut the lookup of the DMARC record", NULL,
                             name));
        break;
    }
    return DMX_DONE;
}
