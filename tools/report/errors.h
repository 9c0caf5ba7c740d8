/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What is wrong with the record, for its owner: the error element (requirement I14). */
#ifndef DMX_REPORT_ERRORS_H
#define DMX_REPORT_ERRORS_H

#include "dmx/report/aggregate.h"

/* One element in RFC 9990, one a finding in RFC 7489; nothing when all is well. */
void errors_put(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask);

#endif
