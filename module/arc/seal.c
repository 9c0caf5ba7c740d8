/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "seal.h"

#include "dmx/dkim/canon.h"

#include "dmx/base/banned.h"

static void put_digest(void *ctx, struct dmx_slice piece)
{
    dmx_digest_put(ctx, piece);
}

/* One field in the relaxed form, which is the only one for seals. */
static void put_field(struct dmx_digest *digest, const struct dmx_field *field, struct dmx_slice cut)
{
    struct dmx_canon_writer writer;
    dmx_canon_writer_init(&writer, (struct dmx_sink){put_digest, digest});
    dmx_canon_field(DMX_CANON_RELAXED, field, cut, &writer);
    dmx_canon_flush(&writer);
}

static void put_line(struct dmx_digest *digest, const struct dmx_field *field)
{
    put_field(digest, field, DMX_SLICE_NONE);
    dmx_digest_put(digest, DMX_SLICE("\r\n"));
}

/*
 * A set in the order of section 5.1.1: results, message signature, seal. The seal's own digest branches off before it
 * and takes it without the value of b= and without a CRLF behind it; for the seals to come it is a field like others.
 */
static bool put_set(struct dmx_digest *running, const struct dmx_message *message, const struct arc_links *links,
                    struct dmx_digest_value *out)
{
    struct dmx_digest own;
    put_line(running, &message->fields[links->results]);
    put_line(running, &message->fields[links->message]);
    dmx_digest_fork(running, &own);
    put_field(&own, &message->fields[links->seal], links->seal_signature.cut);
    put_line(running, &message->fields[links->seal]);
    return dmx_digest_end(&own, out);
}

enum dmx_status arc_seal_digests(const struct dmx_message *message, const struct arc_chain *chain,
                                 const struct dmx_budget *budget, struct dmx_digest_value *out)
{
    struct dmx_digest running;
    enum dmx_status status = DMX_OK;
    dmx_digest_init(&running, DMX_HASH_SHA256);
    for (size_t i = 0; i < chain->count && status == DMX_OK; i++) {
        if (dmx_budget_spent(budget))
            status = DMX_LIMIT;
        else if (!put_set(&running, message, &chain->links[i], &out[i]))
            status = DMX_NOMEM;
    }
    dmx_digest_deinit(&running);
    return status;
}
