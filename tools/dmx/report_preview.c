/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx report preview`: what a domain's owner would be told, without telling anybody. */
#include "dmx/report/authorise.h"
#include "dmx/report/render.h"
#include "report.h"
#include "tool.h"

static enum dmx_status write_out(void *ctx, struct dmx_slice bytes)
{
    return fwrite(bytes.ptr, 1, bytes.len, ctx) == bytes.len ? DMX_OK : DMX_IO;
}

/* What must be set before anything is sent is not needed to look at it. */
static void fill_in(struct dmx_config *config)
{
    if (config->report_org.len == 0 || config->report_email.len == 0)
        complain(0, "report_org or report_email is not set: nothing would be sent");
    if (config->report_org.len == 0)
        config->report_org = DMX_SLICE("not set");
    if (config->report_email.len == 0)
        config->report_email = DMX_SLICE("not-set@localhost");
}

/* Of all states; the last day that has a report, where none is given. */
static int find(struct report_task *task, struct dmx_store_report **out, size_t *out_count)
{
    static const enum dmx_report_state states[] = {DMX_REPORT_OPEN, DMX_REPORT_CLOSED, DMX_REPORT_DONE};
    struct dmx_store_filter filter = {
        .from_day = task->has_day ? task->day : INT32_MIN,
        .to_day = task->has_day ? task->day : INT32_MAX,
        .domain = task->domain,
    };
    size_t capacity = 0;
    for (size_t s = 0; s < sizeof states / sizeof *states; s++) {
        struct dmx_store_report *some;
        size_t count;
        filter.state = states[s];
        if (task->store->verbs->reports(task->store, &filter, task->arena, &some, &count) != DMX_OK)
            return complain(EXIT_BROKEN, "%s", task->store->error);
        for (size_t i = 0; i < count; i++) {
            if (!task->has_day && *out_count > 0 && some[i].day < (*out)[0].day)
                continue;
            if (!task->has_day && *out_count > 0 && some[i].day > (*out)[0].day)
                *out_count = 0;
            struct dmx_store_report *list = dmx_arena_grow(task->arena, *out, *out_count, &capacity, sizeof *list);
            if (!list)
                return complain(EXIT_BROKEN, "out of memory");
            *out = list;
            list[(*out_count)++] = some[i];
        }
    }
    return EXIT_OK;
}

static int preview_one(struct report_task *task, const struct dmx_store_report *report)
{
    struct dmx_aggregate_totals totals;
    struct dmx_reason reason;
    /* The dialect is the destination's choice: here that of destinations without a rule. */
    const struct dmx_rendering rendering = {task->config, report, dmx_report_dialect_of(task->config, DMX_SLICE(""))};
    enum dmx_status status =
        dmx_report_render(task->store, &rendering, task->arena, (struct dmx_sink){write_out, stdout}, &totals, &reason);
    if (status == DMX_INVALID && reason.token)
        return complain(EXIT_BROKEN, "this report would not be sent: %s", reason.text);
    if (status == DMX_IO && ferror(stdout))
        return complain(EXIT_WRITE, "standard output: it could not be written");
    if (status != DMX_OK)
        return complain(EXIT_BROKEN, "%s", task->store->error[0] ? task->store->error : dmx_status_name(status));
    if (totals.left_out > 0)
        complain(0, "%llu messages of hidden clients are left out", (unsigned long long)totals.left_out);
    return EXIT_OK;
}

int report_preview(struct report_task *task)
{
    struct dmx_store_report *reports = NULL;
    size_t count = 0;
    int code = find(task, &reports, &count);
    if (code == EXIT_OK && count == 0) {
        complain(0, "there is nothing to report about this domain%s", task->has_day ? " on that day" : "");
        return EXIT_OK;
    }
    fill_in(task->config);
    for (size_t i = 0; i < count && code == EXIT_OK; i++)
        code = preview_one(task, &reports[i]);
    if (code == EXIT_OK && dmx_report_is_excluded(task->config, task->domain))
        complain(0, "the domain is one of report_exclude or your own: it gets no reports");
    return code;
}
