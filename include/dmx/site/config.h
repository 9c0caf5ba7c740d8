/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The site's configuration: `key = value` lines, each option once in a schema table (module/site/schema.c) from which
 * parser, defaults, `dmx config show` and the manual page come.
 */
#ifndef DMX_SITE_CONFIG_H
#define DMX_SITE_CONFIG_H

#include "dmx/base/builder.h"
#include "dmx/base/ip.h"
#include "dmx/base/status.h"
#include "dmx/site/stamp.h"

enum dmx_mode { DMX_MODE_ENFORCE = 0, DMX_MODE_MONITOR };
enum dmx_rules_option { DMX_OPTION_RFC7489 = 0, DMX_OPTION_RFC9989 };
enum dmx_on_reject {
    DMX_ON_REJECT_REJECT = 0,
    DMX_ON_REJECT_CORROBORATED,
    DMX_ON_REJECT_QUARANTINE,
    DMX_ON_REJECT_NONE,
};
enum dmx_quarantine_action {
    DMX_QUARANTINE_HEADER = 0,
    DMX_QUARANTINE_REDIRECT,
    DMX_QUARANTINE_FREEZE,
    DMX_QUARANTINE_REJECT,
    DMX_QUARANTINE_NONE,
};
enum dmx_on_temperror { DMX_ON_TEMPERROR_ACCEPT = 0, DMX_ON_TEMPERROR_DEFER };
enum dmx_on_bad_from { DMX_ON_BAD_FROM_QUARANTINE = 0, DMX_ON_BAD_FROM_ACCEPT, DMX_ON_BAD_FROM_REJECT };
enum dmx_accept { DMX_IGNORE = 0, DMX_ACCEPT };
enum dmx_report_dialect { DMX_REPORT_AUTO = 0, DMX_REPORT_RFC7489, DMX_REPORT_RFC9990 };
enum dmx_report_late { DMX_REPORT_FOLLOWUP = 0, DMX_REPORT_FOLD };
enum dmx_mask_form { DMX_MASK_ZERO = 0, DMX_MASK_LITERAL, DMX_MASK_OMIT };
enum dmx_failure_content { DMX_CONTENT_HEADERS = 0, DMX_CONTENT_MESSAGE };
enum dmx_privacy { DMX_PRIVACY_STANDARD = 0, DMX_PRIVACY_STRICT };

/* So many at once, and after that as they come back, evenly over the period. */
struct dmx_rate {
    uint32_t count; /* 0: never */
    uint32_t period_s;
};

/* `SCOPE COUNT/PERIOD`: how many failure reports there may be. */
struct dmx_failure_rate {
    struct dmx_rate recipient; /* to one address, about one organization, under the same conditions */
    struct dmx_rate domain;    /* about one organization's domains */
    struct dmx_rate all;
};

/* In order and disjoint, as the reader leaves them (what an earlier block holds is left out): see below for asking. */
struct dmx_cidr_list {
    struct dmx_cidr *items;
    size_t count;
};

/*
 * Recipients: `local@domain`, `@domain` or `domain` for all of a domain, `local@*` for one local part anywhere.
 * Compared without case. In order, as the reader leaves them.
 */
struct dmx_recipient_list {
    struct dmx_slice *items;
    size_t count;
};

/* Domains: `example.com` for itself alone, `*.example.com` for all below it (kept as ".example.com"). In order. */
struct dmx_domain_list {
    struct dmx_slice *items;
    size_t count;
};

/* Forwarders: by the address of their host, or by a domain that they authenticate as. */
struct dmx_forwarder_list {
    struct dmx_cidr_list addresses;
    struct dmx_domain_list domains;
};

/* `AUTHENTICATED for FROM`, kept as "authenticated from", each as in a domain list, FROM also "*". In order. */
struct dmx_approval_list {
    struct dmx_slice *items;
    size_t count;
};

/* In the order of strictness, as policies are. */
enum dmx_site_policy { DMX_SITE_NONE = 0, DMX_SITE_QUARANTINE, DMX_SITE_REJECT };

/* `DOMAIN POLICY until DATE reason`: what the site does with a domain's failing mail for a while. */
struct dmx_policy_override {
    struct dmx_slice domain; /* as in a domain list */
    enum dmx_site_policy policy;
    int64_t end_s;           /* the first second after DATE, UTC */
    struct dmx_slice until;  /* DATE as written */
    struct dmx_slice reason; /* maybe empty */
};
struct dmx_override_list {
    struct dmx_policy_override *items;
    size_t count;
};

/* `DESTINATION DIALECT`: what a report to an address in that domain is written in. In order. */
struct dmx_dialect_rule {
    struct dmx_slice domain; /* as in a domain list */
    enum dmx_report_dialect dialect;
};
struct dmx_dialect_list {
    enum dmx_report_dialect others; /* for all destinations that have no rule */
    struct dmx_dialect_rule *items;
    size_t count;
};

