/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The cache as the site configured it: opened, with the administrator's pins, and in front of a resolver. */
#ifndef DMX_PIPELINE_CACHE_H
#define DMX_PIPELINE_CACHE_H

#include "dmx/dns/cached.h"
#include "dmx/dns/pins.h"
#include "dmx/psl/psl.h"
#include "dmx/site/config.h"

/* dmx_cache_open() of cache_file, with the site's limits. `cache = no` is the caller's to look at. */
enum dmx_status dmx_site_cache_open(const struct dmx_config *config, enum dmx_cache_access access,
                                    struct dmx_cache **out, struct dmx_reason *out_reason) DMX_NODISCARD;

/*
 * Makes the cache's pins those of cache_pins, unless exactly this state of the file was entered before: one stat() then.
 * A file that cannot be used is DMX_IO or DMX_INVALID with a text that names file and line, once a day; the pins stay as they
 * were. DMX_LIMIT: the cache has not room for all of them. Not for a cache that is only read.
 */
enum dmx_status dmx_site_pins_refresh(const struct dmx_config *config, struct dmx_cache *cache, int64_t now_s,
                                      struct dmx_config_error *out_error) DMX_NODISCARD;

/* Reads the pins file alone, for `dmx config test`; one that does not exist has no pins. */
enum dmx_status dmx_site_pins_read(const struct dmx_config *config, struct dmx_arena *arena, struct dmx_pins *out,
                                   struct dmx_config_error *out_error) DMX_NODISCARD;

/*
 * The cache in front of a source; psl may be NULL. Policy records of organizational domains and of public suffixes are
 * kept longest: a sender who makes up names makes neither.
 */
struct dmx_cached *dmx_site_cached_new(const struct dmx_config *config, const struct dmx_psl *psl,
                                       struct dmx_cache *cache, struct dmx_dns_source behind) DMX_NODISCARD;

#endif
