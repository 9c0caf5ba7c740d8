/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The name servers of resolv.conf(5) as plain data, for a process that reads them once and forks often. Pure. */
#ifndef DMX_DNS_RESOLV_CONF_H
#define DMX_DNS_RESOLV_CONF_H

#include "dmx/base/builder.h"

enum {
    DMX_RESOLV_CONF_MAX = 64 * 1024, /* the file; those in use have hundreds of bytes */
    DMX_NAMESERVERS_MAX = 8 * 56, /* what is appended: 8 IPv6 addresses in full, each with brackets, port and comma */
};

/*
 * Appends the servers in the form of dmx_resolver_settings.nameservers: the first 8 of them. False: there is none, or
 * one that is no plain address (fe80::1%eth0); then c-ares is to read the file by itself, which knows more of it.
 */
bool dmx_resolv_conf_parse(struct dmx_slice text, struct dmx_builder *out) DMX_NODISCARD;

#endif
