/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One row as a record element. */
#ifndef DMX_REPORT_RECORD_H
#define DMX_REPORT_RECORD_H

#include "dmx/report/aggregate.h"
#include "xml.h"

enum {
    RECORD_REASONS = 16,  /* of a row: one is the rule */
    RECORD_OVERHEAD = 80, /* tags, blanks and a word of a line */
    /* Signatures of three lines of text and one word, reasons of two, and some twenty lines more. */
    RECORD_MAX = (DMX_AGGREGATE_DKIM * (2 * XML_NAME_MAX + XML_TEXT_MAX) + RECORD_REASONS * 2 * XML_TEXT_MAX +
                  4 * XML_NAME_MAX + XML_TEXT_MAX) *
                     XML_GROWTH +
                 (DMX_AGGREGATE_DKIM * 6 + RECORD_REASONS * 4 + 24) * RECORD_OVERHEAD,
};

/*
 * The record up to its count and what comes after it, so that equal ones can be told and counted together. Returns
 * whether the mask hid something. signatures: at most so many.
 */
bool record_put_head(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask,
                     const struct dmx_aggregate_row *row);
bool record_put_tail(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask,
                     const struct dmx_aggregate_row *row, size_t signatures);

#endif
