/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "sample.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../../psl-updater/dafsa.h"
#include "dmx/psl/dafsa.h"
#include "suite.h"

struct dmx_list sample_parse(struct dmx_slice text, struct dmx_arena *arena)
{
    struct dmx_list list;
    struct dmx_reason reason;
    enum dmx_status status = dmx_list_parse(text, arena, &list, &reason);
    ck_assert_msg(status == DMX_OK, "%s: %.*s", reason.token, DMX_SLICE_ARG(reason.detail));
    return list;
}

struct dmx_slice sample_file(const char *path, struct dmx_arena *arena)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_msg(fd >= 0 && fstat(fd, &st) == 0, "%s", path);
    char *bytes = dmx_arena_alloc(arena, (size_t)st.st_size + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(read(fd, bytes, (size_t)st.st_size), st.st_size);
    close(fd);
    return dmx_slice(bytes, (size_t)st.st_size);
}

struct dmx_slice sample_compile(const struct dmx_list *list, struct dmx_arena *arena)
{
    struct dmx_reason reason;
    struct dmx_builder b = dmx_builder_arena(arena, DMX_DAFSA_MAX_BYTES);
    enum dmx_status status = dmx_dafsa_compile(list, arena, &b, &reason);
    ck_assert_msg(status == DMX_OK, "%s", dmx_status_name(status));
    return dmx_builder_text(&b);
}

double sample_cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}
