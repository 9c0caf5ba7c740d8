/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "session.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi.h"
#include "dmx/base/clock.h"
#include "header.h"

#include "dmx/base/banned.h"

bool dmx_session_has_client(void)
{
    return smtp_input && !smtp_batched_input && (sender_host_address || interface_address);
}

/* 0..99. The remainder favours low values by one part in forty million. Without randomness the policy applies. */
static unsigned draw(void)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        return 0;
    return random % 100;
}

static enum dmx_status copy_recipients(struct dmx_arena *arena, struct dmx_envelope *out)
{
    size_t count = recipients_count > 0 ? (size_t)recipients_count : 0;
    struct dmx_slice *recipients = dmx_arena_array(arena, count, sizeof *recipients);
    if (!recipients)
        return DMX_NOMEM;
    for (size_t i = 0; i < count; i++)
        recipients[i] = dmx_exim_text(recipients_list[i].address);
    out->recipients = recipients;
    out->recipient_count = count;
    return DMX_OK;
}

/* Asked only where nothing cheaper exempts the message already: a host list may cost Exim DNS lookups. */
static bool is_trusted_host(const struct dmx_config *config, const struct dmx_envelope *envelope)
{
    if ((envelope->authenticated && config->exempt_authenticated) ||
        dmx_cidr_list_contains(&config->trusted_ips, &envelope->client))
        return false;
    enum dmx_exim_match match = dmx_exim_match_client(config->trusted_hosts);
    if (match == DMX_EXIM_UNDECIDED)
        dmx_exim_log("dmx: trusted_hosts cannot be decided for this client, which counts as not listed");
    return match == DMX_EXIM_MATCH;
}

enum dmx_status dmx_session_envelope(const struct dmx_config *config, struct dmx_arena *arena, struct dmx_envelope *out)
{
    struct dmx_slice original = dmx_header_original_sender();
    *out = (struct dmx_envelope){
        .helo = dmx_exim_expand("$sender_helo_name"),
        .mail_from = original.ptr ? original : dmx_exim_text(sender_address),
        .has_mail_from = true,
        .authenticated = sender_host_authenticated != NULL,
        .acl = dmx_exim_expand("$acl_m_dmx"),
        .acl_signal = dmx_exim_expand("$acl_m_dmx_signal"),
        .receiver = dmx_exim_expand("$primary_hostname"),
        .now_s = dmx_clock_unix_s(),
        .draw = draw(),
    };
    if (!dmx_ip_parse(dmx_exim_text(sender_host_address), &out->client))
        out->client = (struct dmx_ip){.family = DMX_IP_NONE};
    out->trusted_host = is_trusted_host(config, out);
    return copy_recipients(arena, out);
}

static int64_t read_spool(void *ctx, uint64_t offset, char *buf, size_t size)
{
    const struct dmx_spool *spool = ctx;
    size_t done = 0;
    if (offset > (uint64_t)(INT64_MAX - spool->start) - size)
        return -1;
    while (done < size) {
        ssize_t n = pread(spool->fd, buf + done, size - done, spool->start + (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (int64_t)done;
}

enum dmx_status dmx_spool_body(struct dmx_spool *spool, struct dmx_body *out)
{
    struct stat st;
    if (spool->start < 0 || fstat(spool->fd, &st) != 0 || st.st_size < spool->start)
        return DMX_IO;
    *out = (struct dmx_body){.read_at = read_spool, .ctx = spool, .size = (uint64_t)(st.st_size - spool->start)};
    return dmx_body_detect_form(out);
}
