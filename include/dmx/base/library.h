/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Libraries that dmx.so loads when they are first called, and not with itself. Exim loads the module anew in each
 * connection's process, and every name that is to be bound is looked for in the forty libraries of Exim's: c-ares costs
 * 0.1 ms that way, and a warm cache asks DNS nothing; an OpenSSL that Exim has not got costs 0.6 ms, and mail without a signature
 * needs none.
 *
 * For each such library a header (module/dns/ares_library.h is one) lists its functions and declares who gives them.
 * NAME_library.c links the library, for tools, tests and an Exim that is built with dmx inside; NAME_late.c loads it,
 * for dmx.so alone, where it takes the other's place. None of these libraries does more in a constructor than look at
 * the processor, and none is unloaded.
 */
#ifndef DMX_BASE_LIBRARY_H
#define DMX_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "dmx/base/status.h"

/* What to make of a list F that is F(X) for X(function) X(function)...: members, their values, their names. */
#define DMX_LIBRARY_MEMBER(function) __typeof__(function) *function;
#define DMX_LIBRARY_VALUE(function)  .function = function,
#define DMX_LIBRARY_NAME(function)   #function,

struct dmx_library {
    const char *file;         /* as ld.so knows it */
    const char *const *names; /* of count functions */
    size_t count;
    void *functions; /* a struct of as many pointers, in the same order */
    bool tried, ready;
};

/* Loads the library at the first call. False: it cannot be had, and dmx_library_trouble says why. */
bool dmx_library_load(struct dmx_library *library) DMX_NODISCARD;

/* Why the first library that this process could not load cannot be had, once; NULL: nothing new. */
const char *dmx_library_trouble(void) DMX_NODISCARD;

#endif
