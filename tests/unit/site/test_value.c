/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Each option: what it takes, what it refuses, and both sides of each limit. */
#include <string.h>

#include "dmx/site/config.h"
#include "suite.h"

static struct dmx_config *fresh(void)
{
    struct dmx_config *config = NULL;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    return config;
}

/* The option's line in `dmx config show`, without the name: the one way to see every kind alike. */
static struct dmx_slice shown(const struct dmx_config *config, const char *name, char *buf, size_t size)
{
    struct dmx_builder out = dmx_builder_fixed(buf, size);
    dmx_config_print(config, &out);
    struct dmx_slice text = dmx_builder_text(&out), line, key;
    while (dmx_slice_split(&text, '\n', &line)) {
        struct dmx_slice value = line;
        if (dmx_slice_split(&value, '=', &key) && dmx_slice_eq(dmx_slice_trim(key), dmx_slice_cstr(name)))
            return dmx_slice_trim(value);
    }
    return DMX_SLICE("(no such option)");
}

static const struct {
    const char *name, *want;
} defaults[] = {
    {"mode", "enforce"},
    {"rules", "rfc7489"},
    {"shadow", "no"},
    {"authserv_id", "$primary_hostname"},
    {"deadline", "10s"},
    {"log_verbose", "no"},
    {"nameservers", ""},
    {"dns_timeout", "2s"},
    {"dns_tries", "2"},
    {"dns_max_questions", "100"},
    {"exempt_authenticated", "yes"},
    {"trusted_ips", "127.0.0.0/8, ::1"},
    {"trusted_hosts", ""},
    {"inbound_relays", ""},
    {"exempt_recipients", ""},
    {"approved_domains", ""},
    {"forwarders", ""},
    {"trusted_sealers", ""},
    {"on_reject", "reject"},
    {"corroborate_domains", ""},
    {"on_quarantine", "header"},
    {"on_temperror", "accept"},
    {"on_bad_from", "quarantine"},
    {"policy_overrides", ""},
    {"reject_text", ""},
    {"add_authentication_results", "yes"},
    {"fail_policy_header", "X-DMARC-Fail-Policy"},
    {"log_dmarc_record", "yes"},
    {"dkim_min_rsa_bits", "1024"},
    {"dkim_rsa_sha1", "ignore"},
    {"dkim_max_signatures", "10"},
    {"dkim_partial_body", "ignore"},
    {"arc", "yes"},
    {"arc_oldest_pass", "no"},
    {"cache", "yes"},
    {"cache_file", "/run/exim4/dmx.cache"},
    {"cache_size", "16M"},
    {"cache_max_ttl", "1d"},
    {"cache_negative_max_ttl", "1h"},
    {"cache_stale", "0"},
    {"cache_pins", "/etc/exim4/dmx.pins"},
    {"psl_file", "/var/lib/dmx/public_suffix_list.dafsa"},
    {"psl_url", "https://publicsuffix.org/list/public_suffix_list.dat"},
    {"psl_max_age", "15d"},
    {"journal_dir", "/var/spool/exim4/dmx"},
    {"journal_history", "30d"},
    {"aggregate_reports", "yes"},
    {"failure_reports", "no"},
    {"failure_rate", "recipient 1/1d, domain 10/1d, all 100/1h"},
    {"failure_content", "headers"},
    {"failure_dkim_headers", "no"},
    {"failure_dkim_body", "no"},
    {"failure_redact", "yes"},
    {"report_org", ""},
    {"report_email", ""},
    {"report_contact", ""},
    {"report_store", "sqlite:/var/lib/dmx/reports.db"},
    {"report_wait", "2h"},
    {"report_late", "followup"},
    {"report_retention", "35d"},
    {"report_dialect", "auto"},
    {"report_exclude", ""},
    {"report_envelope", "verp"},
    {"sendmail", "/usr/sbin/sendmail"},
    {"sendmail_timeout", "2m"},
    {"precedence_bulk", "yes"},
    {"privacy", "standard"},
    {"mask_reserved_ips", "yes"},
    {"reserved_ips",
     "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, "
     "::1, fc00::/7, fe80::/10"},
    {"mask_in_xml", "zero"},
};

START_TEST(value_default)
{
    char buf[4096];
    struct dmx_config *config = fresh();
    ck_slice_eq(defaults[_i].name, shown(config, defaults[_i].name, buf, sizeof buf), defaults[_i].want);
    dmx_config_free(&config);
    ck_assert_ptr_null(config);
}
END_TEST

START_TEST(value_default_members)
{
    struct dmx_config *config = fresh();
    ck_assert_uint_eq(config->mode, DMX_MODE_ENFORCE);
    ck_assert_uint_eq(config->authserv_id.len, 0);
    ck_assert_uint_eq(config->deadline_ms, 10000);
    ck_assert_uint_eq(config->dns_timeout_ms, 2000);
    ck_assert_uint_eq(config->trusted_ips.count, 2);
    ck_assert_uint_eq(config->exempt_recipients.count, 0);
    ck_assert(!config->on_reject_set);
    ck_assert(config->exempt_authenticated);
    dmx_config_free(&config);
}
END_TEST

