/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "scene.h"

#include "dmx/base/banned.h"

enum { MAX_COMMENT = 400, MAX_DETAIL = 255 };

void scene_override(const struct scene *scene, const char *type, const char *comment)
{
    scene->verdict->override = (struct dmx_override){type, dmx_slice_cstr(comment)};
}

void scene_override_about(const struct scene *scene, const char *type, const char *comment, struct dmx_slice detail)
{
    struct dmx_builder b = dmx_builder_arena(scene->arena, MAX_COMMENT);
    scene_override(scene, type, comment);
    dmx_put_cstr(&b, comment);
    dmx_put_cstr(&b, ": ");
    dmx_put(&b, dmx_slice_upto(detail, MAX_DETAIL));
    struct dmx_slice text = dmx_builder_text(&b);
    if (text.len && detail.len)
        scene->verdict->override.comment = text;
}

struct dmx_slice scene_proven_domain(const struct scene *scene,
                                     bool (*is_member)(const struct scene *scene, struct dmx_slice domain))
{
    const struct dmx_verdict *verdict = scene->verdict;
    const struct dmx_spf_result *spf = &verdict->spf;
    /* The domain of a null sender is the one of HELO (RFC 7208 section 2.4). */
    if (spf->result == DMX_PASS && spf->identity == DMX_SPF_MAILFROM && !verdict->null_sender &&
        is_member(scene, spf->domain))
        return spf->domain;
    for (size_t i = 0; i < verdict->dkim_count; i++)
        if (verdict->dkim[i].result == DMX_PASS && is_member(scene, verdict->dkim[i].domain))
            return verdict->dkim[i].domain;
    return DMX_SLICE_NONE;
}
