/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/journal/writer.h"
#include "journal_dir.h"

#include "dmx/base/banned.h"

enum {
    WINDOW_BYTES = 4 * 1024 * 1024, /* of a file, in memory: many times the largest record */
    EVENT_BYTES = 1024 * 1024,      /* of the arena for the lists of some events */
    EVENT_USED = 256 * 1024,        /* then a new one */
};
_Static_assert((int)WINDOW_BYTES > 4 * (int)DMX_EVENT_MAX, "a record fits, wherever it begins");

/* One run. */
struct run {
    struct dmx_store *store;
    const struct dmx_intake *intake;
    struct dmx_intake_result *result;
    int dir;
};

/* One file on its way into the store. */
struct feed {
    struct dmx_store *store; /* NULL: all goes into one batch */
    struct dmx_batch_time time;
    struct dmx_batch *batch;
    struct dmx_arena *events;
    uint64_t records;
    size_t damaged;
};

static enum dmx_status complain(struct run *run, enum dmx_status status, const char *name, const char *why)
{
    struct dmx_builder b = dmx_builder_fixed(run->result->error, sizeof run->result->error);
    dmx_put_escaped(&b, dmx_slice_cstr(run->intake->dir), sizeof run->result->error / 8);
    if (name) {
        dmx_put_char(&b, '/');
        dmx_put_escaped(&b, dmx_slice_cstr(name), JOURNAL_NAME_BYTES);
    }
    dmx_put_cstr(&b, ": ");
    dmx_put_cstr(&b, why);
    dmx_builder_text(&b);
    return status;
}

static const char *error_text(enum dmx_status status)
{
    const char *text = status == DMX_NOMEM ? "out of memory" : strerrordesc_np(errno);
    return text ? text : "cannot be used";
}

static enum dmx_status complain_of_store(struct run *run, enum dmx_status status)
{
    memcpy(run->result->error, run->store->error, sizeof run->result->error);
    return status;
}

/* ---- from bytes to batches ---- */

static enum dmx_status new_batch(struct feed *feed)
{
    dmx_batch_free(&feed->batch);
    return dmx_batch_new(feed->store->key, &feed->batch);
}

static enum dmx_status hand_over(struct feed *feed)
{
    enum dmx_status status = feed->store->verbs->add(feed->store, feed->batch);
    return status == DMX_OK ? new_batch(feed) : status;
}

/* Every so many events the memory that their lists took is given back. */
static bool refresh(struct feed *feed)
{
    if (feed->events && dmx_arena_used(feed->events) < EVENT_USED && !dmx_arena_failed(feed->events))
        return true;
    dmx_arena_free(&feed->events);
    feed->events = dmx_arena_new(EVENT_BYTES);
    return feed->events != NULL;
}

/* All whole records of *rest; what is left may be the start of one. */
static enum dmx_status take_records(struct feed *feed, struct dmx_slice *rest)
{
    struct dmx_event event;
    for (;;) {
        if (!refresh(feed))
            return DMX_NOMEM;
        if (!dmx_event_next(rest, feed->events, &event, &feed->damaged))
            return dmx_arena_failed(feed->events) ? DMX_NOMEM : DMX_OK;
        feed->records++;
        enum dmx_status status = dmx_batch_add(feed->batch, &event, &feed->time);
        if (status == DMX_OK && feed->store && dmx_batch_is_full(feed->batch))
            status = hand_over(feed);
        if (status != DMX_OK)
            return status;
    }
}

enum dmx_status dmx_intake_bytes(struct dmx_slice bytes, const struct dmx_batch_time *time, struct dmx_batch *batch,
                                 uint64_t *out_records, uint64_t *out_passed_over)
{
    struct feed feed = {.time = *time, .batch = batch};
    enum dmx_status status = take_records(&feed, &bytes);
    *out_records = feed.records;
    *out_passed_over = feed.damaged + bytes.len;
    dmx_arena_free(&feed.events);
    return status;
}

/* ---- a file ---- */

