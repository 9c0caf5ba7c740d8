/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The module's own configuration and the places it names, as the user that Exim is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/date.h"
#include "dmx/journal/writer.h"
#include "dmx/pipeline/cache.h"
#include "dmx/psl/choice.h"
#include "dmx/site/location.h"
#include "selftest.h"
#include "tool.h"

enum { PATH_BYTES = 4096, WARNINGS_BYTES = 64 * 1024, DAY_S = 24 * 60 * 60, MS_PER_S = 1000 };

static const char default_path[] = "/etc/exim4/dmx.conf";

/* What is right by the grammar, and yet may not be meant. */
static void pass_on_warnings(struct selftest *t)
{
    struct dmx_builder b = dmx_builder_arena(t->arena, WARNINGS_BYTES);
    dmx_config_warn(t->config, t->now_s, &b);
    struct dmx_slice text = dmx_builder_text(&b), line;
    while (text.len > 0 && dmx_slice_split(&text, '\n', &line))
        if (line.len > 0)
            finding(t, FINDING_WARN, "configuration", "%.*s", DMX_SLICE_ARG(line));
}

static void look_at_timeout(struct selftest *t)
{
    const char what[] = "local_scan_timeout";
    uint64_t deadline_ms = t->config->deadline_ms;
    if (!t->exim_runs || !(t->loads_module || t->compiled_in))
        return;
    if (t->timeout_s != 0 && t->timeout_s * MS_PER_S <= deadline_ms)
        finding(t, FINDING_WARN, what,
                "%llu s is not over dmx's deadline of %llu ms: Exim would end the module and answer 421; raise it, or "
                "lower "
                "deadline in dmx.conf",
                (unsigned long long)t->timeout_s, (unsigned long long)deadline_ms);
    else
        finding(t, FINDING_OK, what, "%llu s%s, over dmx's deadline of %llu ms", (unsigned long long)t->timeout_s,
                t->timeout_s ? "" : " (none)", (unsigned long long)deadline_ms);
}

void selftest_config(struct selftest *t)
{
    const char what[] = "configuration", *path = t->config_path ? t->config_path : default_path;
    struct dmx_config_error error = {{0}};
    if (dmx_config_new(&t->config) != DMX_OK)
        return;
    if (t->compiled_in && !t->config_path && access(path, F_OK) != 0 && errno == ENOENT) {
        finding(t, FINDING_OK, what, "there is no %s; Exim's `begin local_scan` has the options", path);
    } else if (dmx_config_read(t->config, path, &error) != DMX_OK) {
        finding(t, FINDING_FAIL, what, "%s; until that is mended all mail is accepted unchecked", error.text);
        dmx_config_free(&t->config);
        return;
    } else {
        finding(t, FINDING_OK, what, "%s, mode = %s", path,
                t->config->mode == DMX_MODE_MONITOR ? "monitor" : "enforce");
    }
    pass_on_warnings(t);
    look_at_timeout(t);
}

/* ---- places ---- */

/* The directory that a path lies in. */
static const char *parent(struct selftest *t, struct dmx_slice path)
{
    size_t slash = dmx_slice_rfind(path, '/');
    if (slash == path.len)
        return ".";
    return dmx_arena_dup(t->arena, slash ? dmx_slice_upto(path, slash) : DMX_SLICE("/")).ptr;
}

/* Whether Exim can write there. A missing directory below one that it can write to is made by the module. */
static bool can_write(struct selftest *t, const char *what, const char *directory, const char *otherwise)
{
    struct stat st;
    if (stat(directory, &st) != 0)
        finding(t, FINDING_WARN, what, "%s: %s: %s", directory, strerror(errno), otherwise);
    else if (!S_ISDIR(st.st_mode))
        finding(t, FINDING_WARN, what, "%s is no directory: %s", directory, otherwise);
    else if (access(directory, W_OK | X_OK) != 0)
        finding(t, FINDING_WARN, what, "%s: Exim's user may not write there (chown it): %s", directory, otherwise);
    else
        return true;
    return false;
}

