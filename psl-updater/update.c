/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "update.h"

#include <fcntl.h>
#include <unistd.h>

#include "accept.h"
#include "complaint.h"
#include "dafsa.h"
#include "dmx/base/clock.h"
#include "dmx/psl/psl.h"
#include "fetch.h"
#include "file.h"
#include "install.h"
#include "pair.h"
#include "prove.h"
#include "turn.h"

#include "dmx/base/banned.h"

enum {
    ATTEMPT_S = 23 * 60 * 60, /* once a day, less the hour by which a timer may shift */
    HOUR_S = 60 * 60,
};

/* The text with which Debian's package comes: what a first list is compared with. */
static const char debian_text[] = "/usr/share/publicsuffix/public_suffix_list.dat";

struct update {
    const struct settings *settings;
    struct place *place;
    int64_t now_s;
    struct turn_times times;
    struct dmx_arena *old_arena, *new_arena;
    struct pair pair;          /* what is installed */
    struct dmx_list installed; /* its list, or Debian's */
    bool has_installed, installed_is_debian;
    struct about about;
    bool has_about;
    struct fetch_reply reply;
    struct dmx_list candidate;
};

static int no_memory(const struct update *u)
{
    return complain(EXIT_BROKEN, "%s: no memory", u->place->path);
}

/* Whether there is nothing to do: the list is young. */
static bool is_fresh(struct update *u)
{
    u->times = turn_read(u->place);
    return !u->settings->options.now && pair_is_fresh(u->place, u->times.checked_s, u->settings->max_age_s, u->now_s);
}

static void tell_too_soon(const struct update *u, int64_t since_s)
{
    if (since_s < HOUR_S)
        complain(EXIT_OK, "%s: due, but the last attempt was less than an hour ago; --now asks again at once",
                 u->place->path);
    else
        complain(EXIT_OK, "%s: due, but the last attempt was %lld hour%s ago; --now asks again at once", u->place->path,
                 (long long)since_s / HOUR_S, since_s < HOUR_S * 2 ? "" : "s");
}

/* Failed attempts count: a server that is in trouble, or a list that is refused, is not asked every hour. */
static bool is_too_soon(const struct update *u)
{
    int64_t since = u->now_s - u->times.attempted_s;
    if (u->settings->options.now || u->times.attempted_s == 0 || since < 0 || since >= ATTEMPT_S)
        return false;
    if (!u->settings->options.quiet)
        tell_too_soon(u, since);
    return true;
}

static bool note_attempt(struct update *u)
{
    if (u->settings->options.dry_run)
        return true;
    u->times.attempted_s = u->now_s;
    return turn_write(u->place, &u->times);
}

/*
 * What the server said of the installed text. Only for a pair of which nothing is wrong, and of a text that may well be the
 * newest: else all of it must come anew, for a cache, or worse, may say 304 for ever.
 */
static void recall_about(struct update *u)
{
    struct file file;
    struct edition current = edition_current(u->place);
    if (u->pair.state != PAIR_WHOLE || !u->pair.seal.present || !current.name[0] ||
        dmx_list_is_frozen(u->pair.seal.version_s, u->now_s))
        return;
    int fd = openat(u->place->home_fd, current.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    u->has_about = file_read(fd, PLACE_ABOUT, ABOUT_MAX_BYTES, u->old_arena, &file) == DMX_OK &&
                   about_parse(file.bytes, &u->about) && dmx_slice_eq(u->about.url, dmx_slice_cstr(u->settings->url));
    close(fd);
}

static bool parse_old(struct update *u, struct dmx_slice text)
{
    struct dmx_reason reason;
    return text.ptr && dmx_list_parse(text, u->old_arena, &u->installed, &reason) == DMX_OK;
}

/* What there is to compare with. A list that was well when it was installed and is not now is not compared with. */
static int recall(struct update *u)
{
    struct file file = {.mtime_s = 0};
    if (pair_read(u->place, u->old_arena, &u->pair) != DMX_OK)
        return no_memory(u);
    recall_about(u);
    u->has_installed = parse_old(u, u->pair.text);
    if (!u->has_installed && file_read(AT_FDCWD, debian_text, DMX_LIST_MAX_BYTES, u->old_arena, &file) == DMX_OK)
        u->has_installed = u->installed_is_debian = parse_old(u, file.bytes);
    return EXIT_OK;
}

static int get(struct update *u)
{
    const struct options *o = &u->settings->options;
    const struct fetch_request request = {
        .url = u->settings->url,
        .allow_http = o->allow_http,
        .allow_file = o->allow_file,
        .known = u->has_about ? &u->about : NULL,
    };
    return fetch(&request, u->new_arena, &u->reply);
}

/* The same text again, from a server that does not say so by itself. */
static bool is_unchanged(const struct update *u)
{
    return u->reply.unchanged ||
           (u->pair.state == PAIR_WHOLE && u->pair.seal.present && dmx_slice_eq(u->reply.text, u->pair.text));
}

static int note_current(struct update *u)
{
    const struct options *o = &u->settings->options;
    if (dmx_list_is_frozen(u->pair.seal.version_s, u->now_s))
        complain(EXIT_OK, "%s: %s has had no newer list for more than 90 days; the official one changes each week",
                 u->place->path, u->settings->url);
    else if (o->verbose)
        report("%s: the server has no newer list", u->place->path);
    if (o->dry_run)
        return EXIT_OK;
    u->times.checked_s = u->now_s;
    int code = install_touch(u->place, u->now_s);
    return code == EXIT_OK && !turn_write(u->place, &u->times) ? EXIT_FILES : code;
}

static int reject(const struct update *u, enum dmx_status status, const struct dmx_reason *reason)
{
    return status == DMX_NOMEM ? no_memory(u) : complain_reason(EXIT_REJECTED, u->settings->url, reason);
}

static void warn(const struct update *u, const struct dmx_accept_warnings *warnings)
{
    for (size_t i = 0; i < warnings->count && !u->settings->options.quiet; i++)
        complain_reason(EXIT_OK, u->settings->url, &warnings->items[i]);
}

static int judge(struct update *u, struct dmx_accept_warnings *warnings)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    const struct dmx_accept_limits limits = {
        .now_s = u->now_s,
        .min_rules = u->settings->options.min_rules,
        .allow_older = u->settings->options.allow_older,
        .installed_is_debian = u->installed_is_debian,
    };
    enum dmx_status status = dmx_list_parse(u->reply.text, u->new_arena, &u->candidate, &reason);
    if (status == DMX_OK)
        status = dmx_list_accept(&u->candidate, u->has_installed ? &u->installed : NULL, &limits, u->new_arena,
                                 warnings, &reason);
    return status == DMX_OK ? EXIT_OK : reject(u, status, &reason);
}

