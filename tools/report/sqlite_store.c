/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The database: its file, its tables, and their versions. */
#include "sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/banned.h"

enum { DIR_MODE = 0750, FILE_MODE = 0640, APPLICATION = 0x444d5852 /* "DMXR" */ };

/*
 * Each step leads from one version (PRAGMA user_version) to the next; a step that was released is never changed.
 *
 * A row takes little because what repeats stands elsewhere once: policy and evidence, which are found again by a hash
 * under a secret key (two texts of one hash are told apart by reading them), since an index over the texts themselves
 * would double them. last_day says how long one is still needed. A report is there from its first row on.
 */
static const char *const migrations[] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE taken(name TEXT PRIMARY KEY, at_s INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " records INTEGER NOT NULL, passed_over INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE policy(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, last_day INTEGER NOT NULL,"
    " domain TEXT NOT NULL, org_domain TEXT NOT NULL, rules TEXT NOT NULL, record TEXT NOT NULL);"
    "CREATE INDEX policy_hash ON policy(hash);"
    "CREATE TABLE evidence(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, last_day INTEGER NOT NULL,"
    " text TEXT NOT NULL);"
    "CREATE INDEX evidence_hash ON evidence(hash);"
    "CREATE TABLE report(id INTEGER PRIMARY KEY, day INTEGER NOT NULL, policy INTEGER NOT NULL,"
    " part INTEGER NOT NULL, state INTEGER NOT NULL, rows INTEGER NOT NULL, messages INTEGER NOT NULL,"
    " closed_s INTEGER NOT NULL, token TEXT);"
    "CREATE UNIQUE INDEX report_day ON report(day, policy, part);"
    "CREATE INDEX report_state ON report(state);"
    "CREATE UNIQUE INDEX report_token ON report(token) WHERE token IS NOT NULL;"
    "CREATE TABLE row(report INTEGER NOT NULL, ip BLOB NOT NULL, evidence INTEGER NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY(report, ip, evidence)) WITHOUT ROWID;"
    "CREATE TABLE count(day INTEGER NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(day, what))"
    " WITHOUT ROWID;"
    "CREATE TABLE document(report INTEGER NOT NULL, dialect INTEGER NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL,"
    " PRIMARY KEY(report, dialect));"
    "CREATE TABLE delivery(id INTEGER PRIMARY KEY, report INTEGER NOT NULL, dialect INTEGER NOT NULL,"
    " address TEXT NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL, next_s INTEGER NOT NULL,"
    " outcome TEXT NOT NULL);"
    "CREATE UNIQUE INDEX delivery_report ON delivery(report, address);"
    "CREATE INDEX delivery_due ON delivery(next_s) WHERE state = 0;"
    "CREATE TABLE message(delivery INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
    "CREATE TABLE suppression(address TEXT PRIMARY KEY, since_s INTEGER NOT NULL, until_s INTEGER NOT NULL,"
    " times INTEGER NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('key', randomblob(16));"
    "PRAGMA application_id = 1145919570;",
    /* How many reports an organization gets a day. */
    "CREATE INDEX policy_org ON policy(org_domain);",
};
enum { VERSION = sizeof migrations / sizeof *migrations };

/* ---- errors ---- */

enum dmx_status sqlite_store_refuse(struct dmx_store *store, enum dmx_status status, const char *why)
{
    struct dmx_builder b = dmx_builder_fixed(store->error, sizeof store->error);
    dmx_put_escaped(&b, dmx_slice_cstr(sqlite_store_of(store)->path), sizeof store->error / 8);
    dmx_put_char(&b, ' ');
    dmx_put_cstr(&b, why);
    dmx_builder_text(&b);
    return status;
}

enum dmx_status sqlite_store_status(struct dmx_store *store)
{
    char why[DMX_STORE_ERROR];
    struct dmx_builder b = dmx_builder_fixed(why, sizeof why);
    enum dmx_status status = sqlite_status(sqlite_of(store), &b);
    if (status == DMX_OK)
        return DMX_OK;
    dmx_builder_text(&b);
    return sqlite_store_refuse(store, status, why);
}

void sqlite_store_begin(struct dmx_store *store)
{
    if (!sqlite_store_of(store)->grouped)
        sqlite_run(sqlite_of(store), "BEGIN IMMEDIATE");
}

enum dmx_status sqlite_store_commit(struct dmx_store *store)
{
    bool grouped = sqlite_store_of(store)->grouped;
    if (!grouped)
        sqlite_run(sqlite_of(store), "COMMIT");
    enum dmx_status status = sqlite_store_status(store);
    if (!grouped)
        sqlite_rollback(sqlite_of(store));
    return status;
}

