/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Which of the two suffix lists is in force: the site's, else Debian's. One rule for the module and the command line. */
#ifndef DMX_PSL_CHOICE_H
#define DMX_PSL_CHOICE_H

#include <stdbool.h>

#include "dmx/psl/psl.h"

/* The list of Debian's package publicsuffix. */
#define DMX_PSL_DEBIAN "/usr/share/publicsuffix/public_suffix_list.dafsa"

struct dmx_psl_choice {
    struct dmx_psl *psl;        /* NULL: neither can be used. The caller frees it */
    const char *path;           /* of psl; one of the two that were given */
    bool own_missing;           /* the site's list is not there, which is no mistake where nobody named it */
    struct dmx_reason own;      /* what is wrong with the site's list, missing included; token NULL: nothing */
    struct dmx_reason fallback; /* what is wrong with the other one; token NULL: nothing, or it was not needed */
};

/* Loads `own`, or `fallback` where that cannot be used. Both are texts that outlive *out; own may be NULL. */
void dmx_psl_choose(const char *own, const char *fallback, struct dmx_psl_choice *out);

#endif
