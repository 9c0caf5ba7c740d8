/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx report resend`: the mails of one report once more. */
#include "report_run.h"
#include "tool.h"

enum { TOKEN_LEN = 16 }; /* of a report: see sqlite_report.c */

/* [ "<" ] BEGIN "." TOKEN LETTER "@" RECEIVER [ ">" ], or TOKEN alone: what a Report-ID or a file name have in them. */
static struct dmx_slice token_of(struct dmx_slice id)
{
    if (id.len > 0 && id.ptr[0] == '<')
        id = dmx_slice_from(id, 1);
    id = dmx_slice_upto(id, dmx_slice_find(id, '@'));
    if (dmx_slice_find(id, '.') < id.len)
        id = dmx_slice_from(id, dmx_slice_rfind(id, '.') + 1);
    return dmx_slice_upto(id, TOKEN_LEN);
}

int report_resend(struct report_task *task)
{
    struct dmx_store_report report;
    struct dmx_mailer_result result;
    if (task->word_count != 1)
        return complain(EXIT_USAGE, "dmx report resend: want a Report-ID; `dmx report --help` says more");
    if (report_missing(task->config))
        return complain(EXIT_CONFIG, "nothing is sent: %s", report_missing(task->config));
    int code = report_begin(task, DMX_STORE_EXISTING);
    if (code == EXIT_OK)
        code = report_lock(task);
    if (code != EXIT_OK)
        return code;
    enum dmx_status status =
        task->store->verbs->report_get(task->store, 0, token_of(dmx_slice_cstr(task->words[0])), task->arena, &report);
    if (status == DMX_INVALID)
        return complain(EXIT_UNREADABLE, "%s: there is no such report, or it was not made yet", task->words[0]);
    if (status != DMX_OK)
        return report_complain_of_store(task, status);
    const struct dmx_mailer mailer = report_mailer_of(task);
    task->verbose = true;
    status = dmx_mailer_resend(&mailer, report.id, &result);
    return report_finish_mail(task, status, &result);
}