enum dmx_status sqlite_group_begin(struct dmx_store *store)
{
    sqlite_store_begin(store);
    enum dmx_status status = sqlite_store_status(store);
    sqlite_store_of(store)->grouped = status == DMX_OK;
    return status;
}

enum dmx_status sqlite_group_end(struct dmx_store *store)
{
    sqlite_store_of(store)->grouped = false;
    return sqlite_store_commit(store);
}

/* ---- the file ---- */

/* Both with their modes whatever the umask; a directory that is there is left as it is. */
static bool make_file(const char *path)
{
    char dir[sizeof((struct sqlite_store *)0)->path];
    size_t slash = dmx_slice_rfind(dmx_slice_cstr(path), '/');
    if (slash > 0 && slash < strlen(path)) {
        memcpy(dir, path, slash);
        dir[slash] = '\0';
        if (mkdir(dir, DIR_MODE) == 0 && chmod(dir, DIR_MODE) != 0)
            return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return errno == EEXIST;
    bool made = fchmod(fd, FILE_MODE) == 0;
    return close(fd) == 0 && made;
}

static enum dmx_status refuse_by_errno(struct dmx_store *store, const char *what)
{
    char why[DMX_STORE_ERROR];
    struct dmx_builder b = dmx_builder_fixed(why, sizeof why);
    const char *text = strerrordesc_np(errno);
    dmx_put_cstr(&b, what);
    dmx_put_cstr(&b, ": ");
    dmx_put_cstr(&b, text ? text : "unknown error");
    dmx_builder_text(&b);
    return sqlite_store_refuse(store, DMX_IO, why);
}

/* A FIFO or a device in place of the file: SQLite would wait for it. */
static enum dmx_status look_at_file(struct dmx_store *store, enum dmx_store_mode mode)
{
    const char *path = sqlite_store_of(store)->path;
    struct stat st;
    if (mode == DMX_STORE_CREATE && !make_file(path))
        return refuse_by_errno(store, "cannot be made");
    if (stat(path, &st) != 0 && errno == ENOENT)
        return sqlite_store_refuse(store, DMX_IO, "is not there yet: dmx report run makes it");
    if (stat(path, &st) != 0)
        return refuse_by_errno(store, "cannot be opened");
    return S_ISREG(st.st_mode) ? DMX_OK : sqlite_store_refuse(store, DMX_INVALID, "is not a regular file");
}

/* ---- versions ---- */

static int64_t number_of(struct sqlite *db, unsigned statement, const char *sql)
{
    struct sqlite_statement *s = sqlite_bind(db, statement, sql, "");
    int64_t number = sqlite_step(db, s) ? sqlite_int(s, 0) : 0;
    sqlite_reset(s);
    return number;
}

static int64_t version_of(struct sqlite *db)
{
    return number_of(db, STMT_VERSION, "PRAGMA user_version");
}

/* A database with tables and without our mark is somebody else's. */
static bool is_foreign(struct sqlite *db)
{
    return number_of(db, STMT_FOREIGN,
                     "SELECT (SELECT count(*) FROM sqlite_schema) > 0 AND"
                     " (SELECT application_id FROM pragma_application_id) <> 1145919570") != 0;
}

static enum dmx_status refuse_version(struct dmx_store *store, int64_t version)
{
    char why[120];
    snprintf(why, sizeof why, "is of version %lld, from a later dmx: this one knows version %d and older",
             (long long)version, (int)VERSION);
    return sqlite_store_refuse(store, DMX_INVALID, why);
}

/* Within a transaction: another process may have been first. */
static enum dmx_status migrate(struct dmx_store *store)
{
    struct sqlite *db = sqlite_of(store);
    char mark[40];
    sqlite_store_begin(store);
    for (int64_t version = version_of(db); version < VERSION && !sqlite_failed(db); version++) {
        sqlite_run(db, migrations[version]);
        snprintf(mark, sizeof mark, "PRAGMA user_version = %d", (int)version + 1);
        sqlite_run(db, mark);
    }
    return sqlite_store_commit(store);
}

static enum dmx_status read_key(struct dmx_store *store)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s = sqlite_bind(db, STMT_KEY, "SELECT value FROM meta WHERE name = 'key'", "");
    bool found = sqlite_step(db, s) && sqlite_text(s, 0).len == sizeof store->key;
    if (found)
        memcpy(store->key, sqlite_text(s, 0).ptr, sizeof store->key);
    sqlite_reset(s);
    enum dmx_status status = sqlite_store_status(store);
    return found || status != DMX_OK ? status : sqlite_store_refuse(store, DMX_INVALID, "lacks its key: it is damaged");
}

