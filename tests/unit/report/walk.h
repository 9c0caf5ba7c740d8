/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A small reader of what the XML writer may write: elements, an attribute of the root, five entities, characters. */
#ifndef DMX_TESTS_REPORT_WALK_H
#define DMX_TESTS_REPORT_WALK_H

#include "dmx/base/slice.h"

/*
 * Whether the text is a well-formed document of that kind (XML 1.0 sections 2.1, 2.2, 2.3, 3.1), with elements nested at
 * most 8 deep, and every name in lower case ASCII with underscores.
 */
bool walk_is_well_formed(struct dmx_slice text);

#endif
