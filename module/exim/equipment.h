/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What judging needs besides the configuration and can be had before a fork: plain data and libraries made ready. No
 * resolver channel, query id or draw is among it; those are made by the process that judges. A map of a shared file,
 * such as the cache's, belongs here: children inherit it as it is.
 */
#ifndef DMX_EXIM_EQUIPMENT_H
#define DMX_EXIM_EQUIPMENT_H

#include "dmx/dns/resolv_conf.h"
#include "dmx/psl/psl.h"
#include "dmx/site/config.h"

struct dmx_equipment {
    struct dmx_psl *psl;           /* NULL: none can be had */
    bool psl_is_own;               /* the site's, not Debian's */
    char psl_trouble[320];         /* what is wrong with the site's list; empty: nothing */
    struct dmx_stamp psl_files[2]; /* the site's and Debian's */
    struct dmx_slice nameservers;  /* for the resolver: the option's, or from resolv.conf. Empty: c-ares reads that */
    struct dmx_stamp resolv_conf;  /* without a path where the option holds */
    char servers[DMX_NAMESERVERS_MAX + 1];
};

/*
 * Gets what the configuration asks for, in place of what *equipment holds (all zero at first); the configuration must
 * outlive it. A suffix list that turned out damaged does not take the place of a good one of before. What is wrong is
 * said in the main log; nothing of it ends anything.
 */
void dmx_equipment_load(struct dmx_equipment *equipment, const struct dmx_config *config);

/* Whether a file of it is no longer as it was. */
bool dmx_equipment_is_stale(const struct dmx_equipment *equipment);

#endif
