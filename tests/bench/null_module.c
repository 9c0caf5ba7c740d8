/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A local_scan module that does nothing: what loading any module costs. */
#include <stddef.h>

#if __has_include(<exim4/local_scan.h>)
#include <exim4/local_scan.h>
#else
#include "local_scan.h"
#endif

extern int local_scan_version_major(void) __attribute__((visibility("default")));
extern int local_scan_version_minor(void) __attribute__((visibility("default")));

int local_scan_version_major(void)
{
    return LOCAL_SCAN_ABI_VERSION_MAJOR;
}

int local_scan_version_minor(void)
{
    return LOCAL_SCAN_ABI_VERSION_MINOR;
}

int local_scan(int fd, uschar **return_text)
{
    (void)fd;
    (void)return_text;
    return LOCAL_SCAN_ACCEPT;
}
