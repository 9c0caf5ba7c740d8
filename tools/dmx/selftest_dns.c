/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Whether the name servers answer, and whether hosts that bring our own mail are known as such. */
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#include "dmx/base/clock.h"
#include "dmx/dns/present.h"
#include "dmx/dns/resolv_conf.h"
#include "dmx/dns/resolver.h"
#include "dmx/site/file.h"
#include "selftest.h"

/* Each domain has a handful of MX hosts; hostile ones do not keep us. */
enum { DNS_MS = 6 * 1000, MAX_QUESTIONS = 64, MAX_HOSTS = 16 };

/* Where the option is not set, what resolv.conf names; empty leaves it to c-ares. */
static struct dmx_slice nameservers(struct selftest *t)
{
    struct dmx_builder servers = dmx_builder_arena(t->arena, DMX_NAMESERVERS_MAX);
    struct dmx_slice text;
    const char *why;
    if (t->config->nameservers.len)
        return t->config->nameservers;
    if (dmx_file_read("/etc/resolv.conf", DMX_RESOLV_CONF_MAX, t->arena, &text, &why) != DMX_OK ||
        !dmx_resolv_conf_parse(text, &servers))
        return DMX_SLICE_NONE;
    return dmx_builder_text(&servers);
}

/* Answers what is open in the book. False after a line about servers that cannot be used. */
static bool resolve(struct selftest *t, struct dmx_slice servers, struct dmx_answers *book)
{
    const struct dmx_resolver_settings settings = {
        .nameservers = servers,
        .timeout_ms = t->config->dns_timeout_ms,
        .tries = (unsigned)t->config->dns_tries,
    };
    const struct dmx_budget budget = {dmx_clock_mono_ms() + DNS_MS, dmx_clock_mono_ms};
    struct dmx_resolver *resolver = NULL;
    struct dmx_reason reason = DMX_REASON_NONE;
    if (dmx_resolver_new(&settings, &resolver, &reason) != DMX_OK) {
        finding(t, FINDING_FAIL, "DNS", "%.*s: %s", DMX_SLICE_ARG(servers), reason.text ? reason.text : "no resolver");
        return false;
    }
    const struct dmx_dns_source source = dmx_resolver_source(resolver);
    while (dmx_answers_open(book) > 0 && !dmx_budget_spent(&budget))
        source.resolve(source.ctx, book, &budget);
    dmx_answers_close(book);
    if (source.end)
        source.end(source.ctx);
    dmx_resolver_free(&resolver);
    return true;
}

static struct dmx_answers *new_book(struct selftest *t)
{
    return dmx_answers_new(t->arena, MAX_QUESTIONS);
}

/* Any answer will do, one that says that there is nothing included. */
static void try_server(struct selftest *t, struct dmx_slice server, struct dmx_slice domain)
{
    struct dmx_answers *book = new_book(t);
    if (!book)
        return;
    (void)dmx_answers_ask_text(book, DMX_SLICE_NONE, domain, DMX_RR_MX);
    uint64_t began_ms = dmx_clock_mono_ms();
    if (!resolve(t, server, book))
        return;
    const struct dmx_answer *answer = dmx_answers_ask_text(book, DMX_SLICE_NONE, domain, DMX_RR_MX);
    bool failed = !answer || answer->status == DMX_DNS_CUT || dmx_answer_is_temporary(answer);
    struct dmx_slice name = server.len ? server : DMX_SLICE("the name servers of /etc/resolv.conf");
    if (failed)
        finding(
            t, FINDING_FAIL, "DNS",
            "%.*s: no answer about %.*s (%s): without DNS nothing can be judged; set nameservers to one that answers",
            DMX_SLICE_ARG(name), DMX_SLICE_ARG(domain), answer ? dmx_dns_status_name(answer->status) : "none");
    else
        finding(t, FINDING_OK, "DNS", "%.*s answers (%llu ms)", DMX_SLICE_ARG(name),
                (unsigned long long)(dmx_clock_mono_ms() - began_ms));
}

/* ---- MX hosts ---- */

static bool is_ours(const struct ifaddrs *interfaces, const struct dmx_ip *ip)
{
    for (const struct ifaddrs *i = interfaces; i; i = i->ifa_next) {
        struct dmx_ip own = {0};
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET) {
            struct sockaddr_in v4;
            memcpy(&v4, i->ifa_addr, sizeof v4);
            own = dmx_ip_v4((const uint8_t *)&v4.sin_addr);
        } else if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET6) {
            struct sockaddr_in6 v6;
            memcpy(&v6, i->ifa_addr, sizeof v6);
            own = dmx_ip_v6(v6.sin6_addr.s6_addr);
        }
        if (dmx_ip_eq(&own, ip))
            return true;
    }
    return false;
}

