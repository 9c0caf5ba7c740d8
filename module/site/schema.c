/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "schema.h"

#include <assert.h>

#include "dmx/base/banned.h"
#include "value.h"

/* The offset of a member, which does not compile when the member is not of that type. */
#define FIELD(type, member) \
    (offsetof(struct dmx_config, member) + 0 * sizeof(*(1 ? (type *)0 : &((struct dmx_config *)0)->member)))

/* The words of an option, in the order in which messages and the manual show them. */
static const struct dmx_option_word mode_words[] = {
    {"enforce", DMX_MODE_ENFORCE},
    {"monitor", DMX_MODE_MONITOR},
    {NULL, 0},
};
static const struct dmx_option_word rules_words[] = {
    {"rfc7489", DMX_OPTION_RFC7489},
    {"rfc9989", DMX_OPTION_RFC9989},
    {NULL, 0},
};
static const struct dmx_option_word on_reject_words[] = {
    {"reject", DMX_ON_REJECT_REJECT},
    {"corroborated", DMX_ON_REJECT_CORROBORATED},
    {"quarantine", DMX_ON_REJECT_QUARANTINE},
    {"none", DMX_ON_REJECT_NONE},
    {NULL, 0},
};
static const struct dmx_option_word on_quarantine_words[] = {
    {"header", DMX_QUARANTINE_HEADER}, {"redirect:ADDR", DMX_QUARANTINE_REDIRECT},
    {"freeze", DMX_QUARANTINE_FREEZE}, {"reject", DMX_QUARANTINE_REJECT},
    {"none", DMX_QUARANTINE_NONE},     {NULL, 0},
};
static const struct dmx_option_word report_late_words[] = {
    {"followup", DMX_REPORT_FOLLOWUP},
    {"fold", DMX_REPORT_FOLD},
    {NULL, 0},
};
static const struct dmx_option_word on_temperror_words[] = {
    {"accept", DMX_ON_TEMPERROR_ACCEPT},
    {"defer", DMX_ON_TEMPERROR_DEFER},
    {NULL, 0},
};
static const struct dmx_option_word on_bad_from_words[] = {
    {"quarantine", DMX_ON_BAD_FROM_QUARANTINE},
    {"accept", DMX_ON_BAD_FROM_ACCEPT},
    {"reject", DMX_ON_BAD_FROM_REJECT},
    {NULL, 0},
};
static const struct dmx_option_word accept_words[] = {
    {"ignore", DMX_IGNORE},
    {"accept", DMX_ACCEPT},
    {NULL, 0},
};
static const struct dmx_option_word dialect_words[] = {
    {"auto", DMX_REPORT_AUTO},
    {"rfc7489", DMX_REPORT_RFC7489},
    {"rfc9990", DMX_REPORT_RFC9990},
    {NULL, 0},
};
static const struct dmx_option_word mask_words[] = {
    {"zero", DMX_MASK_ZERO},
    {"literal", DMX_MASK_LITERAL},
    {"omit", DMX_MASK_OMIT},
    {NULL, 0},
};

static const struct dmx_option_word content_words[] = {
    {"headers", DMX_CONTENT_HEADERS},
    {"message", DMX_CONTENT_MESSAGE},
    {NULL, 0},
};
static const struct dmx_option_word privacy_words[] = {
    {"standard", DMX_PRIVACY_STANDARD},
    {"strict", DMX_PRIVACY_STRICT},
    {NULL, 0},
};