#define LOCAL64   "a123456789b123456789c123456789d123456789e123456789f123456789g123"
#define TEXT64    "X123456789X123456789X123456789X123456789X123456789X123456789X123"
#define LABEL50   "a1234567890123456789012345678901234567890123456789."
#define DOMAIN253 LABEL50 LABEL50 LABEL50 LABEL50 "b123456789b123456789b123456789b123456789b12345678"
#define TEXT128   TEXT64 TEXT64
#define TEXT512   TEXT128 TEXT128 TEXT128 TEXT128
#define TEXT4096  TEXT512 TEXT512 TEXT512 TEXT512 TEXT512 TEXT512 TEXT512 TEXT512

static const struct {
    const char *assignment, *want; /* want NULL: as written */
} taken[] = {
    {"mode=monitor", NULL},
    {"mode = MONITOR ", "monitor"},
    {"rules=rfc9989", NULL},
    {"authserv_id=mx1.example.com", NULL},
    {"authserv_id=", "$primary_hostname"},
    {"authserv_id=$primary_hostname", NULL},
    {"authserv_id=" DOMAIN253, NULL},
    {"deadline=100ms", NULL},
    {"deadline=1500ms", NULL},
    {"deadline=1000MS", "1s"},
    {"deadline=90", "90s"},
    {"deadline=60s", "1m"},
    {"deadline=5m", NULL},
    {"deadline=300000ms", "5m"},
    {"log_verbose=YES", "yes"},
    {"nameservers=127.0.0.1", NULL},
    {"nameservers= 127.0.0.1:5353 , ::1,[::1]:53 , 192.0.2.1:65535", "127.0.0.1:5353,::1,[::1]:53,192.0.2.1:65535"},
    {"nameservers=1.1.1.1:1", NULL},
    {"nameservers=[::1]", NULL},
    {"nameservers=::1,::2,::3,::4,::5,::6,::7,::8", NULL},
    {"nameservers=", NULL},
    {"dns_timeout=10ms", NULL},
    {"dns_timeout=1m", NULL},
    {"dns_tries=1", NULL},
    {"cache=no", NULL},
    {"cache_size=1M", NULL},
    {"cache_size=1048576", "1M"},
    {"cache_size=1048577", NULL},
    {"cache_size=1025k", NULL},
    {"cache_size=1g", "1G"},
    {"cache_max_ttl=1s", NULL},
    {"cache_max_ttl=3600s", "1h"},
    {"cache_max_ttl=5400", "90m"},
    {"cache_max_ttl=7d", NULL},
    {"cache_negative_max_ttl=1s", NULL},
    {"cache_negative_max_ttl=24h", "1d"},
    {"cache_stale=0", NULL},
    {"cache_stale=0s", "0"},
    {"cache_stale=36h", NULL},
    {"cache_stale=7d", NULL},
    {"cache_file=/run/x", NULL},
    {"cache_pins=/etc/x", NULL},
    {"dns_tries=10", NULL},
    {"dns_max_questions=1", NULL},
    {"dns_max_questions=1000", NULL},
    {"exempt_authenticated=no", NULL},
    {"trusted_ips=", NULL},
    {"trusted_ips=10.1.2.3/8", "10.0.0.0/8"},
    {"trusted_ips=0.0.0.0/0", NULL},
    {"trusted_ips=2001:db8::1/32, 192.0.2.1", "192.0.2.1, 2001:db8::/32"},
    {"trusted_ips=::ffff:10.0.0.0/104", "10.0.0.0/8"},
    {"trusted_ips=10.0.0.1, 10.0.0.0/24, 10.0.0.1/32, 10.0.0.0/24", "10.0.0.0/24"},
    {"trusted_ips=192.0.2.1/32,2001:db8::1/128", "192.0.2.1, 2001:db8::1"},
    {"trusted_hosts=+relay_from_hosts : !*.example.com : <; ::1 # x", NULL},
    {"trusted_hosts=" TEXT4096, NULL},
    {"trusted_hosts=<, 10.0.0.0/8, *.example.org", NULL},
    {"trusted_hosts=<; ::1 ; 10.0.0.0/8", NULL},
    {"trusted_hosts=@ : @[] : /etc/exim4/relays : joe@x", NULL},
    {"exempt_recipients=Abuse@*, @Example.ORG,example.net, *@example.com, Joe@example.net",
     "abuse@*, example.com, example.net, example.org, joe@example.net"},
    {"exempt_recipients=" LOCAL64 "@example.com", NULL},
    {"exempt_recipients=j\xc3\xb6rg@b\xc3\xbc"
     "cher.example",
     NULL},
    {"on_reject=reject", NULL},
    {"on_reject=corroborated", NULL},
    {"on_reject=quarantine", NULL},
    {"shadow=YES", "yes"},
    {"inbound_relays=192.0.2.1,2001:db8::/32", "192.0.2.1, 2001:db8::/32"},
    {"corroborate_domains=B.example,*.a.Example,b.example", "*.a.example, b.example"},
    {"forwarders=lists.example, 10.0.0.0/8,*.fwd.example,::1", "10.0.0.0/8, ::1, *.fwd.example, lists.example"},
    {"approved_domains=ESP.example for shop.example, *.b.example\tFOR  *",
     "*.b.example for *, esp.example for shop.example"},
    {"policy_overrides=shop.example NONE until 2024-02-29 they are at it",
     "shop.example none until 2024-02-29 they are at it"},
    {"policy_overrides=*.x.example reject until 2030-12-31, a.example quarantine until 2026-01-01",
     "*.x.example reject until 2030-12-31, a.example quarantine until 2026-01-01"},
    {"journal_dir=/tmp/x", NULL},
    {"journal_history=0", NULL},
    {"journal_history=36h", NULL},
    {"journal_history=366d", NULL},
    {"report_store=sqlite:/x/y z.db", NULL},
    {"report_store=postgresql:host=db dbname=dmx", NULL},
    {"report_store=postgresql://u@db/dmx?sslmode=require", NULL},
    {"report_store=postgresql:host=db password=secret dbname=dmx", "postgresql:host=db password=*** dbname=dmx"},
    {"report_store=postgresql://u:se:c@ret@db:5433/dmx", "postgresql://u:***@db:5433/dmx"},
    {"report_store=postgresql://u@db/dmx?password=secret&sslmode=require",
     "postgresql://u@db/dmx?password=***&sslmode=require"},
    {"report_store=postgresql:host=db password = 'se\\'cr et' passfile=/x dbname=dmx",
     "postgresql:host=db password = *** passfile=/x dbname=dmx"},
    {"report_store=postgresql://u:se?cret@db/dmx", "postgresql://u:***@db/dmx"},
    {"report_store=postgresql://u:se/c@r/et@db/dmx?user=x", "postgresql://u:***@db/dmx?user=x"},
    {"report_store=postgresql://db/dmx?user=u&p%61ssword=secret&port=1",
     "postgresql://db/dmx?user=u&p%61ssword=***&port=1"},
    {"report_store=postgresql:host=db password=se&cret port=1", "postgresql:host=db password=*** port=1"},
    {"report_store=postgresql:host=db PASSWORD=se cret sslpassword=x dbname=dmx",
     "postgresql:host=db PASSWORD=*** sslpassword=*** dbname=dmx"},
    {"report_wait=0", NULL},
    {"report_wait=1d", NULL},
    {"report_late=fold", NULL},
    {"report_retention=2d", NULL},
    {"report_retention=48h", "2d"},
    {"on_reject=quarantine", NULL},
    {"on_reject=none", NULL},
    {"on_quarantine=header", NULL},
    {"on_quarantine=freeze", NULL},
    {"on_quarantine=reject", NULL},
    {"on_quarantine=none", NULL},
    {"on_quarantine=redirect:spam@example.com", NULL},
    {"on_quarantine=Redirect: a+b@x", "redirect:a+b@x"},
    {"on_temperror=defer", NULL},
    {"on_bad_from=accept", NULL},
    {"on_bad_from=reject", NULL},
    {"reject_text=DMARC of %{domain} (%{policy}) refuses %{ip}: %{reason}, 100%%", NULL},
    {"reject_text=%%{nothing}", NULL},
    {"reject_text=a = b # c", NULL},
    {"reject_text=\"no\" means \"no\"", NULL},
    {"reject_text=\"", NULL},
    {"reject_text=" TEXT512, NULL},
    {"add_authentication_results=no", NULL},
    {"fail_policy_header=", NULL},
    {"fail_policy_header=X-!~", NULL},
    {"fail_policy_header=" TEXT64, NULL},
    {"log_dmarc_record=no", NULL},
    {"dkim_min_rsa_bits=512", NULL},
    {"dkim_min_rsa_bits=4096", NULL},
    {"dkim_rsa_sha1=accept", NULL},
    {"dkim_max_signatures=1", NULL},
    {"dkim_max_signatures=100", NULL},
    {"dkim_partial_body=accept", NULL},
    {"trusted_sealers=", NULL},
    {"trusted_sealers=a.example, *.B.example", "*.b.example, a.example"},
    {"arc=no", NULL},
    {"arc_oldest_pass=yes", NULL},
    {"psl_file=/x", NULL},
    {"psl_file=x y", NULL},
    {"report_org=", NULL},
    {"report_org=B\xC3\xBC"
     "cher & Co. \"KG\"",
     NULL},
    {"report_email=reports@example.org", NULL},
    {"report_email=", NULL},
    {"report_envelope=null", NULL},
    {"report_envelope=bounces@example.org", NULL},
    {"sendmail=/usr/lib/sendmail", NULL},
    {"report_contact=https://example.org/dmarc?a=1", NULL},
    {"report_dialect=rfc9990", NULL},
    {"report_dialect=Old.Example rfc7489", "auto, old.example rfc7489"},
    {"report_dialect=*.old.example RFC7489, rfc9990", "rfc9990, *.old.example rfc7489"},
    {"report_exclude=own.example, *.own.example", "*.own.example, own.example"},
    {"failure_reports=yes", NULL},
    {"failure_content=message", NULL},
    {"failure_dkim_headers=yes", NULL},
    {"failure_dkim_body=yes", NULL},
    {"failure_redact=no", NULL},
    {"failure_rate=recipient 1/1m, domain 60/1m, all 10000/30d", NULL},
    {"failure_rate=all 5/60", "recipient 1/1d, domain 10/1d, all 5/1m"},
    {"failure_rate=ALL 0/1h,\tDomain 3/24h", "recipient 1/1d, domain 3/1d, all 0/1h"},
    {"failure_rate=recipient 7/90m", "recipient 7/90m, domain 10/1d, all 100/1h"},
    {"privacy=strict", NULL},
    {"mask_reserved_ips=no", NULL},
    {"reserved_ips=", NULL},
    {"reserved_ips=::ffff:10.0.0.0/104", "10.0.0.0/8"},
    {"mask_in_xml=literal", NULL},
    {"mask_in_xml=omit", NULL},
    {"psl_url=https://m.example/l", NULL},
    {"psl_url=HTTP://m.example/l", NULL},
    {"psl_url=file:///srv/list.dat", NULL},
    {"psl_max_age=1h", NULL},
    {"psl_max_age=3600", "1h"},
    {"psl_max_age=48h", "2d"},
    {"psl_max_age=3650d", NULL},
};

