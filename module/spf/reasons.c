/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "reasons.h"

#include <assert.h>

#include "dmx/base/banned.h"

static const struct {
    const char *token;
    const char *text;
    const char *section;
} rows[] = {
    [SPF_FINE] = {NULL, NULL, NULL},
    [SPF_NO_CLIENT] = {"no-client-address", "the client's address is not known", "RFC 7208 section 4.1"},
    [SPF_NO_SENDER] = {"no-mail-from", "the envelope sender is not known", "RFC 7208 section 2.4"},
    [SPF_BAD_DOMAIN] = {"bad-domain", "the identity has no domain that could publish a record", "RFC 7208 section 4.3"},
    [SPF_NO_RECORD] = {"no-record", "the domain publishes no SPF record", "RFC 7208 section 4.5"},
    [SPF_NOT_PERMITTED] = {"not-permitted", "the domain's record says that this client may not use it",
                           "RFC 7208 section 8.4"},
    [SPF_PROBABLY_NOT] = {"probably-not-permitted", "the domain's record says that this client may probably not use it",
                          "RFC 7208 section 8.5"},
    [SPF_NO_ASSERTION] = {"no-assertion", "the domain's record says nothing about this client", "RFC 7208 section 8.2"},
    [SPF_NO_MATCH] = {"no-match", "no mechanism of the domain's record matches this client", "RFC 7208 section 4.7"},
    [SPF_SEVERAL_RECORDS] = {"several-records", "the domain publishes more than one SPF record",
                             "RFC 7208 section 4.5"},
    [SPF_BAD_BYTE] = {"bad-byte", "a byte that no term may contain", "RFC 7208 section 12"},
    [SPF_LONG_TERM] = {"term-too-long", "a term over 511 bytes", "RFC 7208 section 4.6"},
    [SPF_UNKNOWN_MECHANISM] = {"unknown-mechanism", "a term that is neither a mechanism nor a modifier",
                               "RFC 7208 section 4.6.1"},
    [SPF_BAD_MODIFIER] = {"bad-modifier", "a modifier's name or value is not of its grammar", "RFC 7208 section 6"},
    [SPF_REPEATED_MODIFIER] = {"repeated-modifier", "redirect= or exp= stands more than once", "RFC 7208 section 6"},
    [SPF_MISSING_ARGUMENT] = {"missing-argument", "a mechanism or modifier lacks its value", "RFC 7208 section 4.6.1"},
    [SPF_NEEDLESS_ARGUMENT] = {"needless-argument", "a mechanism has a value that it does not take",
                               "RFC 7208 section 4.6.1"},
    [SPF_BAD_DOMAIN_SPEC] = {"bad-domain-spec", "a value that is not a domain-spec", "RFC 7208 section 7.1"},
    [SPF_BAD_MACRO] = {"bad-macro", "a macro that is not of its grammar, or not allowed here", "RFC 7208 section 7.1"},
    [SPF_BAD_CIDR] = {"bad-cidr-length", "a prefix length that is out of range or not a plain number",
                      "RFC 7208 section 5.6"},
    [SPF_BAD_IP4] = {"bad-ip4", "a value that is not an IPv4 network", "RFC 7208 section 5.6"},
    [SPF_BAD_IP6] = {"bad-ip6", "a value that is not an IPv6 network", "RFC 7208 section 5.6"},
    [SPF_LOOKUP_LIMIT] = {"lookup-limit", "the evaluation needs more than 10 DNS lookups", "RFC 7208 section 4.6.4"},
    [SPF_VOID_LIMIT] = {"void-lookup-limit", "more than 2 lookups found no record", "RFC 7208 section 4.6.4"},
    [SPF_MX_LIMIT] = {"mx-limit", "an mx mechanism names more than 10 hosts", "RFC 7208 section 4.6.4"},
    [SPF_LONG_EXPANSION] = {"expansion-too-long", "a macro expands to more than can be held", "RFC 7208 section 7.3"},
    [SPF_INCLUDE_NONE] = {"include-none", "an included domain publishes no SPF record", "RFC 7208 section 5.2"},
    [SPF_REDIRECT_NONE] = {"redirect-none", "the domain that redirect= names publishes no SPF record",
                           "RFC 7208 section 6.1"},
    [SPF_BAD_REDIRECT] = {"bad-target", "redirect= or include names a domain that DNS cannot hold",
                          "RFC 7208 section 6.1"},
    [SPF_DNS_FAILED] = {"dns-failed", "a DNS lookup failed", "RFC 7208 section 8.6"},
    [SPF_DNS_CUT] = {"dns-cut", "a DNS answer was not waited for: limit or deadline of this host",
                     "RFC 7208 section 4.6.4"},
    [SPF_NO_MEMORY] = {"no-memory", "the evaluation ran out of memory", "RFC 7208 section 8.6"},
    [SPF_LIBRARY] = {"library", "libspf2 did not come to a result", "RFC 7208 section 8.6"},
};
static_assert(sizeof rows / sizeof *rows == SPF_WHY_COUNT, "one row a reason");

struct dmx_reason dmx_spf_reason(enum dmx_spf_why why, struct dmx_slice detail)
{
    return DMX_REASON_ABOUT(rows[why].token, rows[why].text, rows[why].section, detail);
}
