/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "abi.h"

#include <dlfcn.h>
#include <string.h>

#include "dmx/base/banned.h"

#if LOCAL_SCAN_ABI_VERSION_MAJOR < 6
#error "Exim before 4.96 has no taint argument in store_get; dmx needs local_scan ABI 6.0 (Debian 12)"
#endif

/*
 * 6.0 is 4.96 to 4.99.1, though 4.99 has lost the symbol expand_string: a module made for 6.0 may meet either, so that is
 * weak, and where it is not there its successor is called. 7 made expand_string a macro around expand_string_2.
 */
#undef expand_string
#if LOCAL_SCAN_ABI_VERSION_MAJOR < 7
#pragma weak expand_string
typedef uschar *expander(const uschar *, BOOL *);
#ifdef DMX_INSIDE_EXIM
extern expander expand_string_2 __attribute__((weak));
static expander *find_successor(void)
{
    return expand_string_2;
}
#else
/* As a weak symbol it would be looked for in each of Exim's libraries by each connection, mostly in vain. */
static expander *find_successor(void)
{
    expander *found = NULL;
    void *address = dlsym(RTLD_DEFAULT, "expand_string_2");
    memcpy(&found, &address, sizeof found);
    return found;
}
#endif
#endif

extern int local_scan_version_major(void) __attribute__((visibility("default")));
extern int local_scan_version_minor(void) __attribute__((visibility("default")));

/* Exim loads a module only if its major number is the same as its own and its minor number not higher. */
int local_scan_version_major(void)
{
    return LOCAL_SCAN_ABI_VERSION_MAJOR;
}

int local_scan_version_minor(void)
{
    return LOCAL_SCAN_ABI_VERSION_MINOR;
}

/* Exim's prototypes lack const where nothing is written. */
static uschar *without_const(const char *text)
{
    const union {
        const char *ours;
        uschar *exims;
    } view = {.ours = text};
    return view.exims;
}

static const uschar *as_exim(const char *text)
{
    return (const uschar *)text;
}

struct dmx_slice dmx_exim_text(const uschar *text)
{
    return dmx_slice_cstr((const char *)text);
}

/* 9 (4.100) lost the first argument, the log selector. */
static void write_log(int where, const char *text)
{
#if LOCAL_SCAN_ABI_VERSION_MAJOR >= 9
    log_write(where, "%s", text);
#else
    log_write(0, where, "%s", text);
#endif
}

void dmx_exim_log(const char *text)
{
    write_log(LOG_MAIN, text);
}

void dmx_exim_panic_log(const char *text)
{
    write_log(LOG_PANIC, text);
}

/* Exim refuses to expand what lies in tainted memory; a literal does not. */
struct dmx_slice dmx_exim_expand(const char *literal)
{
    BOOL text_only;
#if LOCAL_SCAN_ABI_VERSION_MAJOR < 7
    if (expand_string)
        return dmx_exim_text(expand_string(without_const(literal)));
    expander *successor = find_successor();
    return successor ? dmx_exim_text(successor(as_exim(literal), &text_only)) : DMX_SLICE_NONE;
#else
    return dmx_exim_text(expand_string_2(without_const(literal), &text_only));
#endif
}

uschar *dmx_exim_keep_tainted(const char *text)
{
    return string_copy_taint(as_exim(text), GET_TAINTED);
}

void dmx_exim_add_on_top(const char *field)
{
    header_add_at_position(FALSE, NULL, FALSE, ' ', "%s", field);
}

/* 9 added the flags and the original recipient of delivery status notifications; this recipient has neither. */
static void add_recipient(uschar *address)
{
#if LOCAL_SCAN_ABI_VERSION_MAJOR >= 9
    receive_add_recipient(address, -1, 0, NULL);
#else
    receive_add_recipient(address, -1);
#endif
}

/* The source is memory of ours, so the copy is untainted: the address is the administrator's word. */
static uschar *keep_trusted(struct dmx_slice text)
{
    return string_copyn(as_exim(text.ptr), dmx_slice_int(text.len));
}

void dmx_exim_redirect(struct dmx_slice address)
{
    recipients_count = 0;
    add_recipient(keep_trusted(address));
    /* Without it a quarantine that cannot be delivered to would bounce to a forged sender. Exim adds our domain. */
    recipients_list[0].errors_to = keep_trusted(DMX_SLICE("postmaster"));
}

enum dmx_exim_match dmx_exim_match_client(struct dmx_slice host_list)
{
    if (host_list.len == 0 || !sender_host_address)
        return DMX_EXIM_NO_MATCH;
    switch (lss_match_host(sender_host_name, sender_host_address, keep_trusted(host_list))) {
    case OK:
        return DMX_EXIM_MATCH;
    case FAIL:
        return DMX_EXIM_NO_MATCH;
    default:
        return DMX_EXIM_UNDECIDED;
    }
}
