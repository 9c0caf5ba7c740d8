/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "tree_walk.h"

#include "dmx/mail/domain.h"

#include "dmx/base/banned.h"

/* The last labels of a name: all of it when it has no more. */
static struct dmx_slice last_labels(struct dmx_slice name, size_t labels)
{
    for (size_t have = dmx_domain_labels(name); have > labels; have--)
        name = dmx_domain_parent(name);
    return name;
}

/* From eight labels on, what lies between the start and its last seven is skipped (requirement C2). */
size_t dmx_walk_names(struct dmx_slice start, struct dmx_slice out_names[static DMX_WALK_MAX])
{
    size_t count = 0;
    for (struct dmx_slice name = start; name.len > 0 && count < DMX_WALK_MAX; count++) {
        out_names[count] = name;
        name = last_labels(dmx_domain_parent(name), DMX_WALK_MAX - 1);
    }
    return count;
}

/* A broken record is one without psd=: somebody meant to publish here. */
static bool is_record(const struct dmx_published *found)
{
    return found->kind == DMX_PUBLISHED_RECORD || found->kind == DMX_PUBLISHED_BROKEN;
}

static enum dmx_psd psd_of(const struct dmx_published *found)
{
    return found->kind == DMX_PUBLISHED_RECORD ? found->record.psd : DMX_PSD_UNKNOWN;
}

/* Reads levels until psd= or an unknown one ends the walk; PENDING when an answer before that end is missing. */
static enum dmx_step climb(struct dmx_walk *walk, size_t names, const bool answered[static DMX_WALK_MAX])
{
    for (walk->count = 0; walk->count < names;) {
        if (!answered[walk->count])
            return DMX_PENDING;
        const struct dmx_published *found = &walk->found[walk->count++];
        if (found->kind == DMX_PUBLISHED_FAILED)
            walk->end = DMX_WALK_FAILED;
        if (found->kind == DMX_PUBLISHED_CUT)
            walk->end = DMX_WALK_CUT;
        if (walk->end != DMX_WALK_COMPLETE || psd_of(found) != DMX_PSD_UNKNOWN)
            break;
    }
    return DMX_DONE;
}

/* RFC 9989 section 4.10.2. psd= is looked for in the last level alone: it ends the walk. */
static void find_org(struct dmx_walk *walk, struct dmx_slice start)
{
    walk->org = start;
    walk->org_level = walk->psd_level = walk->count;
    for (size_t i = 0; i < walk->count; i++) {
        if (is_record(&walk->found[i])) {
            walk->org = walk->names[i];
            walk->org_level = i;
        }
    }
    size_t last = walk->count - 1;
    if (walk->count < 2 || psd_of(&walk->found[last]) != DMX_PSD_YES)
        return;
    /* One label below the public suffix, on the path to the start: a name that a long start may have skipped. */
    walk->org = last_labels(start, dmx_domain_labels(walk->names[last]) + 1);
    walk->psd_level = last;
    bool has_record = dmx_slice_eq(walk->names[last - 1], walk->org) && is_record(&walk->found[last - 1]);
    walk->org_level = has_record ? last - 1 : walk->count;
}

enum dmx_step dmx_walk_eval(struct dmx_slice start, struct dmx_answers *book, struct dmx_walk *out)
{
    bool answered[DMX_WALK_MAX] = {false};
    *out = (struct dmx_walk){.end = DMX_WALK_COMPLETE};
    size_t names = dmx_walk_names(start, out->names);
    for (size_t i = 0; i < names; i++)
        answered[i] = dmx_published_eval(out->names[i], book, &out->found[i]) == DMX_DONE;
    if (climb(out, names, answered) == DMX_PENDING)
        return DMX_PENDING;
    find_org(out, start);
    return DMX_DONE;
}
