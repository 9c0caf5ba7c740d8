/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/failures.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "failure_dir.h"

#include "dmx/base/banned.h"

int64_t failure_now_s(const struct failure_run *run)
{
    return dmx_clock_unix_s() + run->about->skew_s;
}

void failure_tell(const struct failure_run *run, const struct dmx_failures_event *event)
{
    if (run->about->see)
        run->about->see(run->about->ctx, event);
}

enum dmx_status failure_complain(struct failure_run *run, enum dmx_status status, const char *file, const char *what)
{
    struct dmx_builder b = dmx_builder_fixed(run->result->text, sizeof run->result->text);
    dmx_put_cstr(&b, DMX_CAPSULE_DIR "/");
    dmx_put_escaped(&b, dmx_slice_cstr(file), JOURNAL_NAME_BYTES);
    dmx_put_cstr(&b, ": ");
    dmx_put(&b, dmx_slice_upto(dmx_slice_cstr(what), DMX_STORE_ERROR / 2));
    (void)dmx_builder_text(&b);
    return status;
}

enum dmx_status failure_drop(struct failure_run *run, const char *file)
{
    enum dmx_status status = failure_remove(run->dir, file);
    return status == DMX_OK ? status : failure_complain(run, status, file, strerrordesc_np(errno));
}

enum dmx_status failure_drop_damaged(struct failure_run *run, const char *file, const char *why)
{
    const struct dmx_failures_event event = {
        .what = "damaged, set aside",
        .file = file,
        .why = dmx_slice_cstr(why),
        .trouble = true,
    };
    run->result->tally.damaged++;
    failure_tell(run, &event);
    enum dmx_status status = failure_set_aside(run->dir, file);
    return status == DMX_OK ? status : failure_complain(run, status, file, strerrordesc_np(errno));
}

/* ---- limits ---- */

/* Why a file is deleted that nobody has read, and where that is counted. */
struct pruning {
    struct failure_run *run;
    int64_t now_s;
    uint64_t bytes; /* of all that is left */
    bool all;       /* no failure reports are sent: none may lie about */
};

/* A mail's change is its last attempt, if there was one: its age is in it. The capsule's is when it was written. */
static int64_t made_of(const struct pruning *p, const struct journal_file *file)
{
    struct dmx_slice bytes;
    struct dmx_queued_mail mail;
    int64_t made_s = file->changed_s;
    if (!dmx_slice_starts(dmx_slice_cstr(file->name), dmx_slice_cstr(failure_mail)))
        return made_s;
    struct dmx_arena *arena = dmx_arena_new(2 * FAILURE_MAIL_MAX);
    if (arena && failure_read(p->run->dir, file->name, FAILURE_MAIL_MAX, arena, &bytes) == DMX_OK &&
        failure_mail_get(bytes, arena, &mail) == DMX_OK)
        made_s = mail.made_s;
    else
        made_s = p->now_s; /* the sender sets it aside */
    dmx_arena_free(&arena);
    return made_s;
}

static enum dmx_status prune_file(struct pruning *p, const struct journal_file *file)
{
    struct dmx_failures_tally *tally = &p->run->result->tally;
    int64_t age_s = p->now_s - made_of(p, file);
    bool old = age_s >= DMX_FAILURES_AGE_S, excess = p->bytes > DMX_FAILURES_BYTES;
    const struct dmx_failures_event event = {
        .what = "deleted",
        .file = file->name,
        .why = p->all ? DMX_SLICE("no failure reports are sent")
               : old  ? DMX_SLICE("it is too old")
                      : DMX_SLICE("the directory holds too much"),
        .trouble = !p->all,
    };
    if (!p->all && !old && !excess)
        return DMX_OK;
    tally->unwanted += p->all;
    tally->old += !p->all && old;
    tally->excess += !p->all && !old;
    p->bytes -= file->bytes < p->bytes ? file->bytes : p->bytes;
    failure_tell(p->run, &event);
    return failure_drop(p->run, file->name);
}

static uint64_t bytes_of(const struct journal_files *files)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < files->count; i++)
        sum += files->items[i].bytes;
    return sum;
}

