/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What is wrong with published records, for their owners and for administrators who wonder: nothing of it changes a
 * verdict. It goes into the verbose log, `dmx check -v` and the error element of aggregate reports.
 */
#ifndef DMX_DMARC_LINT_H
#define DMX_DMARC_LINT_H

#include "dmx/dmarc/discovery.h"
#include "dmx/mail/address.h"

enum { DMX_LINT_MAX = 16 }; /* findings kept: as many as a record has known tags, and some of the whole */

struct dmx_lint {
    struct dmx_reason items[DMX_LINT_MAX]; /* details are slices of the record, or a domain: hostile */
    size_t count;
};

/* Adds what is wrong with one TXT record. Its text must outlive the findings. */
void dmx_dmarc_lint_record(struct dmx_slice text, enum dmx_rules rules, struct dmx_lint *out);

/*
 * What is wrong with the records of an author domain, the one that applies and those at the author's own name. Asks the
 * book nothing that discovery has not asked.
 */
void dmx_dmarc_lint(const struct dmx_author *author, const struct dmx_discovery *discovery, enum dmx_rules rules,
                    struct dmx_answers *book, struct dmx_lint *out);

#endif
