/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * One file from a server. libcurl takes much: a body cut short where the server told no length, a redirect from https to
 * ftp, a body without end. What it must not take is told to it here; what a list is, list.h and accept.h judge.
 */
#ifndef DMX_UPDATER_FETCH_H
#define DMX_UPDATER_FETCH_H

#include "about.h"
#include "dmx/base/arena.h"

struct fetch_request {
    const char *url;
    bool allow_http, allow_file; /* besides https; file never by a redirect */
    const struct about *known;   /* of the text that is there, to be asked whether it is still right; NULL: none */
};

struct fetch_reply {
    bool unchanged; /* the server says that the text that is there is right; the rest is empty */
    struct dmx_slice text;
    struct about about; /* of the text; the URL is the request's */
};

/* EXIT_OK, or EXIT_NETWORK or EXIT_REJECTED (too long, or compressed) after a complaint. The text is in the arena. */
int fetch(const struct fetch_request *request, struct dmx_arena *arena, struct fetch_reply *out);

#endif
