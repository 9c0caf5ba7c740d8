/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * By what a report is known: Report-ID, name of the file, Subject (RFC 7489 section 7.2.1.1, RFC 9990 section 3.5).
 * Functions of values: the same report has the same names whenever and however often it is sent (requirement J5).
 */
#ifndef DMX_REPORT_IDENTITY_H
#define DMX_REPORT_IDENTITY_H

#include "dmx/report/aggregate.h"

enum {
    DMX_UNIQUE_LEN = 16,     /* letters and digits of a unique-id */
    DMX_IDENTITY_MAX = 1000, /* room that any of the texts below fits into */
};

struct dmx_report_identity {
    struct dmx_slice policy_domain; /* in normal form */
    struct dmx_slice receiver;      /* the domain of report_email, in lower case */
    int64_t begin_s, end_s;
    struct dmx_slice unique; /* ALPHA and DIGIT only (requirement J2) */
};

/*
 * A unique-id: 16 hexadecimal digits that follow from what the report is about. generation counts reports about the same
 * domain, record and day (rows that came in after the first was made): each has rows of its own, and so an id of its own. The dialect
 * has no say: the rows are the same.
 */
void dmx_put_report_unique(struct dmx_builder *out, const struct dmx_aggregate *report, uint64_t generation);

/* ridtxt = dot-atom-text "@" dot-atom-text (requirement J4), here BEGIN "." UNIQUE "@" RECEIVER. */
void dmx_put_report_id(struct dmx_builder *out, const struct dmx_report_identity *identity);

/* filename = receiver "!" policy-domain "!" begin "!" end "!" unique-id ".xml.gz" */
void dmx_put_report_filename(struct dmx_builder *out, const struct dmx_report_identity *identity);

/*
 * Report Domain: POLICY-DOMAIN Submitter: RECEIVER Report-ID: <RIDTXT>
 * With a line end and a blank before "Submitter:" and "Report-ID:" where the line would be over 78 bytes with the name of
 * the field, which is not written (RFC 5322 section 2.1.1); a single domain may be longer than that.
 */
void dmx_put_report_subject(struct dmx_builder *out, const struct dmx_report_identity *identity);

#endif
