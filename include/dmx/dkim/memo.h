/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What verifying one message needs once, whoever verifies: DKIM and ARC share it. Zeroed at first; lives in the arena. */
#ifndef DMX_DKIM_MEMO_H
#define DMX_DKIM_MEMO_H

#include <stddef.h>

struct dmx_body_request;
struct dmx_field_index;

struct dmx_verify_memo {
    struct dmx_field_index *index; /* see verify.h; made by whoever needs it first */
    const struct dmx_body_request *bodies;
    size_t body_count; /* hashes that are known already, see body_hash.h */
};

#endif
