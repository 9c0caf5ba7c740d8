/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What Exim says about itself: which it is, whether it loads modules, and with which settings. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/base/number.h"
#include "selftest.h"

enum {
    MAX_WORDS = 12,
    SHOWN_WORDS = 400,
    EXIM_MS = 15 * 1000,
    DEFAULT_TIMEOUT_S = 300,
    MAX_SECONDS = 365 * 24 * 60 * 60
};

static const char *const usual_exims[] = {"/usr/sbin/exim4", "/usr/sbin/exim", "/usr/exim/bin/exim"};

/* What posix_spawn wants is not const; it does not write. */
static char *word(struct dmx_arena *arena, const char *text)
{
    struct dmx_slice copy = dmx_arena_dup(arena, dmx_slice_cstr(text));
    char *out = dmx_arena_alloc(arena, copy.len + 1);
    if (out)
        memcpy(out, text, copy.len + 1);
    return out;
}

void selftest_run_exim(const struct selftest *t, char *const words[], struct child *out)
{
    char *argv[MAX_WORDS] = {NULL}, option[] = "-C";
    size_t n = 0;
    argv[n++] = word(t->arena, t->exim);
    if (t->exim_config) {
        argv[n++] = option;
        argv[n++] = word(t->arena, t->exim_config);
    }
    while (*words && n < MAX_WORDS - 1)
        argv[n++] = *words++;
    child_run(argv, DMX_SLICE_NONE, EXIM_MS, t->arena, out);
}

/* What stands after `start` in the line that begins with it; false when there is none. */
static bool line_after(struct dmx_slice text, struct dmx_slice start, struct dmx_slice *out)
{
    struct dmx_slice line;
    while (text.len > 0 && dmx_slice_split(&text, '\n', &line)) {
        if (!dmx_slice_starts(line, start))
            continue;
        *out = dmx_slice_trim(dmx_slice_from(line, start.len));
        return true;
    }
    return false;
}

/* The value of one of Exim's options; false when this Exim does not know it. Empty: it is not set. */
static bool ask(const struct selftest *t, const char *option, struct dmx_slice *out)
{
    char flag[] = "-bP", start[64];
    struct child child;
    struct dmx_builder b = dmx_builder_fixed(start, sizeof start);
    dmx_put_cstr(&b, option);
    dmx_put_cstr(&b, " =");
    selftest_run_exim(t, (char *[]){flag, word(t->arena, option), NULL}, &child);
    *out = DMX_SLICE_NONE;
    return child.status == 0 && line_after(child.output, dmx_builder_text(&b), out);
}

static size_t leading_digits(struct dmx_slice text)
{
    size_t n = 0;
    while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9')
        n++;
    return n;
}

/*
 * The ABI came with the version; Debian's package says it in its name exim4-localscanapi-…, an Exim says it nowhere. Only releases are
 * in the table: between 4.99 and 4.100 a snapshot has 7.0 or more (seen in December 2025), and what comes after 4.100 nobody knows.
 */
static void tell_abi(struct selftest *t, uint64_t minor_version)
{
    static const struct {
        unsigned from, to, abi_major, abi_minor;
    } abis[] = {{100, 100, 9, 1}, {96, 99, 6, 0}, {94, 95, 4, 1}};
    for (size_t i = 0; i < sizeof abis / sizeof *abis; i++) {
        if (minor_version < abis[i].from || minor_version > abis[i].to)
            continue;
        t->abi_major = abis[i].abi_major;
        t->abi_minor = abis[i].abi_minor;
        return;
    }
}

/* "4.99-123-gabcdef0" is what git says of a snapshot behind 4.99; "4.98.2" and "4.96-RC1" have the ABI of their release. */
static bool is_snapshot(struct dmx_slice version)
{
    struct dmx_slice rest = dmx_slice_from(version, dmx_slice_find(version, '-') + 1);
    size_t digits = leading_digits(rest);
    return digits > 0 && dmx_slice_starts(dmx_slice_from(rest, digits), DMX_SLICE("-g"));
}

static void take_version(struct selftest *t, struct dmx_slice version)
{
    struct dmx_slice rest, digits;
    uint64_t minor = 0;
    version = dmx_slice_upto(version, dmx_slice_find(version, ' '));
    rest = dmx_slice_from(version, dmx_slice_find(version, '.') + 1);
    digits = dmx_slice_upto(rest, leading_digits(rest));
    if (dmx_slice_starts(version, DMX_SLICE("4.")) && !is_snapshot(version) && dmx_parse_u64(digits, 9999, &minor))
        tell_abi(t, minor);
    if (t->abi_major)
        finding(t, FINDING_OK, "Exim", "%s is version %.*s, local_scan ABI %u.%u", t->exim, DMX_SLICE_ARG(version),
                t->abi_major, t->abi_minor);
    else
        finding(t, FINDING_WARN, "Exim",
                "%s is version %.*s, whose local_scan ABI is not known here: only the trial below can tell whether it "
                "takes the module",
                t->exim, DMX_SLICE_ARG(version));
}

/* False: there is no Exim to ask. */
static bool find_exim(struct selftest *t)
{
    for (size_t i = 0; !t->exim && i < sizeof usual_exims / sizeof *usual_exims; i++)
        if (access(usual_exims[i], X_OK) == 0)
            t->exim = usual_exims[i];
    if (!t->exim)
        finding(t, FINDING_WARN, "Exim", "none at /usr/sbin/exim4 or /usr/sbin/exim: name it by --exim PATH");
    return t->exim != NULL;
}

