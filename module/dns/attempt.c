/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "attempt.h"

#include <sys/random.h>

#include "dmx/base/banned.h"

enum {
    /* Where a server refuses EDNS, c-ares 1.18 takes no more than this of later replies by UDP, and cuts the rest off. */
    CUT_BYTES = 512,
};

bool dmx_attempt_put(struct dmx_attempt *attempt, const struct dmx_question *question,
                     const struct dmx_manners *manners, struct dmx_builder *out)
{
    struct {
        uint64_t case_bits;
        uint16_t id;
    } drawn;
    /* Never waits: the kernel's generator is ready long before a mail server runs. */
    if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) != (ssize_t)sizeof drawn)
        return false;
    attempt->id = drawn.id;
    attempt->case_bits = manners->other_letters || attempt->plain ? 0 : drawn.case_bits;
    attempt->no_edns = attempt->no_edns || manners->no_edns;
    dmx_put_query(out, question, attempt->id, attempt->case_bits, attempt->no_edns ? DMX_NO_EDNS : DMX_EDNS);
    return true;
}

/* RFC 1035 section 4.1.1: the TC bit. */
static bool is_truncated(struct dmx_slice reply)
{
    return reply.len == CUT_BYTES || (reply.len > 2 && (reply.ptr[2] & 0x02));
}

static enum dmx_next by_tcp(struct dmx_attempt *attempt)
{
    attempt->tcp = true;
    return DMX_NEXT_AGAIN;
}

/* A failure is final, but where TCP was to settle a doubt and could not: then letters as given are the last resort. */
static enum dmx_next judge_failure(struct dmx_attempt *attempt)
{
    if (!attempt->tcp || !attempt->doubted || attempt->plain)
        return DMX_NEXT_TAKE;
    attempt->plain = true;
    attempt->tcp = false;
    return DMX_NEXT_AGAIN;
}

enum dmx_next dmx_attempt_judge(struct dmx_attempt *attempt, const struct dmx_question *question,
                                struct dmx_slice reply, struct dmx_manners *manners)
{
    if (!reply.ptr)
        return judge_failure(attempt);
    bool same_letters = dmx_packet_has_letters(reply, question, attempt->case_bits);
    if (!attempt->tcp && attempt->case_bits && !same_letters) {
        attempt->doubted = true;
        return by_tcp(attempt);
    }
    if (!attempt->tcp && is_truncated(reply))
        return by_tcp(attempt);
    if (attempt->doubted && (attempt->plain || !same_letters))
        manners->other_letters = true;
    if (!dmx_packet_refuses_edns(reply)) {
        manners->no_edns = manners->no_edns || attempt->no_edns;
        return DMX_NEXT_TAKE;
    }
    if (attempt->no_edns)
        return DMX_NEXT_TAKE;
    attempt->no_edns = true;
    return DMX_NEXT_AGAIN;
}