START_TEST(value_taken)
{
    char buf[16384], name[64];
    const char *assignment = taken[_i].assignment;
    struct dmx_config *config = fresh();
    struct dmx_config_error error;
    error.text[0] = '\0';
    enum dmx_status status = dmx_config_set(config, dmx_slice_cstr(assignment), &error);
    ck_assert_msg(status == DMX_OK, "%s: %s", assignment, error.text);
    struct dmx_slice rest = dmx_slice_cstr(assignment), key;
    ck_assert(dmx_slice_split(&rest, '=', &key));
    key = dmx_slice_trim(key);
    memcpy(name, key.ptr, key.len);
    name[key.len] = '\0';
    char want[8192] = "";
    memcpy(want, rest.ptr, rest.len);
    ck_slice_eq(assignment, shown(config, name, buf, sizeof buf), taken[_i].want ? taken[_i].want : want);
    dmx_config_free(&config);
}
END_TEST

/* want: what the error must say. */
static const struct {
    const char *assignment, *want;
} refused[] = {
    /* Mistyped names, each option once. */
    {"moed=monitor", "unknown option moed; did you mean mode?"},
    {"rule=rfc7489", "unknown option rule; did you mean rules?"},
    {"authservid=x", "unknown option authservid; did you mean authserv_id?"},
    {"deadlin=1s", "did you mean deadline?"},
    {"log-verbose=no", "did you mean log_verbose?"},
    {"nameserver=::1", "did you mean nameservers?"},
    {"dns_timeuot=1s", "did you mean dns_timeout?"},
    {"dns_trys=1", "did you mean dns_tries?"},
    {"dns_max_question=1", "did you mean dns_max_questions?"},
    {"exempt_authentication=no", "did you mean exempt_authenticated?"},
    {"trusted_ip=::1", "did you mean trusted_ips?"},
    {"trusted_host=x", "did you mean trusted_hosts?"},
    {"exempt_recipient=x", "did you mean exempt_recipients?"},
    {"on_rejct=none", "unknown option on_rejct; did you mean on_reject?"},
    {"on_quarantaine=none", "did you mean on_quarantine?"},
    {"on_temp_error=defer", "did you mean on_temperror?"},
    {"on_badfrom=accept", "did you mean on_bad_from?"},
    {"reject-text=x", "did you mean reject_text?"},
    {"add_authentication_result=no", "did you mean add_authentication_results?"},
    {"fail_policy_headers=X", "did you mean fail_policy_header?"},
    {"log_dmarc_records=no", "did you mean log_dmarc_record?"},
    {"dkim_min_rsa_bit=1024", "did you mean dkim_min_rsa_bits?"},
    {"dkim_rsa_sha256=accept", "did you mean dkim_rsa_sha1?"},
    {"dkim_max_signature=1", "did you mean dkim_max_signatures?"},
    {"dkim_partial_bodies=accept", "did you mean dkim_partial_body?"},
    {"trusted_sealer=a", "did you mean trusted_sealers?"},
    {"arcs=no", "did you mean arc?"},
    {"arc_oldest_passes=no", "did you mean arc_oldest_pass?"},
    {"psl_fiel=/x", "did you mean psl_file?"},
    {"report_orgs=x", "did you mean report_org?"},
    {"report_mail=x@example.org", "did you mean report_email?"},
    {"report_contacts=x", "did you mean report_contact?"},
    {"report_dialekt=auto", "did you mean report_dialect?"},
    {"report_excludes=x", "did you mean report_exclude?"},
    {"mask_reserved_ip=no", "did you mean mask_reserved_ips?"},
    {"reserved_ip=::1", "did you mean reserved_ips?"},
    {"failure_report=yes", "did you mean failure_reports?"},
    {"failure_rates=all 1/1d", "did you mean failure_rate?"},
    {"failure_contents=headers", "did you mean failure_content?"},
    {"failure_dkim_header=yes", "did you mean failure_dkim_headers?"},
    {"failure_dkim_bodies=yes", "did you mean failure_dkim_body?"},
    {"failure_redacted=no", "did you mean failure_redact?"},
    {"privcy=strict", "did you mean privacy?"},
    {"mask_in_html=zero", "did you mean mask_in_xml?"},
    {"psl_uri=https://x", "did you mean psl_url?"},
    {"psl_maxage=1d", "did you mean psl_max_age?"},
    {"MODE=monitor", "unknown option MODE; did you mean mode?"},
    {"frobnicate=1", "unknown option frobnicate; `dmx config show` lists all options"},
    {"x\xc3\xa4=1", "unknown option x\\xc3\\xa4"},
    /* No assignment. */
    {"", "not of the form option = value"},
    {"mode", "not of the form option = value"},
    {"= monitor", "not of the form option = value"},
    {"mode=monitor\n", "a control byte in the line"},
    {"mode=\x01", "a control byte in the line"},
    {"mode=\x7f", "a control byte in the line"},
    /* Wrong values, each kind and option. */
    {"mode=", "mode: \"\" is not accepted; accepted: enforce, monitor"},
    {"mode=enforced", "mode: \"enforced\" is not accepted; accepted: enforce, monitor"},
    {"mode=monitor # for now", "a comment needs a line of its own"},
    {"rules=rfc9990", "accepted: rfc7489, rfc9989"},
    {"authserv_id=mx 1", "a host name"},
    {"authserv_id=$x", "a host name"},
    {"authserv_id=mx;1", "a host name"},
    {"authserv_id=b\xc3\xbc"
     "cher",
     "a host name"},
    {"authserv_id=" DOMAIN253 "x", "a host name"},
    {"deadline=99ms", "from 100ms to 5m"},
    {"deadline=0", "from 100ms to 5m"},
    {"deadline=301", "from 100ms to 5m"},
    {"deadline=300001ms", "from 100ms to 5m"},
    {"deadline=1.5s", "from 100ms to 5m"},
    {"deadline=-1", "from 100ms to 5m"},
    {"deadline=ms", "from 100ms to 5m"},
    {"deadline=99999999999999999999999s", "from 100ms to 5m"},
    {"log_verbose=true", "accepted: yes, no"},
    {"log_verbose=1", "accepted: yes, no"},
    {"nameservers=localhost", "nameservers: \"localhost\" is not accepted"},
    {"nameservers=127.0.0.1:0", "a port is a number from 1 to 65535"},
    {"nameservers=127.0.0.1:65536", "a port is a number from 1 to 65535"},
    {"nameservers=127.0.0.1:", "a port is a number from 1 to 65535"},
    {"nameservers=[::1]:domain", "a port is a number from 1 to 65535"},
    {"nameservers=[::1]53", "\"[::1]53\" is not accepted; accepted: a list of ADDR"},
    {"nameservers=[::1:53", "not accepted"},
    {"nameservers=[127.0.0.1]:53", "not accepted"},
    {"nameservers=::1,", "an empty entry in the list"},
    {"nameservers=::1,::2,::3,::4,::5,::6,::7,::8,::9", "more than 8 entries"},
    {"dns_timeout=9ms", "from 10ms to 1m"},
    {"dns_timeout=61s", "from 10ms to 1m"},
    {"dns_tries=0", "a number from 1 to 10"},
    {"cache=16M", "accepted: yes, no"},
    {"cache_size=1048575", "a size like 16M or 1G, from 1M to 1G"},
    {"cache_size=1025M", "from 1M to 1G"},
    {"cache_size=16MB", "from 1M to 1G"},
    {"cache_size=-1", "from 1M to 1G"},
    {"cache_max_ttl=0", "from 1s to 7d"},
    {"cache_max_ttl=604801", "from 1s to 7d"},
    {"cache_negative_max_ttl=999ms", "from 1s to 1d"},
    {"cache_negative_max_ttl=86401", "from 1s to 1d"},
    {"cache_stale=no", "from 0 to 7d"},
    {"cache_stale=8d", "from 0 to 7d"},
    {"cache_file=", "accepted: a path"},
    {"cache_pins=", "accepted: a path"},
    {"dns_tries=11", "a number from 1 to 10"},
    {"dns_tries=2x", "a number from 1 to 10"},
    {"dns_max_questions=0", "a number from 1 to 1000"},
    {"dns_max_questions=1001", "a number from 1 to 1000"},
    {"exempt_authenticated=maybe", "accepted: yes, no"},
    {"trusted_ips=mail.example.com", "trusted_ips: \"mail.example.com\" is not accepted"},
    {"trusted_ips=10.0.0.0/33", "\"10.0.0.0/33\""},
    {"trusted_ips=10/8", "\"10/8\""},
    {"trusted_ips=::/129", "\"::/129\""},
    {"trusted_ips=::ffff:10.0.0.0/95", "not accepted"},
    {"trusted_ips=10.0.0.1 10.0.0.2", "\"10.0.0.1 10.0.0.2\""},
    {"trusted_ips=10.0.0.1,,10.0.0.2", "an empty entry in the list"},
    {"trusted_ips=,", "an empty entry in the list"},
    {"trusted_ips=@/nonexistent/list", "trusted_ips: /nonexistent/list: No such file or directory"},
    {"trusted_ips=@", "No such file or directory"},
    {"trusted_ips=10.0.0.1 : 10.0.0.2", "separate entries by commas"},
    {"trusted_ips=10.0.0.1:10.0.0.2", "separate entries by commas"},
    {"trusted_ips=10.0.0.1; 10.0.0.2", "separate entries by commas"},
    {"exempt_recipients=a@example.com b@example.com", "separate entries by commas"},
    {"nameservers=127.0.0.1 ::1", "separate entries by commas"},
    {"trusted_sealers=a.example b.example", "separate entries by commas"},
    {"trusted_ips=10.0.0.0/255.0.0.0", "a block ends in the number of its bits"},
    {"trusted_ips=\"10.0.0.1\"", "values are not quoted"},
    {"trusted_ips=\"10.0.0.1\", \"10.0.0.2\"", "\"\"10.0.0.1\"\" is not accepted: values are not quoted"},
    {"trusted_hosts='10.0.0.1'", "values are not quoted"},
    {"psl_file=\"/x\"", "values are not quoted"},
    {"psl_url=", "a URL that begins with https://"},
    {"psl_url=publicsuffix.org", "a URL that begins with https://"},
    {"psl_url=https://", "a URL that begins with https://"},
    {"psl_url=ftp://x/l", "a URL that begins with https://"},
    {"psl_url=https://x/a b", "a URL that begins with https://"},
    {"psl_url=https://b\xc3\xbc.example/", "a URL that begins with https://"},
    {"psl_max_age=3599s", "from 1h to 3650d"},
    {"psl_max_age=3651d", "from 1h to 3650d"},
    {"psl_max_age=2w", "from 1h to 3650d"},
    {"fail_policy_header=\"X-Policy\"", "values are not quoted"},
    {"reject_text=\"Go away\"", "values are not quoted"},
    {"mode='monitor'", "values are not quoted"},
    {"mode=\"\"", "values are not quoted"},
    {"trusted_hosts=10.0.0.0/8, *.example.org", "separates by colons: 10.0.0.0/8 : *.example.org"},
    {"trusted_hosts=<; 10.0.0.0/8, *.example.org", "separates by colons"},
    {"trusted_hosts=@/etc/exim4/relays", "names a file by its path alone"},
    {"trusted_hosts=10.0.0.0/8 : ! @./relays", "names a file by its path alone"},
    {"trusted_hosts=<, 10.0.0.0/8, @/etc/exim4/relays", "names a file by its path alone"},
    {"trusted_hosts=a\tb", "it holds a tab or is over 4096 bytes"},
    {"trusted_hosts=" TEXT4096 "x", "it holds a tab or is over 4096 bytes"},
    {"exempt_recipients=*", "accepted: a list of LOCAL@DOMAIN"},
    {"exempt_recipients=*@*", "\"*@*\""},
    {"exempt_recipients=@", "\"@\""},
    {"exempt_recipients=joe@", "\"joe@\""},
    {"exempt_recipients=joe@*.example.com", "not accepted"},
    {"exempt_recipients=joe smith@example.com", "not accepted"},
    {"exempt_recipients=\"joe\"@example.com", "not accepted"},
    {"exempt_recipients=<joe@example.com>", "not accepted"},
    {"exempt_recipients=joe..smith@example.com", "not accepted"},
    {"exempt_recipients=.joe@example.com", "not accepted"},
    {"exempt_recipients=joe@example.com.", "not accepted"},
    {"exempt_recipients=joe@[192.0.2.1]", "not accepted"},
    {"exempt_recipients=" LOCAL64 "x@example.com", "not accepted"},
    {"exempt_recipients=joe@" DOMAIN253, "not accepted"},
    {"on_reject=corroborate", "accepted: reject, corroborated, quarantine, none"},
    {"corroborate_domains=*", "not accepted"},
    {"corroborate_domains=*.", "not accepted"},
    {"corroborate_domains=a@b.example", "not accepted"},
    {"corroborate_domains=b\xc3\xbc.example", "not accepted"},
    {"corroborate_domains=a.example,,b.example", "an empty entry"},
    {"inbound_relays=mx.example", "not accepted"},
    {"forwarders=10.0.0.0/33", "not accepted"},
    {"forwarders=*", "not accepted"},
    {"approved_domains=esp.example", "accepted: a list of AUTHENTICATED for FROM"},
    {"approved_domains=esp.example for", "not accepted"},
    {"approved_domains=esp.example to shop.example", "not accepted"},
    {"approved_domains=esp.example for shop.example now", "not accepted"},
    {"approved_domains=* for shop.example", "not accepted"},
    {"policy_overrides=shop.example", "not accepted"},
    {"policy_overrides=shop.example none 2026-01-01", "not accepted"},
    {"policy_overrides=shop.example nothing until 2026-01-01", "not accepted"},
    {"policy_overrides=shop.example none until tomorrow", "DATE is YYYY-MM-DD"},
    {"policy_overrides=shop.example none until 2026-02-29", "DATE is YYYY-MM-DD"},
    {"policy_overrides=shop.example none until 2026-13-01", "DATE is YYYY-MM-DD"},
    {"policy_overrides=shop.example none until 2026-00-01", "DATE is YYYY-MM-DD"},
    {"policy_overrides=shop.example none until 2026-01-00", "DATE is YYYY-MM-DD"},
    {"policy_overrides=shop.example none until 1999-12-31", "DATE is YYYY-MM-DD"},
    {"policy_overrides=shop.example none until 26-01-01", "DATE is YYYY-MM-DD"},
    {"policy_overrides=a.example none until 2026-01-01,A.example reject until 2027-01-01", "it stands there twice"},
    {"policy_overrides=a.example none until 2026-01-01 " TEXT128 TEXT64 "123456789", "the reason is over 200 bytes"},
    {"on_quarantine=redirect", "accepted: header, redirect:ADDR, freeze, reject, none"},
    {"on_quarantine=redirect:", "ADDR is LOCAL@DOMAIN"},
    {"on_quarantine=redirect:ADDR", "ADDR is LOCAL@DOMAIN"},
    {"on_quarantine=redirect:spam", "ADDR is LOCAL@DOMAIN"},
    {"on_quarantine=redirect:@example.com", "ADDR is LOCAL@DOMAIN"},
    {"on_quarantine=redirect:a b@example.com", "ADDR is LOCAL@DOMAIN"},
    {"on_quarantine=redirect:a@example.com, b@example.com", "ADDR is LOCAL@DOMAIN"},
    {"on_quarantine=redirect:\xc3\xb6@example.com", "ADDR is LOCAL@DOMAIN"},
    {"on_temperror=reject", "accepted: accept, defer"},
    {"on_bad_from=none", "accepted: quarantine, accept, reject"},
    {"reject_text=%{domian}", "a % begins no placeholder"},
    {"reject_text=100%", "a % begins no placeholder"},
    {"reject_text=%d", "a % begins no placeholder"},
    {"reject_text=%{domain", "a % begins no placeholder"},
    {"reject_text=gr\xc3\xbc\xc3\x9f", "accepted: printable ASCII"},
    {"reject_text=a\tb", "accepted: printable ASCII"},
    {"reject_text=" TEXT512 "x", "it is over 512 bytes"},
    {"add_authentication_results=never", "accepted: yes, no"},
    {"fail_policy_header=X-Policy:", "without colon"},
    {"fail_policy_header=X Policy", "not accepted"},
    {"fail_policy_header=X\xc3\xb6", "not accepted"},
    {"fail_policy_header=from", "incoming fields of this name would be removed"},
    {"fail_policy_header=DKIM-Signature", "incoming fields of this name would be removed"},
    {"fail_policy_header=" TEXT64 "x", "it is over 64 bytes"},
    {"log_dmarc_record=", "accepted: yes, no"},
    {"dkim_min_rsa_bits=511", "a number from 512 to 4096"},
    {"dkim_min_rsa_bits=4097", "a number from 512 to 4096"},
    {"dkim_rsa_sha1=yes", "accepted: ignore, accept"},
    {"dkim_max_signatures=0", "a number from 1 to 100"},
    {"dkim_max_signatures=101", "a number from 1 to 100"},
    {"dkim_partial_body=reject", "accepted: ignore, accept"},
    {"trusted_sealers=a..example", "accepted: a list of DOMAIN or *.DOMAIN, or @FILE"},
    {"trusted_sealers=a@b.example", "accepted: a list of DOMAIN or *.DOMAIN, or @FILE"},
    {"trusted_sealers=*", "accepted: a list of DOMAIN or *.DOMAIN, or @FILE"},
    {"trusted_sealers=a.*.example", "accepted: a list of DOMAIN or *.DOMAIN, or @FILE"},
    {"trusted_sealers=m\xc3\xbcller.example", "accepted: a list of DOMAIN or *.DOMAIN, or @FILE"},
    {"arc=maybe", "accepted: yes, no"},
    {"arc_oldest_pass=", "accepted: yes, no"},
    {"psl_file=", "accepted: a path"},
    {"report_org=\xff", "accepted: UTF-8 text of at most 100 bytes"},
    {"report_org=" TEXT64 TEXT64, "accepted: UTF-8 text of at most 100 bytes"},
    {"report_contact=" TEXT512, "accepted: UTF-8 text of at most 200 bytes"},
    {"journal_history=367d", "from 0 to 366d"},
    {"report_retention=1d", "from 2d to 366d"},
    {"report_retention=367d", "from 2d to 366d"},
    {"report_store=", "accepted: sqlite:PATH"},
    {"report_store=sqlite:", "accepted: sqlite:PATH"},
    {"report_wait=25h", "accepted:"},
    {"report_late=never", "accepted: followup, fold"},
    {"report_store=/var/lib/dmx/reports.db", "accepted: sqlite:PATH"},
    {"report_store=postgresql:", "accepted: sqlite:PATH, postgresql:CONNINFO"},
    {"report_store=postgres://u:secret@db/dmx", "postgres://u:***@db/dmx"},
    {"report_store=postgresql:password\t=\tsecret\tport=1", "password\\x09=\\x09***\\x09port=1"},
    {"report_store=pgsql:host=db password=secret", "password=***"},
    {"report_envelope=", "accepted: verp, null, or LOCAL@DOMAIN in ASCII"},
    {"report_envelope=Verp", "accepted"},
    {"sendmail=", "accepted: a path"},
    {"sendmail_timeout=1ms", "from 100ms to"},
    {"report_email=example.org", "accepted: LOCAL@DOMAIN in ASCII, or nothing"},
    {"report_email=a@b@c", "accepted: LOCAL@DOMAIN in ASCII, or nothing"},
    {"report_email=\xC3\xBC@example.org", "accepted: LOCAL@DOMAIN in ASCII, or nothing"},
    {"report_dialect=rfc9989", "accepted: a list of DIALECT (auto, rfc7489, rfc9990), or DESTINATION DIALECT"},
    {"report_dialect=example.org rfc7489 x",
     "accepted: a list of DIALECT (auto, rfc7489, rfc9990), or DESTINATION DIALECT"},
    {"report_dialect=a..b rfc7489", "accepted: a list of DIALECT (auto, rfc7489, rfc9990), or DESTINATION DIALECT"},
    {"report_dialect=a.example rfc7489, A.example rfc9990", "there are two dialects for it"},
    {"report_dialect=auto, rfc7489", "there are two dialects for it"},
    {"privacy=paranoid", "accepted: standard, strict"},
    {"failure_content=body", "accepted: headers, message"},
    {"failure_rate=", "an entry is SCOPE COUNT/PERIOD"},
    {"failure_rate=100/1h", "an entry is SCOPE COUNT/PERIOD"},
    {"failure_rate=all 100", "an entry is SCOPE COUNT/PERIOD"},
    {"failure_rate=all 100/1h x", "an entry is SCOPE COUNT/PERIOD"},
    {"failure_rate=all 1/1d,", "an entry is SCOPE COUNT/PERIOD"},
    {"failure_rate=host 1/1d", "SCOPE is recipient, domain or all"},
    {"failure_rate=all 1/1d, all 2/1d", "all stands there twice"},
    {"failure_rate=all 10001/30d", "COUNT is a number from 0 to 10000"},
    {"failure_rate=all -1/1d", "COUNT is a number from 0 to 10000"},
    {"failure_rate=all 1/59s", "PERIOD is a time from 1m to 30d"},
    {"failure_rate=all 1/31d", "PERIOD is a time from 1m to 30d"},
    {"failure_rate=all 1/d", "PERIOD is a time from 1m to 30d"},
    {"failure_rate=all 61/1m", "more than one a second"},
    {"failure_rate=@rates", "an entry is SCOPE COUNT/PERIOD"},
    {"mask_in_xml=none", "accepted: zero, literal, omit"},
    {"reserved_ips=10.0.0.0/33", "10.0.0.0/33"},
    {"psl_file=a\tb", "accepted: a path"},
    {"psl_file=/" TEXT4096, "accepted: a path"},
};

