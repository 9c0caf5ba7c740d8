/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A failure report: the whole mail from what is kept of one message (RFC 9991, RFC 6591, RFC 5965). A function of values:
 * the same capsule under the same options and key is the same mail to the last byte. Everything in the capsule is a
 * stranger's; the mail is 7 bits, its lines are short, and nothing in it ends a part but what we wrote.
 */
#ifndef DMX_REPORT_ARF_H
#define DMX_REPORT_ARF_H

#include "dmx/base/reason.h"
#include "dmx/journal/capsule.h"
#include "dmx/report/redact.h"

enum {
    DMX_ARF_MAX = 4 * 1024 * 1024, /* of a mail; one whose message grows beyond it by redaction goes without its body */
    DMX_ARF_ARENA = 64 * 1024 * 1024 /* of the arena that one is made in */
};

/* What the options say. */
struct dmx_arf_settings {
    bool whole_message;          /* failure_content: the message, not its header alone */
    bool dkim_header, dkim_body; /* failure_dkim_headers, failure_dkim_body */
    bool bulk;                   /* precedence_bulk */
    struct dmx_slice org_name, email, extra_contact;
};
struct dmx_arf_settings dmx_arf_settings_of(const struct dmx_config *config);

struct dmx_arf {
    const struct dmx_capsule *capsule;
    uint64_t incidents; /* of all capsules that this one stands for */
    struct dmx_slice recipient;
    int64_t time_s; /* Date */
    const struct dmx_arf_settings *settings;
    const struct dmx_redaction *redaction;
};

/*
 * The whole mail, with LF at the ends of lines, in the arena. DMX_INVALID: it must not be sent, and the reason says why (an
 * address that no header field can hold, a domain's name that holds an address of reserved_ips). DMX_NOMEM, DMX_LIMIT.
 */
enum dmx_status dmx_arf_make(const struct dmx_arf *arf, struct dmx_arena *arena, struct dmx_slice *out,
                             struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