/* What was compared with is done with; compiling and proving take as much memory again. */
static int forget_installed(struct update *u)
{
    dmx_arena_free(&u->old_arena);
    u->old_arena = dmx_arena_new(DMX_LIST_ARENA_BYTES);
    u->pair = (struct pair){.state = PAIR_MISSING};
    u->has_installed = u->has_about = false;
    return u->old_arena ? EXIT_OK : no_memory(u);
}

/* Compiled, and on the disk with its text. */
static int write_edition(struct update *u, struct edition *out)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    struct dmx_builder dafsa = dmx_builder_arena(u->new_arena, DMX_DAFSA_MAX_BYTES);
    struct dmx_builder about = dmx_builder_arena(u->new_arena, ABOUT_MAX_BYTES);
    enum dmx_status status = dmx_dafsa_compile(&u->candidate, u->new_arena, &dafsa, &reason);
    if (status != DMX_OK)
        return reject(u, status, &reason);
    about_print(&u->reply.about, &about);
    const struct edition_files files = {
        .dafsa = dmx_builder_text(&dafsa),
        .text = u->reply.text,
        .about = dmx_builder_text(&about),
        .dafsa_mtime_s = u->now_s,
        .text_mtime_s = u->now_s,
    };
    if (!files.dafsa.ptr || !files.about.ptr)
        return no_memory(u);
    return edition_write(u->place, &files, out) ? EXIT_OK : EXIT_FILES;
}

/* The module's own loader first, then every rule: what is proven are the bytes that were read back from the disk. */
static int prove(struct update *u, const struct edition *edition)
{
    char path[PATH_MAX];
    struct file file;
    struct dmx_psl *psl = NULL;
    struct dmx_proof proof = {0};
    struct dmx_reason reason = DMX_REASON_NONE;
    if (!edition_path(u->place, edition, PLACE_DAFSA, path))
        return complain(EXIT_FILES, "%s: the path is too long", u->place->path);
    const char *const paths[] = {path};
    enum dmx_status status = dmx_psl_load(paths, 1, &psl, &reason);
    dmx_psl_free(&psl);
    if (status == DMX_OK)
        status = file_read(AT_FDCWD, path, DMX_DAFSA_MAX_BYTES, u->new_arena, &file);
    if (status == DMX_OK)
        status = dmx_dafsa_prove(&u->candidate, file.bytes, u->new_arena, &proof, &reason);
    if (status == DMX_NOMEM)
        return no_memory(u);
    if (status != DMX_OK)
        return complain_reason(EXIT_BROKEN, "the compiled list is not the list", &reason);
    if (u->settings->options.verbose)
        report("%s: %zu comparisons of text and compiled list, no difference", u->place->path, proof.comparisons);
    return EXIT_OK;
}

static void tell(const struct update *u)
{
    const struct dmx_slice version = u->candidate.version.len ? u->candidate.version : DMX_SLICE("unknown");
    if (!u->settings->options.quiet)
        report("%s: %s version %.*s, %zu rules", u->place->path,
               u->settings->options.dry_run ? "could be installed:" : "installed:", DMX_SLICE_ARG(version),
               u->candidate.count);
}

