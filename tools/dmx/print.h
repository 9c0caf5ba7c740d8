/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A verdict shown: as JSON (design section 6), or as text for people. */
#ifndef DMX_TOOLS_PRINT_H
#define DMX_TOOLS_PRINT_H

#include <stdio.h>

#include "dmx/pipeline/pipeline.h"

void print_json(FILE *to, const struct dmx_verdict *verdict);
void print_json_spf(FILE *to, const struct dmx_spf_result *spf);

/* A short verdict; verbose explains each step with its RFC section. */
void print_text(FILE *to, const struct dmx_verdict *verdict, bool verbose);
void print_text_spf(FILE *to, const struct dmx_spf_result *spf, bool verbose);

#endif
