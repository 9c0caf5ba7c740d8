/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The mail that carries a report (RFC 7489 section 7.2.1.1, RFC 9990 section 3.5.2): a few words for people, and the
 * compressed XML as an attachment. A function of values, with LF at the ends of lines as sendmail reads it.
 */
#ifndef DMX_REPORT_MESSAGE_H
#define DMX_REPORT_MESSAGE_H

#include "dmx/report/identity.h"

struct dmx_report_mail {
    const struct dmx_report_identity *identity;
    struct dmx_slice org_name, email, extra_contact; /* as in struct dmx_aggregate */
    const struct dmx_slice *to;                      /* addresses as dmx/report/authorise.h leaves them */
    size_t to_count;
    int64_t time_s;        /* Date: when the report was made, not when it is sent again */
    struct dmx_slice part; /* letters and digits that tell this mail from others with the same report, or empty */
    bool bulk;             /* Precedence: bulk */
    const struct dmx_mask *mask;
    struct dmx_slice gzip; /* the attachment */
};

/*
 * The whole message. DMX_INVALID, with nothing written: it must not be sent, and the reason says why (nobody to send it
 * to; an address that no header field can hold, or one that holds an address of reserved_ips).
 */
enum dmx_status dmx_report_mail_put(const struct dmx_report_mail *mail, struct dmx_sink sink,
                                    struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
