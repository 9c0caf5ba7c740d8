/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Whether a list that has been read may take the place of the installed one. Pure. */
#ifndef DMX_UPDATER_ACCEPT_H
#define DMX_UPDATER_ACCEPT_H

#include "list.h"

enum {
    DMX_ACCEPT_MIN_RULES = 6000,    /* the list has had more since 2014, and 9300 in 2023 */
    DMX_ACCEPT_SHRINK_PERCENT = 10, /* fewer rules than the installed list has */
    DMX_ACCEPT_GROW_PERCENT = 30,   /* more */
    DMX_ACCEPT_LOST_PERCENT = 20, /* rules of the installed list that the new one lacks, whatever came in their place */
    DMX_ACCEPT_LOST_DEBIAN = 40,  /* the same of Debian's copy */
    DMX_ACCEPT_GROW_DEBIAN = 100, /* more than Debian's copy, which may be some years old */
    DMX_ACCEPT_FROZEN_S = 90 * 24 * 60 * 60, /* the list changes each week: somebody holds back a newer one */
    DMX_ACCEPT_MAX_WARNINGS = 4,
    DMX_ACCEPT_FUTURE_S = 24 * 60 * 60, /* by which a VERSION may lie ahead of our clock */
};

struct dmx_accept_limits {
    int64_t now_s;            /* 0: there is no clock, any VERSION may be right */
    size_t min_rules;         /* 0 stands for DMX_ACCEPT_MIN_RULES */
    bool allow_older;         /* a VERSION older than the installed one is no hindrance but a warning */
    bool installed_is_debian; /* the list to compare with is Debian's copy, not one of ours */
};

/* Whether there must be a newer list by now. version_s: 0 for none, of which nobody knows. */
static inline bool dmx_list_is_frozen(int64_t version_s, int64_t now_s)
{
    return version_s > 0 && now_s > version_s + DMX_ACCEPT_FROZEN_S;
}

struct dmx_accept_warnings {
    struct dmx_reason items[DMX_ACCEPT_MAX_WARNINGS];
    size_t count;
};

/*
 * installed: NULL when there is nothing to compare with. DMX_INVALID with the reason of the first check that fails:
 * too few or too many rules, or too few of the old ones among them, a wildcard over a whole top-level domain, a VERSION that is older than the installed one or yet to come, a sentinel (a suffix that has always been one, or
 * a name that never can be one) that gives the wrong answer. Warnings, in any case: no VERSION, nothing to compare
 * with, older but allowed, so old that there must be a newer one. Details are in the arena. DMX_NOMEM when that is full.
 */
enum dmx_status dmx_list_accept(const struct dmx_list *candidate, const struct dmx_list *installed,
                                const struct dmx_accept_limits *limits, struct dmx_arena *arena,
                                struct dmx_accept_warnings *out_warnings, struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
