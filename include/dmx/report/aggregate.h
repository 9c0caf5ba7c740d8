/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * One aggregate report as values, and the writer that makes XML of it row by row: a report of 100,000 rows takes no more
 * memory than one of ten. Pure but for the memory of the writer. Texts may hold anything: the writer clips them, leaves
 * only what XML 1.0 allows, and masks addresses in them (dmx/report/mask.h).
 */
#ifndef DMX_REPORT_AGGREGATE_H
#define DMX_REPORT_AGGREGATE_H

#include "dmx/base/ip.h"
#include "dmx/base/reason.h"
#include "dmx/dmarc/discovery.h"
#include "dmx/report/mask.h"
#include "dmx/report/sink.h"

/* RFC 7489 Appendix C and RFC 9990 Appendix A: two vocabularies for the same thing. */
enum dmx_dialect { DMX_DIALECT_RFC7489 = 0, DMX_DIALECT_RFC9990 };

enum {
    DMX_AGGREGATE_DKIM = 100, /* RFC 9990 section 3.1.1.13: signatures of a row */
    /* Signatures over so many of a row, in the whole report: a forger's mail has a hundred of random names, and a thousand
       of those would make the report of the domain that is forged too large for everybody. */
    DMX_AGGREGATE_DKIM_FEW = 4,
    DMX_AGGREGATE_DKIM_OVER = 10000,
};

/* The policy that the rows were judged by: one domain and one record a report (requirements H4, H5). */
struct dmx_policy_published {
    struct dmx_slice domain; /* where the record stands, in normal form */
    struct dmx_dmarc_record record;
    enum dmx_rules rules; /* by which it was found: discovery_method */
};

/* As the journal keeps a record, in words. A record that does not parse any more, cut as it is, has the defaults. */
void dmx_policy_published_of(struct dmx_slice domain, struct dmx_slice record, struct dmx_slice rules,
                             struct dmx_policy_published *out);

struct dmx_aggregate {
    enum dmx_dialect dialect;
    struct dmx_slice org_name, email; /* never empty in a report that is sent */
    struct dmx_slice extra_contact;   /* or empty */
    struct dmx_slice report_id;       /* dmx/report/identity.h makes it */
    int64_t begin_s, end_s;           /* the period's first and last second: a UTC day (requirement H8) */
    const struct dmx_slice *notes;    /* words of dmx/dmarc/lint.h: what is wrong with the record */
    size_t note_count;
    struct dmx_policy_published policy;
};

struct dmx_aggregate_reason {
    struct dmx_slice type;    /* "local_policy", …; what a dialect lacks becomes "other" */
    struct dmx_slice comment; /* or empty */
};

struct dmx_aggregate_dkim {
    struct dmx_slice domain, selector, result; /* result: a word of RFC 8601 */
    struct dmx_slice human_result;             /* or empty */
};

/* What equal messages have in common. Words are those of the journal. */
struct dmx_aggregate_row {
    struct dmx_ip source; /* DMX_IP_NONE: not known, and left out of the report */
    uint64_t count;
    struct dmx_slice disposition; /* what was done: "none", "quarantine", "reject"; others become "none" */
    enum dmx_policy policy;       /* what applied, after sp, np and t */
    bool dkim_aligned, spf_aligned;
    const struct dmx_aggregate_reason *reasons;
    size_t reason_count;
    struct dmx_slice header_from;
    struct dmx_slice envelope_from; /* domain of MAIL FROM; empty for the null sender. The recipients never */
    const struct dmx_aggregate_dkim *dkim;
    size_t dkim_count;
    struct dmx_slice spf_domain, spf_result; /* raw; an empty domain: none was looked at */
    struct dmx_slice spf_human_result;       /* or empty */
    bool spf_of_helo;                        /* the null sender's: postmaster@HELO */
};

struct dmx_aggregate_writer;

/*
 * Begins a report: everything up to the rows goes to the sink. The report, the mask and the sink's context must outlive
 * the writer, which the caller frees. DMX_INVALID: such a report must not be sent, and the reason says why (a field that
 * must not be empty is; the policy domain's name holds an address that is to be masked). Else what the sink answered.
 */
enum dmx_status dmx_aggregate_begin(const struct dmx_aggregate *report, const struct dmx_mask *mask,
                                    struct dmx_sink sink, struct dmx_aggregate_writer **out,
                                    struct dmx_reason *out_reason) DMX_NODISCARD;

/*
 * One record. The order of a row's signatures does not matter: they are written by priority, at most DMX_AGGREGATE_DKIM,
 * and only DMX_AGGREGATE_DKIM_FEW once the report has had DMX_AGGREGATE_DKIM_OVER beyond those.
 * Rows that masking has made equal are counted together where there are not too many of them.
 */
enum dmx_status dmx_aggregate_put_row(struct dmx_aggregate_writer *writer,
                                      const struct dmx_aggregate_row *row) DMX_NODISCARD;

/* What went into a report. A report with no record is none (requirement I2): it must not be sent. */
struct dmx_aggregate_totals {
    uint64_t records;
    uint64_t messages; /* the sum of the records' counts */
    uint64_t left_out; /* messages of rows that mask_in_xml = omit, or an unknown source, kept out */
};

enum dmx_status dmx_aggregate_end(struct dmx_aggregate_writer *writer, struct dmx_aggregate_totals *out) DMX_NODISCARD;

/* Also of a writer that failed; a NULL *writer is fine. */
void dmx_aggregate_free(struct dmx_aggregate_writer **writer);

#endif