static int put_in_force(struct update *u, const struct edition *edition)
{
    int code = install_links(u->place, u->old_arena);
    if (code == EXIT_OK)
        code = install_edition(u->place, edition);
    if (code != EXIT_OK)
        return code;
    u->times.checked_s = u->now_s;
    return turn_write(u->place, &u->times) ? EXIT_OK : EXIT_FILES;
}

static int install(struct update *u)
{
    struct edition edition = {""};
    struct dmx_accept_warnings warnings = {.count = 0};
    int code = judge(u, &warnings);
    if (code == EXIT_OK)
        code = forget_installed(u);
    if (code == EXIT_OK)
        code = write_edition(u, &edition);
    if (code == EXIT_OK)
        code = prove(u, &edition);
    if (code == EXIT_OK && !u->settings->options.dry_run)
        code = put_in_force(u, &edition);
    edition_clean(u->place); /* this one, unless it is in force, or the one that has just become too old */
    if (code != EXIT_OK)
        return code;
    warn(u, &warnings);
    tell(u);
    return EXIT_OK;
}

static int work(struct update *u)
{
    int code = recall(u);
    if (code == EXIT_OK && !note_attempt(u))
        code = EXIT_FILES;
    if (code == EXIT_OK)
        code = get(u);
    if (code != EXIT_OK)
        return code;
    return is_unchanged(u) ? note_current(u) : install(u);
}

static int with_memory(struct update *u, int (*task)(struct update *))
{
    /* The text, and what parsing, compiling and proving it take. */
    u->old_arena = dmx_arena_new(DMX_LIST_ARENA_BYTES + DMX_LIST_MAX_BYTES * 4);
    u->new_arena = dmx_arena_new(DMX_LIST_ARENA_BYTES + DMX_LIST_MAX_BYTES * 4);
    int code = u->old_arena && u->new_arena ? task(u) : no_memory(u);
    dmx_arena_free(&u->old_arena);
    dmx_arena_free(&u->new_arena);
    return code;
}

static int take_turn(struct place *place, bool make)
{
    if (!place_open_home(place, make))
        return make ? EXIT_FILES : complain(EXIT_FILES, "%s: there is no list before this one", place->path);
    int code = turn_take(place);
    if (code == EXIT_OK)
        edition_clean(place);
    return code;
}

int update_run(const struct settings *settings, struct place *place)
{
    struct update u = {.settings = settings, .place = place, .now_s = dmx_clock_unix_s()};
    if (is_fresh(&u)) {
        if (settings->options.verbose)
            report("%s: younger than %lld hours", place->path, (long long)(settings->max_age_s / HOUR_S));
        return EXIT_OK;
    }
    int code = take_turn(place, true);
    /* Another updater may have done it just before the lock was ours. */
    if (code != EXIT_OK || is_fresh(&u) || is_too_soon(&u))
        return code;
    return with_memory(&u, work);
}

static bool is_whole(const struct update *u, const struct edition *edition, struct dmx_reason *out_reason)
{
    char path[PATH_MAX];
    struct dmx_psl *psl = NULL;
    *out_reason = DMX_REASON_NONE;
    if (!edition_path(u->place, edition, PLACE_DAFSA, path))
        return false;
    const char *const paths[] = {path};
    bool loaded = dmx_psl_load(paths, 1, &psl, out_reason) == DMX_OK;
    out_reason->detail = DMX_SLICE_NONE;
    dmx_psl_free(&psl);
    return loaded;
}

/* The list that was gone back to counts as just found current: else the next run would fetch the other one again. */
static int go_back(struct update *u)
{
    struct dmx_reason reason;
    bool dry_run = u->settings->options.dry_run;
    int code = dry_run ? EXIT_OK : install_links(u->place, u->old_arena);
    if (code != EXIT_OK)
        return code;
    struct edition current = edition_current(u->place), previous = edition_previous(u->place, &current);
    if (dry_run &&
        !install_has_links(u->place)) /* the files that stand there would be adopted, and come after this one */
        previous = current;
    if (!previous.name[0])
        return complain(EXIT_FILES, "%s: there is no list before this one", u->place->path);
    if (!is_whole(u, &previous, &reason))
        return complain_reason(EXIT_FILES, "the list before this one cannot be used", &reason);
    if (dry_run)
        return EXIT_OK;
    code = install_edition(u->place, &previous);
    if (code == EXIT_OK)
        code = install_touch(u->place, u->now_s);
    u->times.checked_s = u->now_s;
    return code == EXIT_OK && !turn_write(u->place, &u->times) ? EXIT_FILES : code;
}

int rollback_run(const struct settings *settings, struct place *place)
{
    struct update u = {.settings = settings, .place = place, .now_s = dmx_clock_unix_s()};
    int code = take_turn(place, false);
    if (code == EXIT_OK) {
        u.times = turn_read(place);
        code = with_memory(&u, go_back);
    }
    if (code == EXIT_OK && !settings->options.quiet)
        report("%s: %s", place->path,
               settings->options.dry_run ? "there is a list to go back to" : "the list before is in force again");
    return code;
}
