/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What an ARC chain said (RFC 8617 section 4.4): a value. */
#ifndef DMX_ARC_RESULT_H
#define DMX_ARC_RESULT_H

#include "dmx/base/reason.h"
#include "dmx/mail/result.h"

/* One ARC set: who sealed it, and what he says he had seen. */
struct dmx_arc_set {
    unsigned instance;
    struct dmx_slice domain;   /* d= of the seal, normal form; empty when it could not be read */
    struct dmx_slice selector; /* s= of the seal */
    struct dmx_slice results;  /* authres-payload of the ARC-Authentication-Results: see dmx/mail/resinfo.h */
};

struct dmx_arc_result {
    enum dmx_result result;         /* none: there is no ARC field; pass; fail */
    const struct dmx_arc_set *sets; /* from instance 1 up; as far as they could be read when the result is fail */
    size_t count;
    bool has_oldest_pass;
    unsigned oldest_pass;     /* the oldest set whose message signature still holds; 0: all do (RFC 8617 section 5.2) */
    struct dmx_reason reason; /* when fail; the detail says which instance */
};

#endif
