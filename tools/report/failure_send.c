/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Hands mails over that are due: in the bytes that are on the disk, and only then are they deleted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/report/mailer.h"
#include "dmx/report/sendmail.h"
#include "dmx/report/suppress.h"
#include "dmx/report/verp.h"
#include "failure_dir.h"

#include "dmx/base/banned.h"

enum { ENVELOPE_MAX = 400, MAIL_BYTES = 2 * FAILURE_MAIL_MAX };

struct sending {
    struct failure_run *run;
    unsigned broken;  /* in a row */
    unsigned unclear; /* in all */
};

int64_t dmx_failures_wait_s(int64_t made_s, int64_t tried_s)
{
    int64_t waited_s = tried_s - made_s;
    if (waited_s < DMX_FAILURES_FIRST_WAIT_S)
        return DMX_FAILURES_FIRST_WAIT_S;
    return waited_s < DMX_FAILURES_MOST_WAIT_S ? waited_s : DMX_FAILURES_MOST_WAIT_S;
}

/* An attempt in the future was made before the clock was set back. */
static bool is_due(const struct sending *s, const struct dmx_queued_mail *mail, int64_t tried_s)
{
    int64_t now_s = failure_now_s(s->run);
    return tried_s == 0 || tried_s > now_s || now_s - tried_s >= dmx_failures_wait_s(mail->made_s, tried_s);
}

static void tell(const struct sending *s, const char *what, const char *file, const struct dmx_queued_mail *mail,
                 struct dmx_slice why, bool trouble)
{
    const struct dmx_failures_event event = {what, file, mail->recipient, why, trouble};
    failure_tell(s->run, &event);
}

static struct dmx_slice envelope_of(const struct sending *s, struct dmx_slice recipient, char room[static ENVELOPE_MAX])
{
    const struct dmx_config *config = s->run->about->config;
    struct dmx_builder b = dmx_builder_fixed(room, ENVELOPE_MAX);
    if (dmx_slice_eq(config->report_envelope, DMX_SLICE("null")))
        return DMX_SLICE_NONE;
    if (!dmx_slice_eq(config->report_envelope, DMX_SLICE("verp")))
        return config->report_envelope;
    dmx_put_failure_verp(&b, s->run->about->store->key, config->report_email, recipient);
    return b.failed ? config->report_email : dmx_builder_text(&b);
}

static enum dmx_sendmail_outcome hand_over(const struct sending *s, const struct dmx_queued_mail *mail,
                                           char text[static DMX_SENDMAIL_TEXT])
{
    char room[ENVELOPE_MAX];
    const struct dmx_config *config = s->run->about->config;
    const struct dmx_sendmail call = {
        .path = config->sendmail.ptr,
        .envelope = envelope_of(s, mail->recipient, room),
        .recipient = mail->recipient,
        .message = mail->message,
        .timeout_ms = config->sendmail_timeout_ms,
    };
    return dmx_sendmail_run(&call, text);
}

/* As with aggregate reports: what is unclear may be this address's doing. */
static void note_trouble(struct sending *s, enum dmx_sendmail_outcome outcome, struct dmx_slice why)
{
    struct dmx_failures_result *result = s->run->result;
    s->broken = outcome == DMX_SENDMAIL_BROKEN ? s->broken + 1 : 0;
    s->unclear += outcome == DMX_SENDMAIL_UNCLEAR;
    result->broken = s->broken >= DMX_MAILER_BROKEN;
    if (outcome != DMX_SENDMAIL_BROKEN && outcome != DMX_SENDMAIL_UNCLEAR)
        return;
    struct dmx_builder b = dmx_builder_fixed(result->text, sizeof result->text);
    dmx_put(&b, why);
    (void)dmx_builder_text(&b);
}

static enum dmx_status refuse(struct sending *s, const char *file, const struct dmx_queued_mail *mail,
                              struct dmx_slice why, struct dmx_arena *arena)
{
    struct dmx_store *store = s->run->about->store;
    s->run->result->tally.failed++;
    tell(s, "refused", file, mail, why, true);
    enum dmx_status status = dmx_suppress_add(store, mail->recipient, failure_now_s(s->run), why, arena);
    return status == DMX_OK ? failure_drop(s->run, file) : failure_complain(s->run, status, file, store->error);
}

