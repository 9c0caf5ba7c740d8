/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "walk.h"

#include "dmx/base/utf8.h"

enum { DEPTH = 8 };

struct walk {
    struct dmx_slice rest;
    struct dmx_slice open[DEPTH];
    size_t depth;
};

static bool take(struct walk *w, struct dmx_slice text)
{
    if (!dmx_slice_starts(w->rest, text))
        return false;
    w->rest = dmx_slice_from(w->rest, text.len);
    return true;
}

static struct dmx_slice name(struct walk *w)
{
    size_t n = 0;
    while (n < w->rest.len && ((w->rest.ptr[n] >= 'a' && w->rest.ptr[n] <= 'z') || w->rest.ptr[n] == '_'))
        n++;
    struct dmx_slice found = dmx_slice_upto(w->rest, n);
    w->rest = dmx_slice_from(w->rest, n);
    return found;
}

static bool close_tag(struct walk *w)
{
    struct dmx_slice found = name(w);
    return w->depth > 0 && dmx_slice_eq(found, w->open[--w->depth]) && take(w, DMX_SLICE(">"));
}

static bool open_tag(struct walk *w)
{
    struct dmx_slice found = name(w);
    if (found.len == 0 || w->depth == DEPTH)
        return false;
    w->open[w->depth++] = found;
    if (w->depth == 1)
        (void)take(w, DMX_SLICE(" xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\""));
    return take(w, DMX_SLICE(">"));
}

static bool entity(struct walk *w)
{
    return take(w, DMX_SLICE("&amp;")) || take(w, DMX_SLICE("&lt;")) || take(w, DMX_SLICE("&gt;")) ||
           take(w, DMX_SLICE("&quot;")) || take(w, DMX_SLICE("&apos;"));
}

/* Char, by code point; and "]]>" may not stand in character data (section 2.4). */
static bool character(struct walk *w)
{
    size_t n = dmx_utf8_next(w->rest);
    unsigned char first = (unsigned char)w->rest.ptr[0];
    if (n == 0 || dmx_slice_starts(w->rest, DMX_SLICE("]]>")))
        return false;
    if (n == 1 && (first == '\r' || first == '\t' || first == 0x7f || (first < ' ' && first != '\n')))
        return false;
    if (dmx_slice_starts(w->rest, DMX_SLICE("\xef\xbf\xbe")) || dmx_slice_starts(w->rest, DMX_SLICE("\xef\xbf\xbf")))
        return false;
    w->rest = dmx_slice_from(w->rest, n);
    return true;
}

bool walk_is_well_formed(struct dmx_slice text)
{
    struct walk w = {.rest = text};
    if (!take(&w, DMX_SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<")) || !open_tag(&w))
        return false;
    while (w.depth > 0) {
        if (w.rest.len == 0)
            return false;
        bool good = take(&w, DMX_SLICE("</"))  ? close_tag(&w)
                    : take(&w, DMX_SLICE("<")) ? open_tag(&w)
                    : w.rest.ptr[0] == '&'     ? entity(&w)
                                               : character(&w);
        if (!good)
            return false;
    }
    return dmx_slice_eq(w.rest, DMX_SLICE("\n"));
}