enum {
    DEADLINE_MIN_MS = 100,           /* less is no time for one DNS answer */
    DEADLINE_MAX_MS = 5 * 60 * 1000, /* Exim's local_scan_timeout is 5m by default */
    DNS_TIMEOUT_MIN_MS = 10,         /* a resolver on the same host */
    DNS_TIMEOUT_MAX_MS = 60 * 1000,  /* no resolver waits longer itself */
    DNS_TRIES_MAX = 10,
    DNS_QUESTIONS_MAX = 1000, /* a message must not become a flood */
    RSA_BITS_MIN = 512,       /* RFC 8301 section 3.2 forbids less than 1024: below it is the site's risk */
    RSA_BITS_MAX = 4096,      /* RFC 8301 section 3.2: verifiers handle keys up to 4096 bits */
    REPORT_ORG_MAX = 100,     /* it stands in a line of its own in every report's text */
    REPORT_CONTACT_MAX = 200, /* an address of a page, a telephone number, a sentence */
    DAY_MS = 24 * 60 * 60 * 1000,
    SENDMAIL_MIN_MS = 100,            /* less is no time for a program to start */
    SENDMAIL_MAX_MS = 60 * 60 * 1000, /* Exim's own limits for a message that is handed to it are shorter */
    SIGNATURES_MAX = 100,             /* each costs a lookup and a public-key operation */
    CACHE_SIZE_MIN = 1 << 20,         /* under a thousand answers are thrown out again before they are of use */
    CACHE_SIZE_MAX = 1 << 30,         /* it is memory, and all of it is taken at once */
    CACHE_TTL_MIN_MS = 1000,
    CACHE_TTL_MAX_MS = 7 * 24 * 60 * 60 * 1000,   /* RFC 8767 section 4: no TTL should hold longer than a week */
    CACHE_NEGATIVE_MAX_MS = 24 * 60 * 60 * 1000,  /* RFC 2308 section 5: more than a day has been found problematic */
    CACHE_STALE_MAX_MS = 7 * 24 * 60 * 60 * 1000, /* RFC 8767 section 5 speaks of one to three days */
};
/* Too large for an enum. */
#define PSL_AGE_MIN_MS ((uint64_t)60 * 60 * 1000)             /* those who publish it ask for once a day at most */
#define PSL_AGE_MAX_MS ((uint64_t)3650 * 24 * 60 * 60 * 1000) /* ten years: never, in effect */

/* Two days, so that yesterday is there until its report is; and a year, as privacy would rather have less. */
#define RETENTION_MIN_MS (2 * (uint64_t)DAY_MS)
#define HISTORY_MAX_MS   (366 * (uint64_t)DAY_MS)