/* "DMX_CONFIG=/path" among add_environment's words, which colons separate; a doubled colon stands for one. */
static void take_environment(struct selftest *t, struct dmx_slice list)
{
    struct dmx_slice item;
    while (list.len > 0 && dmx_slice_split(&list, ':', &item)) {
        item = dmx_slice_trim(item);
        if (dmx_slice_starts(item, DMX_SLICE("DMX_CONFIG=")) && !t->config_path)
            t->config_path = word(t->arena, dmx_arena_dup(t->arena, dmx_slice_from(item, 11)).ptr);
    }
}

/* Exim prints 5m as 5m and 90s as 1m30s. */
static uint64_t seconds_of(struct dmx_slice text)
{
    uint64_t sum = 0, part;
    while (text.len > 0) {
        size_t len = leading_digits(text);
        if (!dmx_parse_duration(dmx_slice_upto(text, len + 1), MAX_SECONDS, &part))
            break;
        sum += part;
        text = dmx_slice_from(text, len + 1);
    }
    return sum;
}

static void take_timeout(struct selftest *t)
{
    struct dmx_slice value;
    t->timeout_s = ask(t, "local_scan_timeout", &value) && value.len ? seconds_of(value) : DEFAULT_TIMEOUT_S;
}

static void look_for_section(struct selftest *t)
{
    char flag[] = "-bP", section[] = "local_scan";
    struct child child;
    struct dmx_slice unused;
    selftest_run_exim(t, (char *[]){flag, section, NULL}, &child);
    t->compiled_in = child.status == 0 && (line_after(child.output, DMX_SLICE("trusted_sealers"), &unused) ||
                                           line_after(child.output, DMX_SLICE("no_trusted_sealers"), &unused));
    if (t->compiled_in)
        finding(t, FINDING_OK, "local_scan_path", "this Exim has dmx compiled in and loads no module");
    else
        finding(t, FINDING_FAIL, "local_scan_path",
                "this Exim cannot load a module (no such option), and dmx is not compiled into it: take Debian's "
                "exim4-daemon-heavy or exim4-daemon-light, or build one (make exim-build)");
}

/* The line that loads it. The file that `make install` and the package have goes when dmx goes, which a line of one's own does not. */
static const char *line_that_loads(const struct selftest *t)
{
    static const char *const files[] = {"/usr/share/dmx/exim4.conf", "/usr/local/share/dmx/exim4.conf"};
    char text[512];
    const char *file = files[0];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (access(files[i], R_OK) == 0)
            file = files[i];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_cstr(&b, ".include_if_exists ");
    dmx_put_cstr(&b, file);
    return word(t->arena, dmx_builder_text(&b).ptr);
}

static void take_module(struct selftest *t)
{
    struct dmx_slice path;
    t->may_load = ask(t, "local_scan_path", &path);
    if (!t->may_load) {
        look_for_section(t);
        return;
    }
    t->loads_module = path.len > 0;
    const char *set = path.len ? word(t->arena, dmx_arena_dup(t->arena, path).ptr) : NULL;
    if (!set)
        finding(t, FINDING_WARN, "local_scan_path",
                "is not set, so no mail is checked: put `%s` into Exim's main section, which sets it as long as dmx is "
                "installed",
                line_that_loads(t));
    else if (t->module && strcmp(t->module, set) != 0)
        finding(t, FINDING_WARN, "local_scan_path", "names %s, not the module that is looked at here", set);
    else
        finding(t, FINDING_OK, "local_scan_path", "%s", set);
    if (!t->module)
        t->module = set;
}

/* Why -bV failed: Exim says it behind its version, in two lines that begin with a time. */
static void complain_exim(struct selftest *t, const struct child *child)
{
    const char mark[] = "onfiguration";
    struct dmx_slice said = child->output;
    const char *found = said.len ? memmem(said.ptr, said.len, mark, sizeof mark - 1) : NULL;
    if (found) {
        size_t at = (size_t)(found - said.ptr), start = dmx_slice_rfind(dmx_slice_upto(said, at), '\n');
        said = dmx_slice_from(said, start < at ? start : 0);
    }
    if (child->error)
        said = dmx_slice_cstr(strerrordesc_np(child->error));
    if (child->late)
        said = DMX_SLICE("it does not end");
    said = dmx_slice_upto(dmx_slice_trim(said), SHOWN_WORDS);
    finding(t, FINDING_FAIL, "Exim", "%s -bV fails, mend that first: %.*s", t->exim, DMX_SLICE_ARG(said));
}

void selftest_exim(struct selftest *t)
{
    char flag[] = "-bV";
    struct child child;
    struct dmx_slice value;
    if (!find_exim(t))
        return;
    selftest_run_exim(t, (char *[]){flag, NULL}, &child);
    if (child.status != 0)
        complain_exim(t, &child);
    t->exim_runs = line_after(child.output, DMX_SLICE("Exim version "), &value);
    if (t->exim_runs)
        take_version(t, value);
    if (child.status != 0) {
        t->may_load = t->exim_runs; /* so that the module is tried all the same */
        return;
    }
    take_module(t);
    take_timeout(t);
    if (ask(t, "add_environment", &value))
        take_environment(t, value);
    (void)ask(t, "exim_user", &t->exim_user);
    (void)ask(t, "primary_hostname", &t->host);
    (void)ask(t, "qualify_domain", &t->domain);
}