/* What cannot be read goes first, then what nobody has made a mail of. */
static enum dmx_status prune(struct failure_run *run)
{
    enum { BAD, CAPSULES, MAILS, KINDS };
    struct journal_files files[KINDS] = {{.count = 0}};
    struct pruning p = {.run = run, .now_s = failure_now_s(run)};
    p.all = !dmx_config_sends_failures(run->about->config);
    enum dmx_status status = failure_tidy(run->dir, p.now_s);
    status = status == DMX_OK ? journal_dir_list(run->dir, failure_bad, &files[BAD]) : status;
    status = status == DMX_OK ? failure_list_capsules(run->dir, &files[CAPSULES]) : status;
    status = status == DMX_OK ? journal_dir_list(run->dir, failure_mail, &files[MAILS]) : status;
    if (status != DMX_OK)
        (void)failure_complain(run, status, "", strerrordesc_np(errno));
    for (size_t i = 0; i < KINDS; i++)
        p.bytes += bytes_of(&files[i]);
    for (size_t i = 0; i < KINDS; i++) {
        for (size_t j = 0; j < files[i].count && status == DMX_OK; j++)
            status = prune_file(&p, &files[i].items[j]);
        free(files[i].items);
    }
    return status;
}

/* ---- one run ---- */

static enum dmx_status run_open(struct failure_run *run)
{
    enum dmx_status status = prune(run);
    if (status == DMX_OK && dmx_config_sends_failures(run->about->config)) {
        status = failure_plan(run);
        /* What could not be planned keeps nothing from being sent that was. */
        enum dmx_status sent = status == DMX_NOMEM ? status : failure_send(run);
        status = status == DMX_OK ? sent : status;
    }
    if (failure_tally_add(run->dir, &run->result->tally, failure_now_s(run)) != DMX_OK && status == DMX_OK)
        status = failure_complain(run, DMX_IO, "tally", strerrordesc_np(errno));
    return status;
}

enum dmx_status dmx_failures_run(const struct dmx_failures *failures, struct dmx_failures_result *out)
{
    char path[PATH_MAX];
    struct failure_run run = {.about = failures, .result = out, .dir = -1};
    *out = (struct dmx_failures_result){.made = 0};
    if (!dmx_failures_dir(failures->config->journal_dir.ptr, path, sizeof path))
        return failure_complain(&run, DMX_IO, "", "the path is too long");
    enum dmx_status status = journal_dir_open(path, &run.dir);
    if (status == DMX_IO && errno == ENOENT)
        status = DMX_OK;
    else if (status != DMX_OK)
        (void)failure_complain(&run, status, "",
                               status == DMX_LIMIT ? "in use: another run is at work" : strerrordesc_np(errno));
    else
        status = run_open(&run);
    if (run.dir >= 0)
        close(run.dir);
    return status;
}

/* ---- how it stands ---- */

/* Takes the list, and frees it. */
static void count_files(struct journal_files *files, uint64_t *out_count, uint64_t *out_bytes, int64_t *oldest_s)
{
    for (size_t i = 0; i < files->count; i++) {
        int64_t changed_s = files->items[i].changed_s;
        if (oldest_s && changed_s > 0 && (*oldest_s == 0 || changed_s < *oldest_s))
            *oldest_s = changed_s;
    }
    *out_count = files->count;
    *out_bytes = bytes_of(files);
    free(files->items);
}

bool dmx_failures_look(const char *journal_dir, struct dmx_failures_waiting *out)
{
    char path[PATH_MAX];
    *out = (struct dmx_failures_waiting){.capsules = 0};
    int dir = dmx_failures_dir(journal_dir, path, sizeof path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (dir < 0)
        return false;
    struct journal_files files;
    bool done = failure_list_capsules(dir, &files) == DMX_OK;
    count_files(&files, &out->capsules, &out->capsule_bytes, &out->oldest_s);
    done = journal_dir_list(dir, failure_mail, &files) == DMX_OK && done;
    count_files(&files, &out->mails, &out->mail_bytes, &out->oldest_s);
    done = journal_dir_list(dir, failure_bad, &files) == DMX_OK && done;
    count_files(&files, &out->bad, &out->bad_bytes, NULL);
    failure_tally_read(dir, &out->tally, &out->tally_since_s);
    close(dir);
    return done;
}