/* clang-format off */
const struct dmx_option dmx_options[DMX_OPTION_COUNT] = {
    {"mode", DMX_GROUP_GENERAL, DMX_KIND_WORD, "enforce", FIELD(enum dmx_mode, mode), mode_words, 0, 0,
     "Whether the policy is enforced.\n"
     "With monitor every message is judged, logged and marked in its headers, and delivered all the same."},
    {"rules", DMX_GROUP_GENERAL, DMX_KIND_WORD, "rfc7489", FIELD(enum dmx_rules_option, rules), rules_words, 0, 0,
     "The edition of DMARC that decides.\n"
     "With rfc7489 the public suffix list finds the organizational domain and pct is sampled.\n"
     "With rfc9989 the DNS tree walk finds it, and pct has no effect."},
    {"shadow", DMX_GROUP_GENERAL, DMX_KIND_YES_NO, "no", FIELD(bool, shadow), NULL, 0, 0,
     "Whether the other edition of DMARC judges each message as well, from the same evidence.\n"
     "Nothing of it is enforced; the log and the journal tell every message whose disposition would differ."},
    {"authserv_id", DMX_GROUP_GENERAL, DMX_KIND_AUTHSERV_ID, DMX_HOST_NAME_WORD,
     FIELD(struct dmx_slice, authserv_id), NULL, 0, 0,
     "The name under which results are written into Authentication-Results.\n"
     "Incoming fields that carry this name are removed; hosts that share it must trust each other."},
    {"deadline", DMX_GROUP_GENERAL, DMX_KIND_DURATION, "10s", FIELD(uint64_t, deadline_ms), NULL, DEADLINE_MIN_MS,
     DEADLINE_MAX_MS,
     "The longest time that one message may take.\n"
     "It is cut to what is left of Exim's local_scan_timeout where that is less."},
    {"log_verbose", DMX_GROUP_GENERAL, DMX_KIND_YES_NO, "no", FIELD(bool, log_verbose), NULL, 0, 0,
     "Whether the reasons of SPF and DKIM, and flags, are added to the line in the main log where there are any."},

    {"nameservers", DMX_GROUP_DNS, DMX_KIND_NAMESERVERS, "", FIELD(struct dmx_slice, nameservers), NULL, 0, 0,
     "The DNS resolvers to ask.\n"
     "Empty: those of /etc/resolv.conf."},
    {"dns_timeout", DMX_GROUP_DNS, DMX_KIND_DURATION, "2s", FIELD(uint64_t, dns_timeout_ms), NULL,
     DNS_TIMEOUT_MIN_MS, DNS_TIMEOUT_MAX_MS,
     "How long the first try waits for an answer; later tries wait longer."},
    {"dns_tries", DMX_GROUP_DNS, DMX_KIND_NUMBER, "2", FIELD(uint64_t, dns_tries), NULL, 1, DNS_TRIES_MAX,
     "How often each resolver is tried."},
    {"dns_max_questions", DMX_GROUP_DNS, DMX_KIND_NUMBER, "100", FIELD(uint64_t, dns_max_questions), NULL, 1,
     DNS_QUESTIONS_MAX,
     "The most questions that one message may cause.\n"
     "What would need more counts as not passing."},
    {"spf_helo", DMX_GROUP_DNS, DMX_KIND_YES_NO, "no", FIELD(bool, spf_helo), NULL, 0, 0,
     "Whether SPF is evaluated for the HELO name too, as evidence in header and log.\n"
     "DMARC never counts it: MAIL FROM decides."},

    {"exempt_authenticated", DMX_GROUP_EXEMPTIONS, DMX_KIND_YES_NO, "yes", FIELD(bool, exempt_authenticated), NULL, 0,
     0,
     "Whether mail of clients that logged in by SMTP AUTH is let through unjudged."},
    {"trusted_ips", DMX_GROUP_EXEMPTIONS, DMX_KIND_CIDR_LIST, "127.0.0.0/8, ::1",
     FIELD(struct dmx_cidr_list, trusted_ips), NULL, 0, 0,
     "Clients whose mail is let through unjudged and keeps its Authentication-Results.\n"
     "Only for hosts of your own.\n"
     "A value replaces the default: name 127.0.0.0/8 and ::1, too, if they are to stay."},
    {"trusted_hosts", DMX_GROUP_EXEMPTIONS, DMX_KIND_HOST_LIST, "", FIELD(struct dmx_slice, trusted_hosts), NULL, 0, 0,
     "More clients whose mail is let through unjudged, as a host list that Exim itself matches.\n"
     "Separated by colons as in Exim; commas and @FILE do not apply: 10.0.0.0/8 : *.example.org : /etc/exim4/friends\n"
     "Other than with trusted_ips, Authentication-Results that carry our name are removed from their mail."},
    {"inbound_relays", DMX_GROUP_EXEMPTIONS, DMX_KIND_CIDR_LIST, "", FIELD(struct dmx_cidr_list, inbound_relays), NULL,
     0, 0,
     "Hosts that relay mail to us, such as a backup MX or a filtering gateway.\n"
     "Their mail is judged without SPF, never refused, since they would bounce it to forged senders, and never reported."},
    {"exempt_recipients", DMX_GROUP_EXEMPTIONS, DMX_KIND_RECIPIENTS, "",
     FIELD(struct dmx_recipient_list, exempt_recipients), NULL, 0, 0,
     "A message is exempt if every one of its recipients is listed.\n"
     "If only some are, it is never refused or redirected: quarantine is by header then."},
    {"approved_domains", DMX_GROUP_EXEMPTIONS, DMX_KIND_APPROVALS, "",
     FIELD(struct dmx_approval_list, approved_domains), NULL, 0, 0,
     "Who may use a domain in From that is not its own: mail that DKIM, or SPF of MAIL FROM, shows to be\n"
     "AUTHENTICATED is delivered though DMARC fails for FROM.\n"
     "FROM may be * for every domain, which lets AUTHENTICATED forge anybody."},
    {"forwarders", DMX_GROUP_EXEMPTIONS, DMX_KIND_FORWARDERS, "", FIELD(struct dmx_forwarder_list, forwarders), NULL,
     0, 0,
     "Hosts that pass mail on, by address, or by a domain that DKIM or SPF of MAIL FROM shows.\n"
     "A reject becomes quarantine for their mail: forwarding breaks SPF, and often DKIM."},
    {"trusted_sealers", DMX_GROUP_EXEMPTIONS, DMX_KIND_DOMAINS, "", FIELD(struct dmx_domain_list, trusted_sealers), NULL,
     0, 0,
     "Domains whose ARC seals are believed: forwarders and lists that say truly how mail came to them.\n"
     "Mail that fails DMARC is let through if its ARC chain is intact and one of them saw it pass for its present author.\n"
     "Everybody who sealed it after that one must be listed too."},

    {"on_reject", DMX_GROUP_POLICY, DMX_KIND_WORD, "reject", FIELD(enum dmx_on_reject, on_reject), on_reject_words, 0,
     0,
     "What happens to a message whose domain asks for reject.\n"
     "With corroborated it is refused if a signal says so besides the policy (corroborate_domains, $acl_m_dmx_signal,\n"
     "an SPF fail where the author's organization has not signed) and nothing shows that it was passed on\n"
     "(a mailing list's fields and signature, an intact ARC chain, one of forwarders); otherwise it is quarantined.\n"
     "The default is reject under rules = rfc7489 and corroborated under rules = rfc9989."},
    {"corroborate_domains", DMX_GROUP_POLICY, DMX_KIND_DOMAINS, "", FIELD(struct dmx_domain_list, corroborate_domains),
     NULL, 0, 0,
     "Author domains whose p=reject is taken at its word by on_reject = corroborated."},
    {"on_quarantine", DMX_GROUP_POLICY, DMX_KIND_QUARANTINE, "header",
     FIELD(enum dmx_quarantine_action, on_quarantine), on_quarantine_words, 0, 0,
     "How a message is quarantined.\n"
     "With header it is delivered with the field fail_policy_header, for filters to act on.\n"
     "With redirect:ADDR it goes to ADDR and to nobody else; with freeze it stays in Exim's queue, frozen."},
    {"on_temperror", DMX_GROUP_POLICY, DMX_KIND_WORD, "accept", FIELD(enum dmx_on_temperror, on_temperror),
     on_temperror_words, 0, 0,
     "What happens to a message whose policy cannot be found out for now.\n"
     "With defer the client gets a 451 reply and tries again."},
    {"on_bad_from", DMX_GROUP_POLICY, DMX_KIND_WORD, "quarantine", FIELD(enum dmx_on_bad_from, on_bad_from),
     on_bad_from_words, 0, 0,
     "The least that happens to a message with several From fields, several domains in one, or an unreadable one.\n"
     "A stricter policy of a domain that can be read from it applies all the same.\n"
     "A message without any From is not covered, it has dmarc=none; dmx.conf(5) shows how Exim refuses it."},
    {"policy_overrides", DMX_GROUP_POLICY, DMX_KIND_OVERRIDES, "", FIELD(struct dmx_override_list, policy_overrides),
     NULL, 0, 0,
     "Policies of the site's own, each for a while: what counts for failing mail of DOMAIN instead of the published one,\n"
     "to the end of DATE (UTC)."},
    {"reject_text", DMX_GROUP_POLICY, DMX_KIND_REJECT_TEXT, "", FIELD(struct dmx_slice, reject_text), NULL, 0, 0,
     "The words of the 550 reply, after 5.7.1.\n"
     "%{domain}, %{ip}, %{policy} and %{reason} are filled in; %% is a per cent sign.\n"
     "Empty: words that name DMARC, the domain and the reason."},

    {"add_authentication_results", DMX_GROUP_HEADERS, DMX_KIND_YES_NO, "yes",
     FIELD(bool, add_authentication_results), NULL, 0, 0,
     "Whether judged mail gets an Authentication-Results field."},
    {"fail_policy_header", DMX_GROUP_HEADERS, DMX_KIND_FIELD_NAME, "X-DMARC-Fail-Policy",
     FIELD(struct dmx_slice, fail_policy_header), NULL, 0, 0,
     "The header field that tells later filters which policy a message failed without being refused.\n"
     "Incoming fields of that name are removed.\n"
     "Empty: none."},
    {"log_dmarc_record", DMX_GROUP_HEADERS, DMX_KIND_YES_NO, "yes", FIELD(bool, log_dmarc_record), NULL, 0, 0,
     "Whether the log line shows the DMARC record that was found."},

    {"dkim_min_rsa_bits", DMX_GROUP_DKIM, DMX_KIND_NUMBER, "1024", FIELD(uint64_t, dkim_min_rsa_bits), NULL,
     RSA_BITS_MIN, RSA_BITS_MAX,
     "Signatures by shorter RSA keys do not pass.\n"
     "Less than 1024 is weaker than RFC 8301 allows."},
    {"dkim_rsa_sha1", DMX_GROUP_DKIM, DMX_KIND_WORD, "ignore", FIELD(enum dmx_accept, dkim_rsa_sha1), accept_words, 0,
     0,
     "What a signature by rsa-sha1 counts.\n"
     "RFC 8301 forbids the algorithm."},
    {"dkim_max_signatures", DMX_GROUP_DKIM, DMX_KIND_NUMBER, "10", FIELD(uint64_t, dkim_max_signatures), NULL, 1,
     SIGNATURES_MAX,
     "The most signatures of one message that are verified, those of the author's organization first."},
    {"dkim_partial_body", DMX_GROUP_DKIM, DMX_KIND_WORD, "ignore", FIELD(enum dmx_accept, dkim_partial_body),
     accept_words, 0, 0,
     "What a signature counts whose l= leaves a part of the body unsigned: anybody can append to such a message."},

    {"arc", DMX_GROUP_DKIM, DMX_KIND_YES_NO, "yes", FIELD(bool, arc), NULL, 0, 0,
     "Whether ARC chains are validated."},
    {"arc_oldest_pass", DMX_GROUP_DKIM, DMX_KIND_YES_NO, "no", FIELD(bool, arc_oldest_pass), NULL, 0, 0,
     "Whether older ARC message signatures are verified too, to say how far back the message is unchanged.\n"
     "Nothing depends on it; it costs a lookup and a verification for each, at most dkim_max_signatures."},

    {"cache", DMX_GROUP_CACHE, DMX_KIND_YES_NO, "yes", FIELD(bool, cache), NULL, 0, 0,
     "Whether the answers of DNS are kept for all of Exim's processes, each as long as its TTL says."},
    {"cache_file", DMX_GROUP_CACHE, DMX_KIND_PATH, "/run/exim4/dmx.cache", FIELD(struct dmx_slice, cache_file), NULL, 0,
     0,
     "The file of the cache, in memory (tmpfs) and in a directory that only Exim's user can write.\n"
     "Where it cannot be used mail is judged without it, and the log says so.\n"
     "Not on a network file system.\n"
     "Exims that share it need the same cache_size.\n"
     "`dmx cache flush` empties it; cutting the file short ends the processes that use it."},
    {"cache_size", DMX_GROUP_CACHE, DMX_KIND_SIZE, "16M", FIELD(uint64_t, cache_size), NULL, CACHE_SIZE_MIN,
     CACHE_SIZE_MAX,
     "The size of that file, which is taken at once.\n"
     "Another size makes a new, empty cache."},
    {"cache_max_ttl", DMX_GROUP_CACHE, DMX_KIND_DURATION, "1d", FIELD(uint64_t, cache_max_ttl_ms), NULL,
     CACHE_TTL_MIN_MS, CACHE_TTL_MAX_MS,
     "No answer is kept longer than that, whatever its TTL."},
    {"cache_negative_max_ttl", DMX_GROUP_CACHE, DMX_KIND_DURATION, "1h", FIELD(uint64_t, cache_negative_max_ttl_ms),
     NULL, CACHE_TTL_MIN_MS, CACHE_NEGATIVE_MAX_MS,
     "The same for the answer that there is no such name or no such record."},
    {"cache_stale", DMX_GROUP_CACHE, DMX_KIND_DURATION, "0", FIELD(uint64_t, cache_stale_ms), NULL, 0,
     CACHE_STALE_MAX_MS,
     "How long an answer whose time is over may still serve when DNS fails.\n"
     "The log line tells when one did; 0: never."},
    {"cache_pins", DMX_GROUP_CACHE, DMX_KIND_PATH, "/etc/exim4/dmx.pins", FIELD(struct dmx_slice, cache_pins), NULL, 0,
     0,
     "Records that count instead of what DNS says, each to the end of a date: lines NAME TYPE until DATE RDATA.\n"
     "It need not exist; `dmx cache pin` writes it."},

    {"psl_file", DMX_GROUP_SUFFIX_LIST, DMX_KIND_PATH, "/var/lib/dmx/public_suffix_list.dafsa",
     FIELD(struct dmx_slice, psl_file), NULL, 0, 0,
     "The public suffix list, compiled to a DAFSA.\n"
     "Where it does not exist, that of Debian's package publicsuffix is used."},
    {"psl_url", DMX_GROUP_SUFFIX_LIST, DMX_KIND_URL, "https://publicsuffix.org/list/public_suffix_list.dat",
     FIELD(struct dmx_slice, psl_url), NULL, 0, 0,
     "Where psl-updater(8) fetches the list.\n"
     "Only https, unless psl-updater is told --allow-http or --allow-file."},
    {"psl_max_age", DMX_GROUP_SUFFIX_LIST, DMX_KIND_DURATION, "15d", FIELD(uint64_t, psl_max_age_ms), NULL,
     PSL_AGE_MIN_MS, PSL_AGE_MAX_MS,
     "The age of the list, since it was last found current, at which psl-updater(8) looks for a new one.\n"
     "The module logs once a day that the list is old when it is older than twice that."},

    {"journal_dir", DMX_GROUP_JOURNAL, DMX_KIND_PATH, "/var/spool/exim4/dmx", FIELD(struct dmx_slice, journal_dir), NULL,
     0, 0,
     "The directory of the journal, in which the module notes what it judged: domains and results, no local parts.\n"
     "It is made if need be; `dmx ledger` reads it.\n"
     "With failure_reports = yes it has a directory of messages that wait for their report."},
    {"journal_history", DMX_GROUP_JOURNAL, DMX_KIND_DURATION, "30d", FIELD(uint64_t, journal_history_ms), NULL, 0,
     HISTORY_MAX_MS,
     "How long `dmx report run` keeps journals that it has read, for `dmx ledger` (1 GB of them at most).\n"
     "With 0 it deletes each at once, and the ledger knows only what was not yet read."},

    {"aggregate_reports", DMX_GROUP_REPORTS, DMX_KIND_YES_NO, "yes", FIELD(bool, aggregate_reports), NULL, 0, 0,
     "Whether `dmx report run` sends aggregate reports to the domains that ask for them.\n"
     "Nothing is sent until report_org and report_email are set."},
    {"failure_reports", DMX_GROUP_REPORTS, DMX_KIND_YES_NO, "no", FIELD(bool, failure_reports), NULL, 0, 0,
     "Whether failure reports are sent to the domains that ask for them by ruf: one about a single message that failed,\n"
     "soon after it came, with its header.\n"
     "Off by default: they show to others what passes through your host, and most domain owners do well without.\n"
     "Nothing is sent until report_org and report_email are set, and nothing without a cache, which holds the limits.\n"
     "RFC 9991 section 7 has what to think of before; with rules that forbid it (as the GDPR may) leave it off."},
    {"failure_rate", DMX_GROUP_REPORTS, DMX_KIND_RATE, "recipient 1/1d, domain 10/1d, all 100/1h",
     FIELD(struct dmx_failure_rate, failure_rate), NULL, 0, 0,
     "How many failure reports there may be.\n"
     "COUNT of them may come at once; each comes back after its part of PERIOD.\n"
     "recipient is for one address, about one organization's domains, under the same conditions; domain for all about one\n"
     "organization's domains; all for everything that this host sends.\n"
     "What is over a limit is counted, and the next report tells how many incidents were like it.\n"
     "A scope that is not named keeps its default; a COUNT of 0 means never."},
    {"failure_content", DMX_GROUP_REPORTS, DMX_KIND_WORD, "headers", FIELD(enum dmx_failure_content, failure_content),
     content_words, 0, 0,
     "What of the message a failure report holds.\n"
     "With headers its header fields; with message its body, too, as far as dmx keeps it (256 kB).\n"
     "Warning: a message that fails DMARC is not always a forged one.\n"
     "With message the mail of your own users, sent to them by lists and forwarders, is copied to whomever the domain in\n"
     "From names."},
    {"failure_dkim_headers", DMX_GROUP_REPORTS, DMX_KIND_YES_NO, "no", FIELD(bool, failure_dkim_headers), NULL, 0, 0,
     "Whether a report about a DKIM failure holds the header fields in the canonical form that was hashed.\n"
     "They cannot be redacted without becoming useless: whole addresses and subjects leave."},
    {"failure_dkim_body", DMX_GROUP_REPORTS, DMX_KIND_YES_NO, "no", FIELD(bool, failure_dkim_body), NULL, 0, 0,
     "Whether a report about a DKIM failure holds the body in the canonical form that was hashed.\n"
     "Warning: it is the message's text, whatever failure_content says."},
    {"failure_redact", DMX_GROUP_REPORTS, DMX_KIND_YES_NO, "yes", FIELD(bool, failure_redact), NULL, 0, 0,
     "Whether the local parts of addresses are replaced in failure reports (RFC 6590): the same one by the same text, which\n"
     "cannot be turned back without this host's key."},
    {"report_org", DMX_GROUP_REPORTS, DMX_KIND_TEXT, "", FIELD(struct dmx_slice, report_org), NULL, 0, REPORT_ORG_MAX,
     "The organization that reports: your name, as domain owners are to see it.\n"
     "Empty: no report is sent."},
    {"report_email", DMX_GROUP_REPORTS, DMX_KIND_ADDRESS, "", FIELD(struct dmx_slice, report_email), NULL, 0, 0,
     "The address that reports come from, and at which domain owners may reach you.\n"
     "Mail from its domain must pass DMARC itself: sign what leaves with a key of this domain.\n"
     "Empty: no report is sent."},
    {"report_contact", DMX_GROUP_REPORTS, DMX_KIND_TEXT, "", FIELD(struct dmx_slice, report_contact), NULL, 0,
     REPORT_CONTACT_MAX,
     "More about how to reach you, for every report, such as the address of a page."},
    {"report_store", DMX_GROUP_REPORTS, DMX_KIND_STORE, "sqlite:/var/lib/dmx/reports.db",
     FIELD(struct dmx_slice, report_store), NULL, 0, 0,
     "Where `dmx report` keeps what is to be reported, and what became of it.\n"
     "sqlite: the file, and the directory it lies in, are made if need be, for the user who owns journal_dir.\n"
     "postgresql: a database that the MX hosts of a farm share, so that a domain gets one report from all of them.\n"
     "CONNINFO is libpq's: host=db.example.net dbname=dmx user=dmx_host sslmode=verify-full, or what follows postgresql: in\n"
     "an address of it.\n"
     "Passwords belong into the file that passfile= names, since others may be able to read this one.\n"
     "It is the server itself and no pooler, whose sessions keep locks; a host whose clock is an hour off the server's changes\n"
     "nothing there."},
    {"report_wait", DMX_GROUP_REPORTS, DMX_KIND_DURATION, "2h", FIELD(uint64_t, report_wait_ms), NULL, 0, DAY_MS,
     "How long after a day's end (UTC) its reports are made, where hosts share a store: until then each should have run\n"
     "`dmx report run`, which hands in its journal."},
    {"report_late", DMX_GROUP_REPORTS, DMX_KIND_WORD, "followup", FIELD(enum dmx_report_late, report_late),
     report_late_words, 0, 0,
     "What becomes of messages of a day that is reported already, as from a host that was down.\n"
     "With followup the domain gets a further report for that day, with an identifier of its own; with fold they are counted\n"
     "in the report of the next day that is not made yet."},
    {"report_retention", DMX_GROUP_REPORTS, DMX_KIND_DURATION, "35d", FIELD(uint64_t, report_retention_ms), NULL,
     RETENTION_MIN_MS, HISTORY_MAX_MS,
     "How long it is kept, whether it could be reported or not."},
    {"report_dialect", DMX_GROUP_REPORTS, DMX_KIND_DIALECTS, "auto", FIELD(struct dmx_dialect_list, report_dialect),
     dialect_words, 0, 0,
     "The edition of the XML of aggregate reports: for all of them, and for single destinations, which are the domains\n"
     "of the addresses that reports go to.\n"
     "With auto it is rfc7489 under rules = rfc7489, and rfc9990 under rules = rfc9989.\n"
     "Programs that know only the older edition may refuse a report in the newer one."},
    {"report_exclude", DMX_GROUP_REPORTS, DMX_KIND_DOMAINS, "", FIELD(struct dmx_domain_list, report_exclude), NULL, 0,
     0,
     "Policy domains that get no reports.\n"
     "The domain of report_email and those below it never get one, listed or not: they are your own."},
    {"report_envelope", DMX_GROUP_REPORTS, DMX_KIND_ENVELOPE, "verp", FIELD(struct dmx_slice, report_envelope), NULL, 0,
     0,
     "The envelope sender of reports, to which bounces go.\n"
     "With verp it is report_email with +b and a token of its own for each, so that `dmx report bounce` knows which address\n"
     "bounced; a router has to feed it (contrib/exim4/dmx-bounces).\n"
     "With null nothing bounces; SPF then looks at the host's HELO name."},
    {"sendmail", DMX_GROUP_REPORTS, DMX_KIND_PATH, "/usr/sbin/sendmail", FIELD(struct dmx_slice, sendmail), NULL, 0, 0,
     "The program that takes reports: it is run as sendmail -i -f ENVELOPE -- ADDRESS, without a shell."},
    {"sendmail_timeout", DMX_GROUP_REPORTS, DMX_KIND_DURATION, "2m", FIELD(uint64_t, sendmail_timeout_ms), NULL,
     SENDMAIL_MIN_MS, SENDMAIL_MAX_MS,
     "How long it may take over one report before it is killed, and the report kept for later."},
    {"precedence_bulk", DMX_GROUP_REPORTS, DMX_KIND_YES_NO, "yes", FIELD(bool, precedence_bulk), NULL, 0, 0,
     "Whether reports carry Precedence: bulk, which keeps most autoresponders from answering."},

    {"privacy", DMX_GROUP_PRIVACY, DMX_KIND_WORD, "standard", FIELD(enum dmx_privacy, privacy), privacy_words, 0, 0,
     "With strict no failure report is sent and the addresses of reserved_ips are hidden, whatever other options say;\n"
     "`dmx config show` tells at each option that is overruled.\n"
     "No report names recipients in either (envelope_to)."},
    {"mask_reserved_ips", DMX_GROUP_PRIVACY, DMX_KIND_YES_NO, "yes", FIELD(bool, mask_reserved_ips), NULL, 0, 0,
     "Whether the addresses of reserved_ips are hidden in everything that is sent, in names and texts too, such as\n"
     "mail-10-0-0-1.example.org."},
    {"reserved_ips", DMX_GROUP_PRIVACY, DMX_KIND_CIDR_LIST,
     "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, ::1, fc00::/7, "
     "fe80::/10",
     FIELD(struct dmx_cidr_list, reserved_ips), NULL, 0, 0,
     "Addresses that say something about your network and nothing to anybody else.\n"
     "IPv4 blocks hold the IPv4-mapped addresses of ::ffff:0:0/96, too."},
    {"mask_in_xml", DMX_GROUP_PRIVACY, DMX_KIND_WORD, "zero", FIELD(enum dmx_mask_form, mask_in_xml), mask_words, 0, 0,
     "What stands for a hidden address in aggregate reports.\n"
     "With zero it is 0.0.0.0 or ::; with literal it is X.X.X.X, which many programs cannot read; with omit rows of\n"
     "hidden clients are left out."},
};
/* clang-format on */

static const char *const group_titles[] = {
    [DMX_GROUP_GENERAL] = "General",
    [DMX_GROUP_DNS] = "DNS",
    [DMX_GROUP_EXEMPTIONS] = "Exemptions",
    [DMX_GROUP_POLICY] = "Policy",
    [DMX_GROUP_HEADERS] = "Headers and log",
    [DMX_GROUP_DKIM] = "DKIM and ARC",
    [DMX_GROUP_CACHE] = "Cache of DNS answers",
    [DMX_GROUP_SUFFIX_LIST] = "Public suffix list",
    [DMX_GROUP_JOURNAL] = "Journal",
    [DMX_GROUP_REPORTS] = "Reports",
    [DMX_GROUP_PRIVACY] = "Privacy",
};
static_assert(sizeof group_titles / sizeof *group_titles == DMX_GROUP_COUNT, "every group has a title");

const char *dmx_option_group_title(enum dmx_option_group group)
{
    return group_titles[group];
}

const struct dmx_option *dmx_option_find(struct dmx_slice name)
{
    for (size_t i = 0; i < DMX_OPTION_COUNT; i++)
        if (dmx_slice_eq(name, dmx_slice_cstr(dmx_options[i].name)))
            return &dmx_options[i];
    return NULL;
}