/* In the order of the options, not of their sizes: a process has one. */
struct dmx_config { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    /* general */
    enum dmx_mode mode;
    enum dmx_rules_option rules;
    bool shadow;                  /* evaluate the other rules as well */
    struct dmx_slice authserv_id; /* empty: the host's name */
    uint64_t deadline_ms;
    bool log_verbose;
    /* DNS */
    struct dmx_slice nameservers;
    uint64_t dns_timeout_ms;
    uint64_t dns_tries;
    uint64_t dns_max_questions;
    bool spf_helo;
    /* exemptions */
    bool exempt_authenticated;
    struct dmx_cidr_list trusted_ips;
    struct dmx_slice trusted_hosts; /* an Exim host list, as written */
    struct dmx_cidr_list inbound_relays;
    struct dmx_recipient_list exempt_recipients;
    struct dmx_approval_list approved_domains;
    struct dmx_forwarder_list forwarders;
    struct dmx_domain_list trusted_sealers;
    /* policy */
    enum dmx_on_reject on_reject; /* what holds: the default follows rules */
    bool on_reject_set;           /* false: it is the default */
    struct dmx_domain_list corroborate_domains;
    enum dmx_quarantine_action on_quarantine;
    struct dmx_slice quarantine_address; /* of redirect:ADDR */
    enum dmx_on_temperror on_temperror;
    enum dmx_on_bad_from on_bad_from;
    struct dmx_override_list policy_overrides;
    struct dmx_slice reject_text; /* with %{domain} %{ip} %{policy} %{reason}; checked when read */
    /* headers and log */
    bool add_authentication_results;
    struct dmx_slice fail_policy_header; /* a header field name; empty: none */
    bool log_dmarc_record;
    /* DKIM, ARC */
    uint64_t dkim_min_rsa_bits;
    enum dmx_accept dkim_rsa_sha1;
    uint64_t dkim_max_signatures;
    enum dmx_accept dkim_partial_body;
    bool arc;
    bool arc_oldest_pass;
    /* cache */
    bool cache;
    struct dmx_slice cache_file;
    uint64_t cache_size; /* bytes */
    uint64_t cache_max_ttl_ms;
    uint64_t cache_negative_max_ttl_ms;
    uint64_t cache_stale_ms; /* 0: no stale answers */
    struct dmx_slice cache_pins;
    /* suffix list */
    struct dmx_slice psl_file;
    struct dmx_slice psl_url;
    uint64_t psl_max_age_ms;
    /* journal */
    struct dmx_slice journal_dir;
    uint64_t journal_history_ms; /* 0: nothing is kept */
    /* reports */
    struct dmx_slice report_org, report_email; /* nothing is sent while one of them is empty */
    struct dmx_slice report_contact;
    struct dmx_slice report_store; /* sqlite:PATH or postgresql:CONNINFO, NUL-terminated */
    uint64_t report_wait_ms;
    enum dmx_report_late report_late;
    uint64_t report_retention_ms;
    struct dmx_dialect_list report_dialect;
    struct dmx_domain_list report_exclude;
    bool aggregate_reports;
    bool failure_reports; /* as written: dmx_config_sends_failures() says what holds */
    struct dmx_failure_rate failure_rate;
    enum dmx_failure_content failure_content;
    bool failure_dkim_headers, failure_dkim_body;
    bool failure_redact;
    struct dmx_slice report_envelope; /* "verp", "null", or an address */
    struct dmx_slice sendmail;        /* a path from the root, NUL-terminated */
    uint64_t sendmail_timeout_ms;
    bool precedence_bulk;
    /* privacy */
    enum dmx_privacy privacy;
    bool mask_reserved_ips; /* as written: dmx_config_masks() says what holds */
    struct dmx_cidr_list reserved_ips;
    enum dmx_mask_form mask_in_xml;

    /* Each file that was read for it, or should have been, as it was just before: the configuration and its @FILEs. */
    struct dmx_stamp *files;
    size_t file_count;
    size_t file_capacity;

    struct dmx_arena *arena; /* owns every text and list above */
};

/* One thing that is wrong, ready to be shown: "dmx.conf line 12: unknown option on_rejct; did you mean on_reject?" */
struct dmx_config_error {
    char text[512]; /* NUL-terminated, one line, bytes from outside escaped */
};

enum {
    DMX_CONFIG_MAX_BYTES = 1024 * 1024,          /* of the file */
    DMX_CONFIG_MAX_LIST = 100000,                /* entries of one list */
    DMX_CONFIG_MAX_LIST_BYTES = 8 * 1024 * 1024, /* of each @FILE: so many entries of 80 bytes */
    DMX_CONFIG_MAX_MISTAKES =
        50, /* after so many lines with one it is not read on: it is something else than a dmx.conf */
};

