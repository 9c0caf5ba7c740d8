/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Where the report store is, as report_store says it: sqlite:PATH, or postgresql:CONNINFO in which there may be a password. */
#ifndef DMX_SITE_LOCATION_H
#define DMX_SITE_LOCATION_H

#include "dmx/base/builder.h"

#define DMX_LOCATION_SQLITE     "sqlite:"
#define DMX_LOCATION_POSTGRESQL "postgresql:"

bool dmx_location_is_sqlite(struct dmx_slice location);
bool dmx_location_is_postgresql(struct dmx_slice location);

/*
 * For people, each password in it replaced by ***: of postgresql://USER:PASSWORD@HOST, and the values of keywords that are
 * called password or secret. What is not well-formed is rather hidden too much than too little. Not escaped.
 */
void dmx_put_location(struct dmx_builder *out, struct dmx_slice location);

#endif