START_TEST(value_refused)
{
    struct dmx_config *config = fresh();
    struct dmx_config_error error;
    const char *assignment = refused[_i].assignment;
    enum dmx_status status = dmx_config_set(config, dmx_slice_cstr(assignment), &error);
    ck_assert_msg(status == DMX_INVALID || status == DMX_IO, "%s: taken", assignment);
    ck_assert_msg(strstr(error.text, refused[_i].want), "%s: got \"%s\", want \"%s\"", assignment, error.text,
                  refused[_i].want);
    for (const char *at = error.text; *at; at++)
        ck_assert_msg(*at >= ' ' && *at < 0x7f, "%s: byte %d in the error", assignment, *at);
    dmx_config_free(&config);
}
END_TEST

/* on_reject's default follows rules, in whatever order and by whatever road they are set; a value given does not. */
static const struct {
    const char *first, *second;
    enum dmx_on_reject want;
    bool want_set;
} on_reject[] = {
    {"rules=rfc7489", NULL, DMX_ON_REJECT_REJECT, false},
    {"rules=rfc9989", NULL, DMX_ON_REJECT_CORROBORATED, false},
    {"rules=rfc9989", "rules=rfc7489", DMX_ON_REJECT_REJECT, false},
    {"rules=rfc9989", "on_reject=reject", DMX_ON_REJECT_REJECT, true},
    {"on_reject=reject", "rules=rfc9989", DMX_ON_REJECT_REJECT, true},
    {"on_reject=none", "rules=rfc9989", DMX_ON_REJECT_NONE, true},
};

