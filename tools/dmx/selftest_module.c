/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The module's file, before Exim maps it. Debian's loader calls strlen(NULL) where the ABI does not fit or is not said,
 * and answers each message by 421; for a missing file or symbol it answers 451, and shows the linker's words to the client.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/site/file.h"
#include "elf.h"
#include "selftest.h"
#include "tool.h"

enum { MAX_LIBRARIES = 64, SHOWN_SYMBOLS = 5 };

#define ALL_MAIL "Exim would defer all mail"

static bool open_elf(struct selftest *t, const char *what, const char *path, const char *else_do, struct elf *out)
{
    struct dmx_slice file;
    const char *why = "cannot be read";
    enum dmx_status status = dmx_file_read(path, TOOL_MAX_FILE, t->arena, &file, &why);
    if (status == DMX_LIMIT)
        why = "is too large";
    if (status == DMX_OK)
        why = elf_open(file, out);
    if (status == DMX_OK && !why)
        return true;
    finding(t, FINDING_FAIL, what, "%s: %s; %s", path, why, else_do);
    return false;
}

/* Who may write it is root to Exim's mail, and who reads it in parts while it is written crashes. */
static void look_at_mode(struct selftest *t)
{
    struct stat st;
    if (stat(t->module, &st) != 0)
        return;
    if ((st.st_mode & S_IWOTH) != 0 || st.st_uid != 0)
        finding(t, FINDING_WARN, "module", "%s: others than root may write it: chown root:root, chmod 0644", t->module);
    if ((st.st_mode & S_IROTH) == 0)
        finding(t, FINDING_WARN, "module", "%s: Exim's user may not read it, and then " ALL_MAIL ": chmod 0644",
                t->module);
}

static bool has_entry_points(struct selftest *t, const struct elf *module)
{
    static const struct dmx_slice names[] = {DMX_SLICE_INIT("local_scan"), DMX_SLICE_INIT("local_scan_version_major"),
                                             DMX_SLICE_INIT("local_scan_version_minor")};
    struct elf_symbol symbol;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (elf_find(module, names[i], &symbol))
            continue;
        finding(t, FINDING_FAIL, "module",
                "%s has no %.*s: it is no local_scan module, and Exim would crash; name dmx.so", t->module,
                DMX_SLICE_ARG(names[i]));
        return false;
    }
    return true;
}

static void look_at_abi(struct selftest *t, const struct elf *module)
{
    unsigned major, minor;
    if (!elf_constant(module, DMX_SLICE("local_scan_version_major"), &major) ||
        !elf_constant(module, DMX_SLICE("local_scan_version_minor"), &minor))
        finding(t, FINDING_WARN, "ABI", "which local_scan ABI %s was built for cannot be told from the file",
                t->module);
    else if (!t->abi_major)
        finding(t, FINDING_WARN, "ABI",
                "the module was built for local_scan ABI %u.%u; whether this Exim has that, the trial below tells",
                major, minor);
    else if (major != t->abi_major || minor > t->abi_minor)
        finding(
            t, FINDING_FAIL, "ABI",
            "the module was built for local_scan ABI %u.%u, this Exim has %u.%u and would crash at every message: take "
            "the package for exim4-localscanapi-%u.%u, or build dmx against this Exim's exim4-dev",
            major, minor, t->abi_major, t->abi_minor, t->abi_major, t->abi_minor);
    else
        finding(t, FINDING_OK, "ABI", "the module was built for local_scan ABI %u.%u, which this Exim takes", major,
                minor);
}

/*
 * The libraries that the module is linked with, as the linker would find them; NULL ends them. False: one is missing. What a library does
 * when it is opened is done by root here, and by Exim's user in Exim: only those of the system are, and no file that the module names.
 */
static bool open_libraries(struct selftest *t, const struct elf *module, void *libraries[MAX_LIBRARIES + 1])
{
    char name[256];
    struct dmx_slice needed;
    size_t n = 0;
    for (; n < MAX_LIBRARIES && elf_needed(module, n, &needed); n++) {
        struct dmx_builder b = dmx_builder_fixed(name, sizeof name);
        dmx_put(&b, needed);
        (void)dmx_builder_text(&b);
        if (dmx_slice_find(needed, '/') < needed.len) {
            finding(
                t, FINDING_FAIL, "libraries",
                "the module wants %.*s by its path, as no dmx does, and it was not looked at: take the module that was "
                "built for this Exim",
                DMX_SLICE_ARG(needed));
            return false;
        }
        libraries[n] = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
        if (libraries[n])
            continue;
        const char *why = dlerror();
        finding(t, FINDING_FAIL, "libraries", "%s: install the package that has it, or " ALL_MAIL, why ? why : name);
        return false;
    }
    libraries[n] = NULL;
    return true;
}

static bool any_has(void *const libraries[], const char *name)
{
    for (size_t i = 0; libraries[i]; i++)
        if (dlsym(libraries[i], name))
            return true;
    return false;
}

static void look_at_symbols(struct selftest *t, const struct elf *module, const struct elf *exim,
                            void *const libraries[])
{
    char missing[512];
    size_t count = 0;
    struct elf_symbol wanted, offered;
    struct dmx_builder b = dmx_builder_fixed(missing, sizeof missing);
    for (size_t i = 0; elf_symbol(module, i, &wanted); i++) {
        if (wanted.defined || wanted.weak || wanted.name.len == 0 || elf_find(exim, wanted.name, &offered) ||
            any_has(libraries, wanted.name.ptr)) /* NUL-terminated in the file: elf_symbol saw to it */
            continue;
        if (count++ < SHOWN_SYMBOLS) {
            dmx_put_char(&b, ' ');
            dmx_put_escaped(&b, wanted.name, 64);
        }
    }
    struct dmx_slice names = dmx_builder_text(&b);
    if (count)
        finding(t, FINDING_FAIL, "symbols",
                "the module wants %zu that neither this Exim nor a library has, and " ALL_MAIL
                ":%.*s; build dmx against this Exim's exim4-dev",
                count, DMX_SLICE_ARG(names));
    else
        finding(t, FINDING_OK, "symbols", "this Exim and the libraries have all that the module wants");
}

void selftest_module(struct selftest *t)
{
    struct elf module, exim;
    void *libraries[MAX_LIBRARIES + 1];
    if (!t->module)
        return;
    if (t->module[0] != '/')
        finding(t, FINDING_WARN, "module", "%s: Exim wants a path from the root on", t->module);
    if (!open_elf(t, "module", t->module, ALL_MAIL ": install dmx.so there, or take away the line that loads it",
                  &module) ||
        !has_entry_points(t, &module))
        return;
    look_at_mode(t);
    look_at_abi(t, &module);
    if (!open_libraries(t, &module, libraries) || !t->exim_runs ||
        !open_elf(t, "symbols", t->exim, "what the module wants of it cannot be compared", &exim))
        return;
    if (module.machine != exim.machine || module.wide != exim.wide)
        finding(t, FINDING_FAIL, "module", "%s is for another machine than %s; " ALL_MAIL, t->module, t->exim);
    else
        look_at_symbols(t, &module, &exim, libraries);
}
