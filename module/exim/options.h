/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The module's options in Exim's own configuration, in the section `begin local_scan`. Exim has such a section only when
 * the module is compiled into it; a module that is loaded finds none, and then nothing here does anything.
 */
#ifndef DMX_EXIM_OPTIONS_H
#define DMX_EXIM_OPTIONS_H

#include <stdbool.h>

#include "dmx/site/config.h"

/* Whether this Exim can have such a section; the file that is read below it may then be missing. */
bool dmx_options_are_exims(void);

/* Sets, on top of what *config holds, every option that the section names. As dmx_config_set; the error says where. */
enum dmx_status dmx_options_apply(struct dmx_config *config, struct dmx_config_error *out_error) DMX_NODISCARD;

#endif
