/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What the environment answered. Never a verdict (those are data: pass, fail, permerror, see mail/result.h) and never
 * a bug (see invariant.h).
 */
#ifndef DMX_BASE_STATUS_H
#define DMX_BASE_STATUS_H

enum dmx_status {
    DMX_OK = 0,
    DMX_NOMEM,   /* no memory, or the arena's cap is reached */
    DMX_LIMIT,   /* a named limit of ours is reached */
    DMX_IO,      /* a file or socket could not be used; the reason says which */
    DMX_INVALID, /* the text that was to be read is not of its grammar; the reason says where */
};

/*
 * How far an evaluation got that needs answers from DNS. PENDING: it has put its questions into the answer book and
 * wants to be called again when they are answered; nothing of its output may be used yet.
 */
enum dmx_step { DMX_DONE = 0, DMX_PENDING };

/* Everything that can fail is marked so; a result that is thrown away is a compile error. */
#define DMX_NODISCARD __attribute__((warn_unused_result))

/* The name of a status, for logs: a static string, never NULL. */
const char *dmx_status_name(enum dmx_status status);

#endif
