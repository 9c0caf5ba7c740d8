/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The SMTP session and the spooled body as the pipeline takes them. */
#ifndef DMX_EXIM_SESSION_H
#define DMX_EXIM_SESSION_H

#include <sys/types.h>

#include "dmx/pipeline/pipeline.h"

/*
 * Whether a network client sent this. Local submission is let through before anything is opened: such a process runs
 * under limits that its user chose. A client whose address was withheld (XCLIENT) still has an interface.
 */
bool dmx_session_has_client(void);

/* Fills the envelope; its texts are Exim's or the arena's. DMX_NOMEM. */
enum dmx_status dmx_session_envelope(const struct dmx_config *config, struct dmx_arena *arena,
                                     struct dmx_envelope *out) DMX_NODISCARD;

/*
 * The body behind Exim's spool descriptor. It is only ever read by pread, never closed and never duplicated: closing
 * any duplicate would drop the lock by which Exim owns the message.
 */
struct dmx_spool {
    int fd;
    off_t start; /* where Exim left the descriptor: the body's first byte, whatever the version's id length */
};

/* The body in either spool form. spool must outlive it. DMX_IO. */
enum dmx_status dmx_spool_body(struct dmx_spool *spool, struct dmx_body *out) DMX_NODISCARD;

#endif