struct mx {
    struct dmx_name hosts[MAX_HOSTS];
    size_t count;
};

static void collect_hosts(struct dmx_answers *book, struct dmx_slice domain, struct mx *out)
{
    const struct dmx_answer *answer = dmx_answers_ask_text(book, DMX_SLICE_NONE, domain, DMX_RR_MX);
    for (size_t i = 0; answer && answer->status == DMX_DNS_OK && i < answer->count && out->count < MAX_HOSTS; i++)
        if (answer->rrs[i].data.host.name.len > 1) /* RFC 7505: "." takes no mail */
            out->hosts[out->count++] = answer->rrs[i].data.host.name;
}

static size_t look_at_host(struct selftest *t, struct dmx_answers *book, const struct dmx_name *host, uint16_t type,
                           const struct ifaddrs *interfaces)
{
    const struct dmx_answer *answer = dmx_answers_ask(book, host, type);
    char text[1100];
    size_t strangers = 0;
    for (size_t i = 0; answer && answer->status == DMX_DNS_OK && i < answer->count && i < MAX_HOSTS; i++) {
        const struct dmx_ip *ip = &answer->rrs[i].data.ip;
        if (dmx_cidr_list_contains(&t->config->trusted_ips, ip) ||
            dmx_cidr_list_contains(&t->config->inbound_relays, ip) || is_ours(interfaces, ip))
            continue;
        struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
        dmx_put_name(&b, host);
        dmx_put_cstr(&b, " (");
        dmx_put_ip(&b, ip);
        (void)dmx_builder_text(&b);
        finding(t, FINDING_WARN, "MX",
                "%s) is a mail exchanger of yours and not this host: what it passes on fails SPF; name its address in "
                "inbound_relays, or in trusted_ips%s",
                text, t->config->trusted_hosts.len ? " (unless trusted_hosts has it)" : "");
        strangers++;
    }
    return strangers;
}

static void look_at_hosts(struct selftest *t, struct dmx_slice servers, const struct mx *mx)
{
    struct ifaddrs *interfaces = NULL;
    struct dmx_answers *book = new_book(t);
    size_t strangers = 0;
    for (size_t i = 0; book && i < mx->count; i++) {
        (void)dmx_answers_ask(book, &mx->hosts[i], DMX_RR_A);
        (void)dmx_answers_ask(book, &mx->hosts[i], DMX_RR_AAAA);
    }
    if (!book || !resolve(t, servers, book))
        return;
    (void)getifaddrs(&interfaces);
    for (size_t i = 0; i < mx->count; i++) {
        strangers += look_at_host(t, book, &mx->hosts[i], DMX_RR_A, interfaces);
        strangers += look_at_host(t, book, &mx->hosts[i], DMX_RR_AAAA, interfaces);
    }
    if (interfaces)
        freeifaddrs(interfaces);
    if (strangers == 0)
        finding(t, FINDING_OK, "MX", "every mail exchanger of your domain is this host, or known to dmx");
}

/* qualify_domain, the host's name and the domain above it. */
static void look_at_mx(struct selftest *t, struct dmx_slice servers)
{
    const struct dmx_slice domains[] = {t->domain, t->host, dmx_slice_from(t->host, dmx_slice_find(t->host, '.') + 1)};
    const size_t count = sizeof domains / sizeof *domains;
    struct mx mx = {.count = 0};
    struct dmx_answers *book = new_book(t);
    for (size_t i = 0; book && i < count; i++)
        if (dmx_slice_find(domains[i], '.') < domains[i].len)
            (void)dmx_answers_ask_text(book, DMX_SLICE_NONE, domains[i], DMX_RR_MX);
    if (!book || dmx_answers_count(book) == 0 || !resolve(t, servers, book))
        return;
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (j < i && !dmx_slice_eq(domains[i], domains[j]))
            j++;
        if (j == i && dmx_slice_find(domains[i], '.') < domains[i].len)
            collect_hosts(book, domains[i], &mx);
    }
    if (mx.count == 0)
        finding(t, FINDING_OK, "MX", "%.*s has none in DNS", DMX_SLICE_ARG(t->domain));
    else
        look_at_hosts(t, servers, &mx);
}

void selftest_dns(struct selftest *t)
{
    struct dmx_slice servers = nameservers(t), rest = servers, server;
    struct dmx_slice domain = t->domain.len ? t->domain : DMX_SLICE("example.com");
    size_t failed = t->failed;
    if (servers.len == 0)
        try_server(t, DMX_SLICE_NONE, domain);
    while (rest.len > 0 && dmx_slice_split(&rest, ',', &server))
        try_server(t, dmx_arena_dup(t->arena, dmx_slice_trim(server)), domain);
    if (t->failed == failed && t->exim_runs)
        look_at_mx(t, servers);
}