/*
 * Nothing is lost by a process's death however it is set; WAL lets others read meanwhile, FULL has each commit on the
 * disk. auto_vacuum must be said before the first table is there, and later would wait for whoever writes.
 */
static enum dmx_status prepare(struct dmx_store *store)
{
    struct sqlite *db = sqlite_of(store);
    int64_t version = version_of(db);
    if (!sqlite_failed(db) && is_foreign(db))
        return sqlite_store_refuse(store, DMX_INVALID, "is a database of something else");
    if (!sqlite_failed(db) && version > VERSION)
        return refuse_version(store, version);
    if (version == 0)
        sqlite_run(db, "PRAGMA auto_vacuum = INCREMENTAL");
    sqlite_run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;"
                   "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY");
    if (sqlite_failed(db))
        return sqlite_store_status(store);
    enum dmx_status status = version < VERSION ? migrate(store) : DMX_OK;
    return status == DMX_OK ? read_key(store) : status;
}

/* ---- life ---- */

static void free_store(struct dmx_store *store)
{
    struct sqlite_store *self = sqlite_store_of(store);
    if (self->db)
        sqlite_rollback(self->db);
    sqlite_close(&self->db);
    if (self->lock_fd >= 0)
        close(self->lock_fd);
    free(self);
}

/*
 * A file beside the database: SQLite's own locks are POSIX ones, which go when any descriptor of the file is closed. It
 * stays, since whoever removed it could lock another than the next one does.
 */
static enum dmx_status lock_store(struct dmx_store *store)
{
    struct sqlite_store *self = sqlite_store_of(store);
    char path[sizeof self->path + 8];
    struct dmx_builder b = dmx_builder_fixed(path, sizeof path);
    dmx_put_cstr(&b, self->path);
    dmx_put_cstr(&b, ".lock");
    dmx_builder_text(&b);
    if (self->lock_fd < 0)
        self->lock_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, FILE_MODE);
    if (self->lock_fd >= 0 && flock(self->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return DMX_OK;
    if (self->lock_fd >= 0 && errno == EWOULDBLOCK)
        return sqlite_store_refuse(store, DMX_LIMIT, "is in use: another dmx report run is at work");
    return sqlite_store_refuse(store, DMX_IO, strerrordesc_np(errno));
}

static const struct dmx_store_verbs verbs = {
    .free = free_store,
    .lock = lock_store,
    .begin = sqlite_begin,
    .add = sqlite_add,
    .commit = sqlite_commit,
    .rollback = sqlite_undo,
    .reports = sqlite_reports,
    .rows = sqlite_rows,
    .notes = sqlite_notes,
    .group_begin = sqlite_group_begin,
    .group_end = sqlite_group_end,
    .close = sqlite_close_reports,
    .done = sqlite_done,
    .before = sqlite_before,
    .report_get = sqlite_report_get,
    .document_put = sqlite_document_put,
    .document_get = sqlite_document_get,
    .delivery_put = sqlite_delivery_put,
    .deliveries = sqlite_deliveries,
    .delivery_get = sqlite_delivery_get,
    .delivery_set = sqlite_delivery_set,
    .message_get = sqlite_message_get,
    .suppress = sqlite_suppress,
    .suppression_get = sqlite_suppression_get,
    .suppressions = sqlite_suppressions,
    .purge = sqlite_purge,
    .days = sqlite_days,
    .counts = sqlite_counts,
    .totals = sqlite_totals,
};

enum dmx_status sqlite_store_open(const char *path, enum dmx_store_mode mode, struct dmx_store **out)
{
    struct sqlite_store *self = calloc(1, sizeof *self);
    *out = self ? &self->store : NULL;
    if (!self)
        return DMX_NOMEM;
    self->store.verbs = &verbs;
    self->lock_fd = -1;
    if (strlen(path) >= sizeof self->path)
        return sqlite_store_refuse(&self->store, DMX_INVALID, "the path of report_store is over 1023 bytes");
    memcpy(self->path, path, strlen(path) + 1);
    enum dmx_status status = look_at_file(&self->store, mode);
    if (status != DMX_OK)
        return status;
    status = sqlite_open(path, &self->db);
    if (!self->db)
        return DMX_NOMEM;
    return status == DMX_OK ? prepare(&self->store) : sqlite_store_status(&self->store);
}