static ssize_t read_some(int fd, char *buf, size_t size)
{
    ssize_t got;
    do
        got = read(fd, buf, size);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Window by window: what is left of one, less than a record, begins the next. */
static enum dmx_status read_file(struct feed *feed, int fd, uint64_t *out_bytes)
{
    char *window = malloc(WINDOW_BYTES);
    enum dmx_status status = window ? DMX_OK : DMX_NOMEM;
    size_t left = 0;
    ssize_t got = 1;
    *out_bytes = 0;
    while (status == DMX_OK && (got = read_some(fd, window + left, WINDOW_BYTES - left)) > 0) {
        struct dmx_slice rest = dmx_slice(window, left + (size_t)got);
        *out_bytes += (uint64_t)got;
        status = take_records(feed, &rest);
        left = rest.len;
        memmove(window, rest.ptr, left);
    }
    feed->damaged += left;
    free(window);
    return got < 0 ? DMX_IO : status;
}

static enum dmx_status feed_file(struct run *run, const char *name, int fd, struct dmx_store_taken *out)
{
    struct feed feed = {.store = run->store, .time = {run->intake->now_s, run->intake->retention_s}};
    enum dmx_status status = new_batch(&feed);
    run->store->error[0] = '\0';
    if (status == DMX_OK)
        status = read_file(&feed, fd, &out->bytes);
    if (status == DMX_OK)
        status = feed.store->verbs->add(feed.store, feed.batch);
    out->name = dmx_slice_cstr(name);
    out->at_s = run->intake->now_s;
    out->records = feed.records;
    out->passed_over = feed.damaged;
    dmx_batch_free(&feed.batch);
    dmx_arena_free(&feed.events);
    if (status == DMX_OK)
        return DMX_OK;
    return run->store->error[0] ? complain_of_store(run, status) : complain(run, status, name, error_text(status));
}

/* What is left of a file that was read. */
static enum dmx_status put_away(struct run *run, const char *name, bool bad)
{
    enum dmx_status status = DMX_OK;
    if (bad)
        status = journal_dir_rename(run->dir, name, journal_bad);
    else if (run->intake->keep_s > 0)
        status = journal_dir_rename(run->dir, name, journal_kept);
    else if (unlinkat(run->dir, name, 0) != 0)
        status = DMX_IO;
    return status == DMX_OK ? DMX_OK : complain(run, status, name, error_text(status));
}

/* More than one torn record, and nothing that can be read: it is not thrown away. */
static bool is_bad(const struct dmx_store_taken *taken)
{
    return taken->records == 0 && taken->passed_over > DMX_EVENT_MAX;
}

static enum dmx_status ingest(struct run *run, const char *name, int fd)
{
    struct dmx_store *store = run->store;
    struct dmx_store_taken taken = {.bytes = 0};
    bool known = false;
    enum dmx_status status = store->verbs->begin(store, dmx_slice_cstr(name), &known);
    if (status != DMX_OK)
        return complain_of_store(run, status);
    run->result->again += known;
    if (known)
        return put_away(run, name, false);
    status = feed_file(run, name, fd, &taken);
    if (status != DMX_OK) {
        store->verbs->rollback(store);
        return status;
    }
    status = store->verbs->commit(store, &taken);
    if (status != DMX_OK)
        return complain_of_store(run, status);
    run->result->files++;
    run->result->records += taken.records;
    run->result->passed_over += taken.passed_over;
    run->result->bad += is_bad(&taken);
    return put_away(run, name, is_bad(&taken));
}

static enum dmx_status ingest_file(struct run *run, const char *name)
{
    int fd = -1;
    enum dmx_status status = journal_dir_lock(run->dir, name, &fd);
    if (status == DMX_OK)
        status = ingest(run, name, fd);
    else if (status == DMX_LIMIT)
        complain(run, status, name, "is still locked by a writer: left for the next run");
    else
        complain(run, status, name, error_text(status));
    if (fd >= 0)
        close(fd);
    return status;
}

/* ---- the run ---- */

static enum dmx_status ingest_all(struct run *run)
{
    struct journal_files files;
    enum dmx_status status = journal_dir_list(run->dir, journal_taken, &files);
    if (status != DMX_OK)
        complain(run, status, NULL, error_text(status));
    bool busy = false; /* one that a writer holds keeps nobody from the others */
    for (size_t i = 0; i < files.count && status == DMX_OK; i++) {
        status = ingest_file(run, files.items[i].name);
        busy |= status == DMX_LIMIT;
        if (status == DMX_LIMIT)
            status = DMX_OK;
    }
    free(files.items);
    return status == DMX_OK && busy ? DMX_LIMIT : status;
}

static enum dmx_status take(struct run *run)
{
    enum dmx_status status = journal_dir_take(run->dir);
    if (status != DMX_OK)
        return complain(run, status, DMX_JOURNAL_NAME, error_text(status));
    status = ingest_all(run);
    if (status != DMX_OK)
        return status;
    status = journal_dir_prune(run->dir, run->intake->now_s - run->intake->keep_s, run->intake->keep_bytes);
    return status == DMX_OK ? DMX_OK : complain(run, status, NULL, error_text(status));
}

enum dmx_status dmx_intake_run(struct dmx_store *store, const struct dmx_intake *intake, struct dmx_intake_result *out)
{
    struct run run = {.store = store, .intake = intake, .result = out, .dir = -1};
    *out = (struct dmx_intake_result){.files = 0};
    store->fold_to_day = intake->fold ? dmx_day_of(intake->now_s) : 0;
    enum dmx_status status = journal_dir_open(intake->dir, &run.dir);
    if (status == DMX_OK)
        status = take(&run);
    else if (status == DMX_LIMIT)
        complain(&run, status, NULL, "somebody else is reading the journal");
    else if (errno == ENOENT)
        status = DMX_OK;
    else
        complain(&run, status, NULL, error_text(status));
    if (run.dir >= 0)
        close(run.dir);
    return status;
}

/* ---- a look ---- */

static void sum(int dir, const char *prefix, uint64_t *out_bytes, uint64_t *out_files)
{
    struct journal_files files;
    if (journal_dir_list(dir, prefix, &files) == DMX_OK)
        for (size_t i = 0; i < files.count; i++, (*out_files)++)
            *out_bytes += files.items[i].bytes;
    free(files.items);
}

bool dmx_intake_look(const char *dir, struct dmx_intake_waiting *out)
{
    struct stat st;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *out = (struct dmx_intake_waiting){.journal_bytes = 0};
    if (fd < 0)
        return false;
    if (fstatat(fd, DMX_JOURNAL_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
        out->journal_bytes = (uint64_t)st.st_size;
    sum(fd, journal_taken, &out->taken_bytes, &out->taken_files);
    sum(fd, journal_kept, &out->kept_bytes, &out->kept_files);
    sum(fd, journal_bad, &out->bad_bytes, &out->bad_files);
    close(fd);
    return true;
}
