/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/pipeline/verdict.h"

#include "dmx/base/banned.h"

const char *dmx_disposition_word(enum dmx_disposition disposition)
{
    switch (disposition) {
    case DMX_DISPOSITION_NONE:
        return "none";
    case DMX_DISPOSITION_QUARANTINE:
        return "quarantine";
    case DMX_DISPOSITION_REJECT:
        return "reject";
    case DMX_DISPOSITION_DEFER:
        return "defer";
    case DMX_DISPOSITION_EXEMPT:
        return "exempt";
    }
    return "none";
}

const char *dmx_exempt_word(enum dmx_exempt exempt)
{
    switch (exempt) {
    case DMX_EXEMPT_NO:
        return "no";
    case DMX_EXEMPT_AUTHENTICATED:
        return "authenticated";
    case DMX_EXEMPT_TRUSTED_IP:
        return "trusted-ip";
    case DMX_EXEMPT_TRUSTED_HOST:
        return "trusted-host";
    case DMX_EXEMPT_ACL:
        return "acl";
    case DMX_EXEMPT_RECIPIENT:
        return "recipient";
    }
    return "no";
}

const char *dmx_rules_word(enum dmx_rules rules)
{
    return rules == DMX_RULES_9989 ? "rfc9989" : "rfc7489";
}