static void look_at_cache(struct selftest *t)
{
    const char what[] = "cache", *path = t->config->cache_file.ptr, *directory = parent(t, t->config->cache_file);
    struct dmx_cache *cache = NULL;
    struct dmx_reason reason = DMX_REASON_NONE;
    struct stat st;
    if (!t->config->cache) {
        finding(t, FINDING_OK, what, "cache = no: every question is asked anew");
        return;
    }
    if (!can_write(t, what, directory,
                   "mail is judged without a cache, more slowly; /run/exim4 is made by Exim's start"))
        return;
    if (stat(directory, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        finding(t, FINDING_WARN, what, "%s may be written by others, so the cache is not used: chmod 0750", directory);
    else if (lstat(path, &st) != 0)
        finding(t, FINDING_OK, what, "%s is made with the first message", path);
    else if (dmx_site_cache_open(t->config, DMX_CACHE_READ, &cache, &reason) != DMX_OK)
        finding(t, FINDING_WARN, what, "%s: %s; the module puts a new one in its place", path,
                reason.text ? reason.text : "cannot be opened");
    else
        finding(t, FINDING_OK, what, "%s", path);
    dmx_cache_close(&cache);
}

static void look_at_journal(struct selftest *t)
{
    const char what[] = "journal", *directory = t->config->journal_dir.ptr;
    char path[PATH_BYTES];
    struct stat st;
    if (stat(directory, &st) != 0 && errno == ENOENT) {
        if (can_write(t, what, parent(t, t->config->journal_dir), "no record is kept; let Exim's user write there"))
            finding(t, FINDING_OK, what, "%s is made with the first message", directory);
        return;
    }
    if (!can_write(t, what, directory, "no record is kept"))
        return;
    (void)snprintf(path, sizeof path, "%s/" DMX_JOURNAL_NAME, directory);
    if (stat(path, &st) == 0 && access(path, R_OK | W_OK) != 0)
        finding(t, FINDING_WARN, what, "%s: Exim's user may not write it (chown it): no record is kept", path);
    else if (stat(path, &st) == 0 && st.st_size >= DMX_JOURNAL_MAX_BYTES)
        finding(t, FINDING_WARN, what, "%s is full (1 GB): move it away; no record is kept meanwhile", path);
    else
        finding(t, FINDING_OK, what, "%s", directory);
}

/* Exim's user need not reach it: `dmx report status` says whether it can be used. */
static void tell_of_database(struct selftest *t, const char *what)
{
    char room[1024];
    struct dmx_builder b = dmx_builder_fixed(room, sizeof room);
    dmx_put_location(&b, t->config->report_store);
    finding(t, FINDING_OK, what, "%.*s (dmx report status says whether it can be used)",
            DMX_SLICE_ARG(dmx_builder_text(&b)));
}

/* It is made by the first `dmx report run`, in a directory of Exim's user. */
static void look_at_store(struct selftest *t)
{
    const char what[] = "reports";
    struct dmx_slice path = t->config->report_store;
    if (t->config->report_email.len == 0) {
        finding(t, FINDING_OK, what, "report_email is not set: none are sent");
        return;
    }
    if (dmx_location_is_postgresql(path)) {
        tell_of_database(t, what);
        return;
    }
    path = dmx_slice_from(path, sizeof DMX_LOCATION_SQLITE - 1);
    if (can_write(t, what, parent(t, path), "no reports are made"))
        finding(t, FINDING_OK, what, "%.*s", DMX_SLICE_ARG(path));
}

void selftest_places(struct selftest *t)
{
    look_at_cache(t);
    look_at_journal(t);
    look_at_store(t);
}

/* ---- suffix list, clock ---- */

static void look_at_age(struct selftest *t, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return;
    if (st.st_mtime > t->newest_s)
        t->newest_s = st.st_mtime;
    int64_t age_s = t->now_s > st.st_mtime ? t->now_s - st.st_mtime : 0;
    bool old = (uint64_t)age_s > t->config->psl_max_age_ms / MS_PER_S * 2;
    finding(t, old ? FINDING_WARN : FINDING_OK, "suffix list", "%s, %lld days old%s", path, (long long)(age_s / DAY_S),
            old ? ": run psl-updater --now, and enable psl-updater.timer or its cron file" : "");
}

void selftest_list(struct selftest *t)
{
    struct dmx_psl_choice choice;
    dmx_psl_choose(t->config->psl_file.ptr, DMX_PSL_DEBIAN, &choice);
    if (choice.own.token && (!choice.own_missing || config_names_psl(t->config)))
        finding(t, FINDING_WARN, "suffix list", "%.*s: %s; run psl-updater --now", DMX_SLICE_ARG(choice.own.detail),
                choice.own.text);
    if (choice.psl)
        look_at_age(t, choice.path);
    else
        finding(t, FINDING_WARN, "suffix list",
                "there is none: a domain's policy does not reach its subdomains; run psl-updater --now, or install "
                "Debian's "
                "package publicsuffix");
    dmx_psl_free(&choice.psl);
}

/* DKIM's x= and t=, the policies' dates and the cache all go by it. */
void selftest_clock(struct selftest *t)
{
    enum { THIS_WAS_WRITTEN_S = 1767225600 }; /* 2026-01-01 */
    if (t->now_s < THIS_WAS_WRITTEN_S)
        finding(t, FINDING_FAIL, "clock",
                "is years behind: signatures would seem to come from the future; set it, and run NTP");
    else if (t->newest_s > t->now_s + DAY_S)
        finding(t, FINDING_WARN, "clock", "the suffix list or the journal is from the future: set it, and run NTP");
    else
        finding(t, FINDING_OK, "clock", "plausible");
}
