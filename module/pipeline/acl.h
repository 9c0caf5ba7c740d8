/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the administrator's ACLs say of a message through $acl_m_dmx: WORD or WORD:reason (design section 3, step 4). */
#ifndef DMX_PIPELINE_ACL_H
#define DMX_PIPELINE_ACL_H

#include "dmx/base/slice.h"

enum acl_word { ACL_NOTHING = 0, ACL_EXEMPT, ACL_MONITOR, ACL_QUARANTINE, ACL_NOREPORT, ACL_UNKNOWN };

struct acl_order {
    enum acl_word word;
    struct dmx_slice reason; /* after the colon, or empty; of an unknown word the whole value */
};

/* An empty value is ACL_NOTHING; words are compared without case; what is unknown has no effect but is logged. */
struct acl_order acl_order_parse(struct dmx_slice value);

#endif
