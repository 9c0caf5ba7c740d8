/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A report to write, with defaults that a test changes, and the writer's result in a buffer. */
#ifndef DMX_TESTS_REPORT_SAMPLE_H
#define DMX_TESTS_REPORT_SAMPLE_H

#include "dmx/report/aggregate.h"

enum { SAMPLE_BEGIN_S = 1792800000, SAMPLE_END_S = 1792886399 }; /* 2026-10-24 */

/* A report about example.com with that record, and a row of it that passed by DKIM and SPF. */
struct dmx_aggregate sample_report(enum dmx_dialect dialect, const char *record);
struct dmx_aggregate_row sample_row(const char *source);

/* An address of a text. */
struct dmx_ip sample_ip(const char *text);

/* The XML of the rows, NUL-terminated, in memory that the caller frees; every step must work. totals may be NULL. */
char *sample_write(const struct dmx_aggregate *report, const struct dmx_mask *mask,
                   const struct dmx_aggregate_row *rows, size_t count, struct dmx_aggregate_totals *totals);

#endif
