/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What dmx calls of c-ares (dmx/base/library.h). */
#ifndef DMX_DNS_ARES_LIBRARY_H
#define DMX_DNS_ARES_LIBRARY_H

/* ares_send and ares_process_fd are deprecated in 1.34, their successors are missing in 1.18. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "dmx/base/library.h"

#define ARES_FUNCTIONS(X)         \
    X(ares_init_options)          \
    X(ares_destroy)               \
    X(ares_cancel)                \
    X(ares_send)                  \
    X(ares_process_fd)            \
    X(ares_timeout)               \
    X(ares_get_servers_ports)     \
    X(ares_set_servers_ports)     \
    X(ares_set_servers_ports_csv) \
    X(ares_free_data)

struct ares_library {
    ARES_FUNCTIONS(DMX_LIBRARY_MEMBER)
};

/* NULL: the library cannot be had. */
const struct ares_library *ares_library(void) DMX_NODISCARD;

#endif
