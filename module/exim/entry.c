/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Exim's entry: local_scan(), called for each message when its DATA has ended. A thin road with one way out. Whatever
 * goes wrong on it that is not the message's fault accepts the message, with dmarc=temperror and one line in the log.
 */
#include <unistd.h>

#include "abi.h"
#include "apply.h"
#include "dmx/base/clock.h"
#include "failure.h"
#include "guard.h"
#include "header.h"
#include "missing.h"
#include "panic.h"
#include "record.h"
#include "session.h"
#include "state.h"

#include "dmx/base/banned.h"

/*
 * Most messages need some kilobytes. A hostile one can make us keep 350000 fields of three bytes, or the canonical
 * form of a 1 MB header for each signature; it must not escape judgement by that.
 */
enum { MESSAGE_BYTES = 128 * 1024 * 1024 };

/* One message on its way. */
struct scan {
    struct dmx_spool spool;
    const struct dmx_guard *guard;
    struct dmx_state *state;
    struct dmx_arena *arena;
    struct dmx_slice authserv_id;
    struct dmx_envelope envelope;
    struct dmx_message message;
    bool header_cut;
    struct dmx_verdict verdict;
    uschar **text;
};

/* Reads the configuration and the session. What is wrong, or NULL. */
static const char *prepare(struct scan *scan)
{
    const struct dmx_config *config = scan->state->config;
    scan->authserv_id = dmx_exim_expand("$primary_hostname");
    if (config && config->authserv_id.len)
        scan->authserv_id = config->authserv_id;
    if (dmx_state_is_wrong(scan->state))
        return scan->state->wrong.text;
    if (!scan->arena || dmx_session_envelope(config, scan->arena, &scan->envelope) != DMX_OK)
        return "out of memory";
    return NULL;
}

/* Reads the message and judges it. What is wrong, or NULL. */
static const char *judge(struct scan *scan)
{
    if (!dmx_state_equip(scan->state, &scan->guard->old_mask))
        return scan->state->wrong.text;
    if (dmx_header_collect(scan->arena, &scan->message, &scan->header_cut) != DMX_OK)
        return "out of memory";
    if (scan->header_cut)
        dmx_exim_log("dmx: too many header fields, the message is judged by its From fields alone");
    if (dmx_spool_body(&scan->spool, &scan->message.body) != DMX_OK)
        return "the spooled message cannot be read";
    const struct dmx_engine engine = dmx_state_engine(scan->state);
    const struct dmx_budget budget = dmx_guard_budget(scan->guard, scan->state->config->deadline_ms);
    enum dmx_status status =
        dmx_pipeline_judge(&engine, &scan->envelope, &scan->message, NULL, &budget, scan->arena, &scan->verdict);
    /* The verdict is then a temperror that says why, and is applied like any other. */
    (void)status;
    return NULL;
}

/* Whom to trust stands in the configuration: as long as that is wrong, nobody. */
static void strip(const struct scan *scan)
{
    const struct dmx_config *config = scan->state->config;
    bool trusted = config && dmx_cidr_list_contains(&config->trusted_ips, &scan->envelope.client);
    const struct dmx_forgeries forgeries = {
        .authserv_id = trusted ? DMX_SLICE_NONE : scan->authserv_id,
        .fail_policy_header = config ? config->fail_policy_header : DMX_SLICE("X-DMARC-Fail-Policy"),
    };
    dmx_header_strip(&forgeries);
}

static int accept_unchecked(const struct scan *scan, const char *why)
{
    char line[sizeof scan->state->wrong.text + 64];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "dmx: accepted unchecked, dmarc=temperror: ");
    dmx_put_cstr(&b, why);
    (void)dmx_builder_text(&b);
    dmx_exim_log(line);
    if (dmx_state_is_wrong(scan->state))
        dmx_panic(line, dmx_clock_unix_s());
    *scan->text = dmx_exim_keep_tainted("dmarc=temperror disposition=none");
    return LOCAL_SCAN_ACCEPT;
}

/* What is kept of it beside the mail, and the line about it. */
static void note(const struct scan *scan)
{
    const struct dmx_config *config = scan->state->config;
    const struct dmx_failing failing = {
        .envelope = &scan->envelope,
        .verdict = &scan->verdict,
        .message = &scan->message,
        .header_cut = scan->header_cut,
        .authserv_id = scan->authserv_id,
    };
    const struct dmx_troubles troubles = {
        .journal = dmx_record(config, &scan->envelope, &scan->verdict, scan->arena),
        .failure = scan->verdict.judged ? dmx_failure_keep(scan->state, &failing, scan->arena) : NULL,
    };
    dmx_apply_log(config, &scan->envelope, &scan->verdict, &troubles, scan->arena);
}

static int scan_message(struct scan *scan)
{
    const char *wrong = prepare(scan);
    if (!wrong && !dmx_pipeline_exempt(scan->state->config, &scan->envelope, &scan->verdict))
        wrong = judge(scan);
    strip(scan); /* on every path, and after the header was read: a deleted field reads as one that an ACL removed */
    if (wrong)
        return accept_unchecked(scan, wrong);
    const struct dmx_config *config = scan->state->config;
    note(scan);
    return dmx_apply(config, &scan->envelope, &scan->verdict, scan->authserv_id, scan->arena, scan->text);
}

int local_scan(int fd, uschar **return_text)
{
    struct dmx_guard guard;
    if (!dmx_session_has_client())
        return LOCAL_SCAN_ACCEPT;
    dmx_guard_begin(&guard);
    struct scan scan = {
        .spool = {.fd = fd, .start = lseek(fd, 0, SEEK_CUR)},
        .guard = &guard,
        .state = dmx_state_get(),
        .arena = dmx_arena_new(MESSAGE_BYTES),
        .text = return_text,
    };
    int answer = scan_message(&scan);
    dmx_missing_tell();
    dmx_arena_free(&scan.arena);
    dmx_guard_end(&guard);
    return answer;
}
