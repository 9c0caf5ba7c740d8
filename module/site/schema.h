/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The options as a table: name, group, kind, default, range and help stand here once, and the parser, the defaults,
 * `dmx config show`, the sample file and the manual's list are made from it. A new option is a row (and, when no kind
 * fits, a kind: a parser in value.c or list.c and a line in print.c).
 */
#ifndef DMX_SITE_SCHEMA_H
#define DMX_SITE_SCHEMA_H

#include "dmx/site/config.h"

enum { DMX_OPTION_COUNT = 71 };

enum dmx_option_group {
    DMX_GROUP_GENERAL = 0,
    DMX_GROUP_DNS,
    DMX_GROUP_EXEMPTIONS,
    DMX_GROUP_POLICY,
    DMX_GROUP_HEADERS,
    DMX_GROUP_DKIM,
    DMX_GROUP_CACHE,
    DMX_GROUP_SUFFIX_LIST,
    DMX_GROUP_JOURNAL,
    DMX_GROUP_REPORTS,
    DMX_GROUP_PRIVACY,
    DMX_GROUP_COUNT
};

/* What an option holds, and so which member type its offset points at. */
enum dmx_option_kind {
    DMX_KIND_WORD = 0,    /* an enum, through words */
    DMX_KIND_YES_NO,      /* bool */
    DMX_KIND_DURATION,    /* uint64_t, milliseconds within min and max */
    DMX_KIND_NUMBER,      /* uint64_t within min and max */
    DMX_KIND_SIZE,        /* uint64_t, bytes within min and max */
    DMX_KIND_AUTHSERV_ID, /* slice */
    DMX_KIND_NAMESERVERS, /* slice */
    DMX_KIND_CIDR_LIST,   /* struct dmx_cidr_list */
    DMX_KIND_HOST_LIST,   /* slice */
    DMX_KIND_RECIPIENTS,  /* struct dmx_recipient_list */
    DMX_KIND_DOMAINS,     /* struct dmx_domain_list */
    DMX_KIND_FORWARDERS,  /* struct dmx_forwarder_list */
    DMX_KIND_APPROVALS,   /* struct dmx_approval_list */
    DMX_KIND_OVERRIDES,   /* struct dmx_override_list */
    DMX_KIND_DIALECTS,    /* struct dmx_dialect_list */
    DMX_KIND_RATE,        /* struct dmx_failure_rate */
    DMX_KIND_QUARANTINE,  /* enum dmx_quarantine_action, and quarantine_address */
    DMX_KIND_REJECT_TEXT, /* slice */
    DMX_KIND_FIELD_NAME,  /* slice */
    DMX_KIND_PATH,        /* slice */
    DMX_KIND_STORE,       /* slice, sqlite:PATH */
    DMX_KIND_TEXT,        /* slice of at most max bytes */
    DMX_KIND_ADDRESS,     /* slice */
    DMX_KIND_URL,         /* slice */
    DMX_KIND_ENVELOPE,    /* slice: verp, null, or an address */
};

struct dmx_option_word {
    const char *word; /* NULL ends a table */
    unsigned value;
};

struct dmx_option {
    const char *name;
    enum dmx_option_group group;
    enum dmx_option_kind kind;
    const char *initial; /* the default, as it would stand in a file */
    size_t offset;       /* into struct dmx_config */
    const struct dmx_option_word *words;
    uint64_t min, max;
    const char *help; /* a sentence a line, without a final line end */
};

extern const struct dmx_option dmx_options[DMX_OPTION_COUNT];

/* "General", …: the heading of a group. */
const char *dmx_option_group_title(enum dmx_option_group group);

/* The option of that exact name, or NULL. */
const struct dmx_option *dmx_option_find(struct dmx_slice name);

/* What one entry of a list with commas may be, for people; NULL for all other options. */
const char *dmx_option_entry(const struct dmx_option *option);

/* What the option takes, for people: "a number from 1 to 10". */
void dmx_option_put_accepted(const struct dmx_option *option, struct dmx_builder *out);

#endif