/* The attempt is noted before it is made. */
static enum dmx_status attempt(struct sending *s, const char *file, const struct dmx_queued_mail *mail,
                               struct dmx_arena *arena)
{
    char text[DMX_SENDMAIL_TEXT];
    struct dmx_failures_result *result = s->run->result;
    if (failure_touch(s->run->dir, file, failure_now_s(s->run)) != DMX_OK)
        return failure_complain(s->run, DMX_IO, file, strerrordesc_np(errno));
    enum dmx_sendmail_outcome outcome = hand_over(s, mail, text);
    struct dmx_slice why = dmx_slice_cstr(text);
    note_trouble(s, outcome, why);
    if (outcome == DMX_SENDMAIL_REFUSED)
        return refuse(s, file, mail, why, arena);
    result->later += outcome != DMX_SENDMAIL_TAKEN;
    tell(s, outcome == DMX_SENDMAIL_TAKEN ? "handed over" : "later", file, mail, why, outcome != DMX_SENDMAIL_TAKEN);
    if (outcome != DMX_SENDMAIL_TAKEN)
        return DMX_OK;
    result->tally.sent++;
    result->tally.incidents += mail->incidents;
    return failure_drop(s->run, file);
}

static enum dmx_status deliver(struct sending *s, const char *file, const struct dmx_queued_mail *mail,
                               struct dmx_arena *arena)
{
    struct dmx_store_suppression suppression;
    struct dmx_store *store = s->run->about->store;
    bool suppressed;
    enum dmx_status status =
        dmx_suppress_find(store, mail->recipient, failure_now_s(s->run), arena, &suppressed, &suppression);
    if (status != DMX_OK)
        return failure_complain(s->run, status, file, store->error);
    if (!suppressed)
        return attempt(s, file, mail, arena);
    s->run->result->tally.suppressed++;
    tell(s, "suppressed", file, mail, suppression.reason, false);
    return failure_drop(s->run, file);
}

static enum dmx_status look_at(struct sending *s, const struct journal_file *file, struct dmx_arena *arena)
{
    struct dmx_slice bytes;
    struct dmx_queued_mail mail;
    enum dmx_status status = failure_read(s->run->dir, file->name, FAILURE_MAIL_MAX, arena, &bytes);
    if (status == DMX_IO)
        return errno == ENOENT ? DMX_OK : failure_complain(s->run, status, file->name, strerrordesc_np(errno));
    if (status == DMX_OK)
        status = failure_mail_get(bytes, arena, &mail);
    if (status == DMX_NOMEM)
        return failure_complain(s->run, status, file->name, "out of memory");
    if (status != DMX_OK)
        return failure_drop_damaged(s->run, file->name, "it is no mail of ours, or not whole");
    if (is_due(s, &mail, file->changed_s))
        return deliver(s, file->name, &mail, arena);
    s->run->result->later++;
    return DMX_OK;
}

static bool may_go_on(const struct sending *s)
{
    const struct dmx_failures *about = s->run->about;
    return !s->run->result->broken && (!about->go_on || about->go_on(about->ctx));
}

enum dmx_status failure_send(struct failure_run *run)
{
    struct sending s = {.run = run};
    struct journal_files files;
    enum dmx_status status = journal_dir_list(run->dir, failure_mail, &files);
    for (size_t i = 0; i < files.count && status == DMX_OK && may_go_on(&s); i++) {
        struct dmx_arena *arena = dmx_arena_new(MAIL_BYTES);
        status = arena ? look_at(&s, &files.items[i], arena) : DMX_NOMEM;
        dmx_arena_free(&arena);
    }
    run->result->broken |= run->result->tally.sent == 0 && s.unclear >= DMX_MAILER_UNCLEAR;
    free(files.items);
    return status;
}