/* All defaults. The caller frees it. */
enum dmx_status dmx_config_new(struct dmx_config **out) DMX_NODISCARD;
void dmx_config_free(struct dmx_config **config);

/*
 * Reads a file on top of what *config holds; relative paths in it start at its directory. What is wrong: DMX_IO (unreadable, not a regular
 * file, too big; errors name the file) or DMX_INVALID (file, line, option nearest in spelling, and what is accepted); of
 * several mistakes the first is told, and how many more there are. Nothing of a failed *config may be used.
 */
enum dmx_status dmx_config_read(struct dmx_config *config, const char *path,
                                struct dmx_config_error *out_error) DMX_NODISCARD;

/*
 * The same, with every mistake, at most one a line, in their order: *out_count of out_errors, which has room for
 * DMX_CONFIG_MAX_MISTAKES. Not DMX_OK: there is at least one, except with DMX_NOMEM.
 */
enum dmx_status dmx_config_read_all(struct dmx_config *config, const char *path, struct dmx_config_error *out_errors,
                                    size_t *out_count) DMX_NODISCARD;

/*
 * Whether a file that dmx_config_read looked at is no longer as it was. Also of a configuration that it refused, which
 * is good for this question and nothing else.
 */
bool dmx_config_is_stale(const struct dmx_config *config);

/* The same for text in memory; name stands for the file in errors. For tests and fuzzing; @FILE is refused. */
enum dmx_status dmx_config_parse(struct dmx_config *config, struct dmx_slice text, const char *name,
                                 struct dmx_config_error *out_error) DMX_NODISCARD;

/* Sets one option from "key=value" (as -o has it); the error has no place. A later call for the same option wins. */
enum dmx_status dmx_config_set(struct dmx_config *config, struct dmx_slice assignment,
                               struct dmx_config_error *out_error) DMX_NODISCARD;

/*
 * Every option with its present value, group by group, as a file that dmx_config_read takes (as long as no list is so
 * long that the file is over DMX_CONFIG_MAX_BYTES).
 */
void dmx_config_print(const struct dmx_config *config, struct dmx_builder *out);

/*
 * The sample file: each option's help as comments, then its default, commented out, so that a default that follows
 * other options or changes with a release still does. Only `mode = monitor` stands as it is.
 */
void dmx_config_print_sample(struct dmx_builder *out);

/* The options as the list of the manual page dmx.conf(5), in mdoc; docs/man/dmx.conf.5.in is what stands around it. */
void dmx_config_print_mdoc(struct dmx_builder *out);

/*
 * What is allowed and yet may not be what was meant, a line each: an approval for every domain, an override that is
 * over at now_s. Nothing when all is well.
 */
void dmx_config_warn(const struct dmx_config *config, int64_t now_s, struct dmx_builder *out);

/* The configuration as it would be with that edition of the rules: *out shares everything else with config. */
void dmx_config_with_rules(const struct dmx_config *config, enum dmx_rules_option rules, struct dmx_config *out);

/*
 * What holds: privacy = strict has the last word. Failure reports are sent, and capsules written, only with a name and an
 * address to send them from.
 */
bool dmx_config_sends_failures(const struct dmx_config *config);
bool dmx_config_masks(const struct dmx_config *config);
/* Whether the site keeps reports about a domain to itself: report_exclude, and the domain of report_email. */
bool dmx_config_excludes_reports(const struct dmx_config *config, struct dmx_slice policy_domain);
/* What privacy = strict makes of an option that is set otherwise, for people; NULL: nothing. name is the option's. */
const char *dmx_config_overruled(const struct dmx_config *config, const char *name);

/* All take a time that grows with the logarithm of the list's length. Domains come in normal form. */
bool dmx_cidr_list_contains(const struct dmx_cidr_list *list, const struct dmx_ip *ip);
bool dmx_recipient_list_contains(const struct dmx_recipient_list *list, struct dmx_slice address);
bool dmx_domain_list_contains(const struct dmx_domain_list *list, struct dmx_slice domain);
/* Whether mail that authenticated as that domain may use from in From. */
bool dmx_approval_list_contains(const struct dmx_approval_list *list, struct dmx_slice authenticated,
                                struct dmx_slice from);
/* The dialect for a domain: by its own rule, else by that of the nearest domain above it, else what is for all others. */
enum dmx_report_dialect dmx_dialect_list_find(const struct dmx_dialect_list *list, struct dmx_slice domain);
/* The entry for a domain: its own, else that of the nearest domain above that has one for all below it; NULL: none. */
const struct dmx_policy_override *dmx_override_list_find(const struct dmx_override_list *list, struct dmx_slice domain);

#endif