START_TEST(value_on_reject)
{
    struct dmx_config *config = fresh();
    struct dmx_config_error error;
    ck_assert_int_eq(dmx_config_set(config, dmx_slice_cstr(on_reject[_i].first), &error), DMX_OK);
    if (on_reject[_i].second)
        ck_assert_int_eq(dmx_config_set(config, dmx_slice_cstr(on_reject[_i].second), &error), DMX_OK);
    ck_assert_uint_eq(config->on_reject, on_reject[_i].want);
    ck_assert_int_eq(config->on_reject_set, on_reject[_i].want_set);
    dmx_config_free(&config);
}
END_TEST

START_TEST(value_quarantine_address)
{
    struct dmx_config *config = fresh();
    struct dmx_config_error error;
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("on_quarantine=redirect:spam@example.com"), &error), DMX_OK);
    ck_assert_uint_eq(config->on_quarantine, DMX_QUARANTINE_REDIRECT);
    ck_slice_eq("address", config->quarantine_address, "spam@example.com");
    dmx_config_free(&config);
}
END_TEST

/* The longest things that an error can name: it is cut, ended, and still says where. */
START_TEST(value_error_is_cut)
{
    struct dmx_config *config = fresh();
    struct dmx_config_error error;
    char name[600], text[1200];
    memset(name, '\xff', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    memset(text, '\xff', sizeof text);
    memcpy(text, "trusted_ips=", 12);
    ck_assert_int_eq(dmx_config_parse(config, dmx_slice(text, sizeof text), name, &error), DMX_INVALID);
    ck_assert_uint_lt(strnlen(error.text, sizeof error.text), sizeof error.text);
    ck_assert_ptr_nonnull(strstr(error.text, "... line 1: "));
    dmx_config_free(&config);
}
END_TEST

DMX_SUITE(value)
{
    DMX_TABLE(value_default, defaults);
    DMX_TEST(value_default_members);
    DMX_TABLE(value_taken, taken);
    DMX_TABLE(value_refused, refused);
    DMX_TABLE(value_on_reject, on_reject);
    DMX_TEST(value_quarantine_address);
    DMX_TEST(value_error_is_cut);
}
