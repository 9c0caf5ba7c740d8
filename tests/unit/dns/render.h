/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* An answer as one line of text, so that tests can say what they want in words. */
#ifndef DMX_TESTS_DNS_RENDER_H
#define DMX_TESTS_DNS_RENDER_H

#include "dmx/dns/answer.h"
#include "suite.h"

/* "ok 300 | A 192.0.2.1 | A 192.0.2.2", "nxdomain 300", "timeout 0". Lives in the arena. */
struct dmx_slice render(const struct dmx_answer *answer, struct dmx_arena *arena);

#endif
