/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Exim itself loads the module: `exim -bh`, which delivers nothing, with a configuration and a spool of its own in a
 * directory that is removed afterwards. The client is 127.0.0.1, by default trusted: the module asks nothing of DNS.
 *
 * Root's Exim reads that configuration as root, so nobody else may write beside it: only the spool in it is Exim's user's.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "selftest.h"

enum { TEXT_BYTES = 16 * 1024, REMOVE_MS = 20 * 1000, SHOWN_REPLY = 300, PATH_BYTES = 4096 };

static const char session[] = "EHLO selftest.dmx.invalid\r\n"
                              "MAIL FROM:<>\r\n"
                              "RCPT TO:<postmaster@selftest.dmx.invalid>\r\n"
                              "DATA\r\n"
                              "From: dmx selftest <postmaster@selftest.dmx.invalid>\r\n"
                              "\r\n"
                              "Nobody gets this.\r\n"
                              ".\r\n"
                              "QUIT\r\n";

static const char dmx_conf[] = "mode = monitor\ncache = no\ntrusted_ips = 127.0.0.0/8\n";

static bool write_file(const char *directory, const char *name, const char *text)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *to = fopen(path, "wxe");
    if (!to)
        return false;
    bool written = fputs(text, to) >= 0;
    written = fchmod(fileno(to), 0644) == 0 && written;
    return fclose(to) == 0 && written;
}

static bool write_exim_conf(const struct selftest *t, const char *directory, const char *spool)
{
    char text[TEXT_BYTES];
    int len = snprintf(text, sizeof text,
                       "primary_hostname = mx.selftest.dmx.invalid\n"
                       "spool_directory = %s\n"
                       "log_file_path = %s/%%slog\n"
                       "local_scan_path = %s\n"
                       "local_scan_timeout = 10s\n"
                       "keep_environment =\n"
                       "add_environment = DMX_CONFIG=%s/dmx.conf\n"
                       "host_lookup =\n"
                       "helo_lookup_domains =\n"
                       "rfc1413_query_timeout = 0s\n"
                       "tls_advertise_hosts =\n"
                       "acl_smtp_rcpt = accept\n",
                       spool, spool, t->module, directory);
    return len > 0 && (size_t)len < sizeof text && write_file(directory, "exim.conf", text);
}

static const struct passwd *exims_user(const struct selftest *t)
{
    char name[64];
    struct dmx_builder b = dmx_builder_fixed(name, sizeof name);
    dmx_put(&b, selftest_user(t));
    return dmx_builder_text(&b).len ? getpwnam(name) : NULL;
}

/* The directory lets through who knows a name in it. */
static bool make_spool(const struct selftest *t, const char *directory, const char *spool)
{
    const struct passwd *user = exims_user(t);
    if (chmod(directory, 0711) != 0 || mkdir(spool, 0750) != 0)
        return false;
    return geteuid() != 0 || !user || chown(spool, user->pw_uid, user->pw_gid) == 0;
}

/* Exim receives mail for anybody, and takes a configuration of anybody's from few. */
static bool may_try(const struct selftest *t)
{
    const struct passwd *user = exims_user(t);
    return geteuid() == 0 || (user && geteuid() == user->pw_uid);
}

/* By rm, which does not lose its way when somebody puts a link in the place of a directory that it is in. */
static void remove_all(struct selftest *t, char *directory)
{
    char rm[] = "/bin/rm", flags[] = "-rf", end[] = "--";
    struct child child;
    child_run((char *[]){rm, flags, end, directory, NULL}, DMX_SLICE_NONE, REMOVE_MS, t->arena, &child);
    if (child.status != 0)
        finding(t, FINDING_WARN, "trial", "%s could not be removed: look what is in it, and remove it", directory);
}

static bool contains(struct dmx_slice text, const char *what)
{
    return text.len > 0 && memmem(text.ptr, text.len, what, strlen(what)) != NULL;
}

/* Exim's last words to the client that are neither the goodbye nor about nothing. */
static struct dmx_slice refusal(struct dmx_slice text)
{
    struct dmx_slice line, found = DMX_SLICE_NONE;
    while (text.len > 0 && dmx_slice_split(&text, '\n', &line))
        if (line.len > 3 && (line.ptr[0] == '4' || line.ptr[0] == '5') && line.ptr[3] == ' ')
            found = dmx_slice_trim(line);
    return dmx_slice_upto(found, SHOWN_REPLY);
}

static void judge(struct selftest *t, const struct child *child)
{
    const char what[] = "trial";
    struct dmx_slice reply = refusal(child->output);
    if (child->late)
        finding(t, FINDING_FAIL, what,
                "Exim with this module does not end: do not restart Exim; take away the line that loads it");
    else if (contains(child->output, "crashed with signal"))
        finding(t, FINDING_FAIL, what,
                "Exim crashes when it loads this module, which is what a wrong local_scan ABI does: do not restart "
                "Exim; take "
                "the dmx that was built for it");
    else if (contains(child->output, "250 OK id=") && contains(child->output, "dmx: "))
        finding(t, FINDING_OK, what, "this Exim loaded the module and took a message, in a dry run");
    else if (contains(child->output, "250 OK id="))
        finding(t, FINDING_FAIL, what, "Exim takes a message, but there is no line of dmx: the module is another one");
    else
        finding(t, FINDING_FAIL, what,
                "Exim with this module would say to every client: %.*s; do not restart Exim before that is mended",
                DMX_SLICE_ARG(reply));
}

/* Where the ABI is not known either, nothing speaks for this module, and a wrong one costs all mail. */
static void say_untried(struct selftest *t, const char *why)
{
    if (t->exim_runs && !t->abi_major)
        finding(t, FINDING_FAIL, "trial",
                "%s; whether Exim loads the module was not tried, and its ABI is not known: do not restart Exim before "
                "it was",
                why);
    else
        finding(t, FINDING_WARN, "trial", "%s; whether Exim loads the module was not tried", why);
}

static void try_in(struct selftest *t, const char *directory)
{
    char flag[] = "-bh", address[] = "127.0.0.1", option[] = "-C", conf[PATH_BYTES], exim[PATH_BYTES];
    char spool[PATH_BYTES];
    struct child child;
    (void)snprintf(spool, sizeof spool, "%s/spool", directory);
    (void)snprintf(conf, sizeof conf, "%s/exim.conf", directory);
    (void)snprintf(exim, sizeof exim, "%s", t->exim);
    if (!write_file(directory, "dmx.conf", dmx_conf) || !write_exim_conf(t, directory, spool) ||
        !make_spool(t, directory, spool)) {
        say_untried(t, "a directory in /tmp cannot be filled");
        return;
    }
    child_run((char *[]){exim, option, conf, flag, address, NULL}, dmx_slice_cstr(session), 20 * 1000, t->arena,
              &child);
    judge(t, &child);
}

void selftest_trial(struct selftest *t)
{
    char directory[] = "/tmp/dmx-selftest-XXXXXX";
    if (!t->module || !t->exim_runs || !t->may_load)
        return;
    if (!may_try(t)) {
        say_untried(t, "run this as root");
        return;
    }
    if (strpbrk(t->module, "\n$\"")) {
        finding(t, FINDING_FAIL, "trial", "%s: no name for a module", t->module);
        return;
    }
    if (!mkdtemp(directory)) {
        say_untried(t, strerror(errno));
        return;
    }
    try_in(t, directory);
    remove_all(t, directory);
}
