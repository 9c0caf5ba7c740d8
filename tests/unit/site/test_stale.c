/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A configuration knows when the files that it came from are no longer what they were. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/site/config.h"
#include "suite.h"

static char dir[64], conf[80], list[80], renamed[80];

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void setup(void)
{
    snprintf(dir, sizeof dir, "/tmp/dmx-stale.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(conf, sizeof conf, "%s/dmx.conf", dir);
    snprintf(list, sizeof list, "%s/list", dir);
    snprintf(renamed, sizeof renamed, "%s/new", dir);
}

static void teardown(void)
{
    unlink(conf);
    unlink(list);
    unlink(renamed);
    rmdir(dir);
}

static void nothing(void)
{
}

static void conf_rewritten(void)
{
    put(conf, "mode = enforce\ntrusted_ips = @list\n");
}

/* Of the same size, as by an editor that saves beside. */
static void conf_replaced(void)
{
    put(renamed, "mode = monitor\ntrusted_ips = @list\n");
    ck_assert_int_eq(rename(renamed, conf), 0);
}

static void conf_removed(void)
{
    unlink(conf);
}

static void list_rewritten(void)
{
    put(list, "192.0.2.1\n192.0.2.2\n");
}

static void list_removed(void)
{
    unlink(list);
}

static void list_readable_for_none(void)
{
    ck_assert_int_eq(chmod(list, 0), 0);
}

static void list_made(void)
{
    put(list, "192.0.2.1\n");
}

static const struct {
    const char *label;
    bool has_list;
    enum dmx_status read;
    void (*change)(void);
    bool want;
} changes[] = {
    {"nothing", true, DMX_OK, nothing, false},
    {"the file rewritten", true, DMX_OK, conf_rewritten, true},
    {"the file replaced", true, DMX_OK, conf_replaced, true},
    {"the file removed", true, DMX_OK, conf_removed, true},
    {"a list rewritten", true, DMX_OK, list_rewritten, true},
    {"a list removed", true, DMX_OK, list_removed, true},
    {"a list that may not be read", true, DMX_OK, list_readable_for_none, true},
    {"refused, nothing", false, DMX_IO, nothing, false},
    {"refused, the missing list made", false, DMX_IO, list_made, true},
    {"refused, the file rewritten", false, DMX_IO, conf_rewritten, true},
};

START_TEST(stale)
{
    struct dmx_config *config = NULL;
    struct dmx_config_error error;
    put(conf, "mode = monitor\ntrusted_ips = @list\n");
    if (changes[_i].has_list)
        put(list, "192.0.2.1\n");
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    ck_assert(!dmx_config_is_stale(config));
    ck_assert_int_eq(dmx_config_read(config, conf, &error), changes[_i].read);
    changes[_i].change();
    ck_assert_msg(dmx_config_is_stale(config) == changes[_i].want, "%s", changes[_i].label);
    dmx_config_free(&config);
}
END_TEST

/* What was not there may be made: a missing file is remembered as such. */
START_TEST(a_missing_file_is_made)
{
    struct dmx_config *config = NULL;
    struct dmx_config_error error;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    ck_assert_int_eq(dmx_config_read(config, conf, &error), DMX_IO);
    ck_assert(!dmx_config_is_stale(config));
    put(conf, "mode = monitor\n");
    ck_assert(dmx_config_is_stale(config));
    dmx_config_free(&config);
}
END_TEST

START_TEST(no_path_never_changes)
{
    const struct dmx_stamp none = dmx_stamp_take(NULL), empty = dmx_stamp_take("");
    ck_assert(!dmx_stamp_differs(&none));
    ck_assert(!dmx_stamp_differs(&empty));
}
END_TEST

DMX_SUITE(site_stale)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(stale, changes);
    DMX_TEST(a_missing_file_is_made);
    DMX_TEST(no_path_never_changes);
}
