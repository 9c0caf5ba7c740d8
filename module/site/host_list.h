/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Exim's host lists, as far as we can see without Exim that one cannot mean what its writer meant. */
#ifndef DMX_SITE_HOST_LIST_H
#define DMX_SITE_HOST_LIST_H

#include "dmx/base/slice.h"

/* What is wrong with the list, a static sentence; NULL: nothing that shows. */
const char *dmx_host_list_mistake(struct dmx_slice list);

#endif
