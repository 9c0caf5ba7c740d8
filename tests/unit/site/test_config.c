/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The file's grammar, files that cannot be read, @FILE, and the three ways to print. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dmx/site/config.h"
#include "suite.h"

static struct dmx_config *config;
static struct dmx_config_error error;
static char dir[64];

static void setup(void)
{
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    memset(&error, 0, sizeof error);
    snprintf(dir, sizeof dir, "/tmp/dmx-site-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
    static const char *const names[] = {"dmx.conf", "list", "other", "fifo", "socket", "link"};
    char path[128];
    for (size_t i = 0; i < DMX_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
    dmx_config_free(&config);
}

static const char *path_of(const char *name)
{
    static char path[2][128];
    static size_t turn;
    turn ^= 1;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static void write_bytes(const char *name, const char *bytes, size_t size)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

static void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static void assert_error(const char *label, const char *want)
{
    ck_assert_msg(strstr(error.text, want), "%s: got \"%s\", want \"%s\"", label, error.text, want);
}

/* want NULL: the text is taken, and mode is monitor. */
#define TEXT(lit) DMX_SLICE_INIT(lit)
static const struct {
    const char *label;
    struct dmx_slice text;
    const char *want;
} grammar[] = {
    {"plain", TEXT("mode = monitor\n"), NULL},
    {"no final line end", TEXT("mode=monitor"), NULL},
    {"CRLF", TEXT("# x\r\n\r\nmode = monitor\r\nrules = rfc9989\r\n"), NULL},
    {"blanks and tabs", TEXT("\n \t\n\t mode \t=\t monitor \t\n  # comment = x\n#\n"), NULL},
    {"two options", TEXT("mode = monitor\ndeadline = 5s\n"), NULL},
    {"empty value of a list", TEXT("trusted_ips =\nmode=monitor\n"), NULL},
    {"comment with any text", TEXT("# caf\xc3\xa9 = \\\nmode=monitor\n"), NULL},
    {"CR at the end of the file", TEXT("mode=monitor\r"), NULL},
    {"unknown", TEXT("\n\non_rejct = none\n"), "t line 3: unknown option on_rejct; did you mean on_reject?"},
    {"bad value", TEXT("mode = monitor\n\ndns_tries = 11\n"), "t line 3: dns_tries: \"11\" is not accepted"},
    {"no assignment", TEXT("mode = monitor\nmonitor\n"), "t line 2: not of the form option = value"},
    {"twice", TEXT("mode = monitor\n#\nmode = monitor\n"), "t line 3: mode: given twice, first on line 1"},
    {"NUL", TEXT("mode = monitor\n\nrules = \0rfc7489\n"), "t line 3: a control byte in the line"},
    {"NUL in a comment", TEXT("# \0\nmode = monitor\n"), "t line 1: a control byte in the line"},
    {"NUL alone", TEXT("\0"), "t line 1: a control byte in the line"},
    {"lone CR", TEXT("mode = monitor\rrules = rfc7489\n"), "t line 1: a control byte in the line"},
    {"CR CR LF", TEXT("mode = monitor\r\r\n"), "t line 1: a control byte in the line"},
    {"ESC", TEXT("reject_text = \x1b[31m\n"), "t line 1: a control byte in the line"},
    {"DEL", TEXT("reject_text = \x7f\n"), "t line 1: a control byte in the line"},
    {"no continuation", TEXT("trusted_ips = ::1, \\\n127.0.0.1\n"), "t line 1: trusted_ips: \"\\\\\" is not accepted"},
    {"section", TEXT("[general]\n"), "t line 1: not of the form"},
    {"@FILE", TEXT("trusted_ips = @/etc/hostname\n"), "t line 1: trusted_ips: an @FILE cannot be read here"},
    {"first error wins", TEXT("rules = x\nmode = y\n"), "t line 1: rules"},
    {"byte order mark", TEXT("\xef\xbb\xbfmode = monitor\n"), "t: the file begins with a byte order mark"},
    {"a value in two lines", TEXT("trusted_ips = ::1\n  10.0.0.0/8\n"),
     "t line 2: not of the form option = value; a value cannot"},
    {"a list that goes on", TEXT("trusted_ips = ::1,\n  10.0.0.0/8\n"),
     "t line 1: trusted_ips: an empty entry in the list; a list ends"},
};

START_TEST(config_grammar)
{
    /* On the heap and exact, so that a sanitizer sees a byte too far. */
    char *text = malloc(grammar[_i].text.len);
    ck_assert_ptr_nonnull(text);
    memcpy(text, grammar[_i].text.ptr, grammar[_i].text.len);
    enum dmx_status status = dmx_config_parse(config, dmx_slice(text, grammar[_i].text.len), "t", &error);
    free(text);
    if (grammar[_i].want) {
        ck_assert_msg(status == DMX_INVALID, "%s: taken", grammar[_i].label);
        assert_error(grammar[_i].label, grammar[_i].want);
    } else {
        ck_assert_msg(status == DMX_OK, "%s: %s", grammar[_i].label, error.text);
        ck_assert_uint_eq(config->mode, DMX_MODE_MONITOR);
    }
}
END_TEST

START_TEST(config_empty_text_is_defaults)
{
    ck_assert_int_eq(dmx_config_parse(config, DMX_SLICE(""), "t", &error), DMX_OK);
    ck_assert_int_eq(dmx_config_parse(config, DMX_SLICE_NONE, "t", &error), DMX_OK);
    ck_assert_uint_eq(config->mode, DMX_MODE_ENFORCE);
}
END_TEST

/* A list replaces the one before it: the defaults, or what a file said. */
START_TEST(config_later_source_wins)
{
    struct dmx_ip loopback;
    ck_assert(dmx_ip_parse(DMX_SLICE("127.0.0.1"), &loopback));
    ck_assert(dmx_cidr_list_contains(&config->trusted_ips, &loopback));
    ck_assert_int_eq(dmx_config_parse(config, DMX_SLICE("trusted_ips = 192.0.2.0/24\ndns_tries = 3"), "t", &error),
                     DMX_OK);
    ck_assert(!dmx_cidr_list_contains(&config->trusted_ips, &loopback));
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("dns_tries=4"), &error), DMX_OK);
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("dns_tries=5"), &error), DMX_OK);
    ck_assert_uint_eq(config->dns_tries, 5);
}
END_TEST

/* ---- files ---- */

START_TEST(file_missing)
{
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), DMX_IO);
    assert_error("missing", path_of("dmx.conf"));
    assert_error("missing", "No such file or directory");
}
END_TEST

START_TEST(file_directory)
{
    ck_assert_int_eq(dmx_config_read(config, dir, &error), DMX_IO);
    assert_error("directory", dir);
    assert_error("directory", "is a directory, not a regular file");
}
END_TEST

/* Nobody writes into the FIFO: a reader that waited would meet the test's timeout. */
START_TEST(file_fifo)
{
    ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
    ck_assert_int_eq(dmx_config_read(config, path_of("fifo"), &error), DMX_IO);
    assert_error("fifo", "is a FIFO, not a regular file");
}
END_TEST

START_TEST(file_device)
{
    ck_assert_int_eq(dmx_config_read(config, "/dev/null", &error), DMX_IO);
    assert_error("device", "/dev/null: is a device, not a regular file");
}
END_TEST

START_TEST(file_socket)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", dir);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(dmx_config_read(config, path_of("socket"), &error), DMX_IO);
    close(fd);
}
END_TEST

START_TEST(file_unreadable)
{
    write_text("dmx.conf", "mode = monitor\n");
    if (geteuid() == 0) {
        printf("skipped file_unreadable: root reads every file\n");
        return;
    }
    ck_assert_int_eq(chmod(path_of("dmx.conf"), 0), 0);
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), DMX_IO);
    assert_error("unreadable", "Permission denied");
}
END_TEST

START_TEST(file_through_link)
{
    write_text("dmx.conf", "mode = monitor\n");
    ck_assert_int_eq(symlink("dmx.conf", path_of("link")), 0);
    ck_assert_int_eq(dmx_config_read(config, path_of("link"), &error), DMX_OK);
    ck_assert_uint_eq(config->mode, DMX_MODE_MONITOR);
}
END_TEST

static const struct {
    int over; /* bytes over the limit */
    enum dmx_status want;
} sizes[] = {{-1, DMX_OK}, {0, DMX_OK}, {1, DMX_IO}};

/* A file of comments and an assignment, of DMX_CONFIG_MAX_BYTES and one more or less. */
static char *big_text(size_t size)
{
    static const char last[] = "\nmode = monitor\n";
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    memset(text, '#', size);
    memcpy(text + size - (sizeof last - 1), last, sizeof last - 1);
    return text;
}

START_TEST(file_size)
{
    size_t size = (size_t)(DMX_CONFIG_MAX_BYTES + sizes[_i].over);
    char *text = big_text(size);
    write_bytes("dmx.conf", text, size);
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), sizes[_i].want);
    if (sizes[_i].want == DMX_OK)
        ck_assert_uint_eq(config->mode, DMX_MODE_MONITOR);
    else
        assert_error("size", "dmx.conf: is over 1048576 bytes");
    enum dmx_status parsed = dmx_config_parse(config, dmx_slice(text, size), "t", &error);
    ck_assert_int_eq(parsed, sizes[_i].want == DMX_OK ? DMX_OK : DMX_INVALID);
    free(text);
}
END_TEST

/* So many lines, all wrong; how many are told, and what the single error says of the others. */
static const struct {
    size_t lines, told;
    const char *others;
} wrongs[] = {
    {1, 1, NULL},
    {2, 2, "(and 1 more mistake; `dmx config test` lists them)"},
    {DMX_CONFIG_MAX_MISTAKES - 1, DMX_CONFIG_MAX_MISTAKES - 1, "(and 48 more mistakes; "},
    {DMX_CONFIG_MAX_MISTAKES, DMX_CONFIG_MAX_MISTAKES, "(and at least 49 more mistakes; "},
    {DMX_CONFIG_MAX_MISTAKES + 1, DMX_CONFIG_MAX_MISTAKES, "(and at least 49 more mistakes; "},
};

START_TEST(file_of_mistakes)
{
    static struct dmx_config_error errors[DMX_CONFIG_MAX_MISTAKES];
    char text[1024] = "mode = monitor\n", want[40];
    size_t told = 0;
    for (size_t i = 0; i < wrongs[_i].lines; i++)
        strcat(text, "mdoe = x\n");
    write_text("dmx.conf", text);
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), DMX_INVALID);
    assert_error("the first", "line 2: unknown option mdoe; did you mean mode?");
    ck_assert_ptr_eq(strstr(error.text, "(and "), wrongs[_i].others ? strstr(error.text, wrongs[_i].others) : NULL);
    ck_assert_int_eq(dmx_config_read_all(config, path_of("dmx.conf"), errors, &told), DMX_INVALID);
    ck_assert_uint_eq(told, wrongs[_i].told);
    for (size_t i = 0; i < told; i++) {
        snprintf(want, sizeof want, "dmx.conf line %zu: ", i + 2);
        ck_assert_ptr_nonnull(strstr(errors[i].text, want));
    }
}
END_TEST

/* What a mistake left behind is not in the next one's text; the error's room is kept when the first fills it. */
START_TEST(file_of_mistakes_in_a_list)
{
    static struct dmx_config_error errors[DMX_CONFIG_MAX_MISTAKES];
    char text[2048] = "mode = ";
    size_t told = 0;
    write_text("list", "::1\nx\n");
    write_text("dmx.conf", "trusted_ips = @list\nmode\nmode = monitor\nmode = monitor\nrules = x\n");
    ck_assert_int_eq(dmx_config_read_all(config, path_of("dmx.conf"), errors, &told), DMX_INVALID);
    ck_assert_uint_eq(told, 4);
    ck_assert_ptr_nonnull(strstr(errors[0].text, "line 1: trusted_ips: "));
    ck_assert_ptr_nonnull(strstr(errors[1].text, "dmx.conf line 2: not of the form"));
    ck_assert_ptr_nonnull(strstr(errors[2].text, "dmx.conf line 4: mode: given twice"));
    ck_assert_ptr_nonnull(strstr(errors[3].text, "dmx.conf line 5: rules: \"x\" is not accepted"));
    ck_assert_int_eq(dmx_config_read_all(config, path_of("none"), errors, &told), DMX_IO);
    ck_assert_uint_eq(told, 1);
    for (size_t i = 0; i < 200; i++)
        strcat(text, "\1");
    strcat(text, "\nx\n");
    ck_assert_int_eq(dmx_config_parse(config, dmx_slice_cstr(text), text, &error), DMX_INVALID);
    assert_error("cut", "(and 1 more mistake; `dmx config test` lists them)");
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
}
END_TEST

START_TEST(file_leaves_no_descriptor)
{
    write_text("list", "::1\n");
    write_text("dmx.conf", "trusted_ips = @list\n");
    int before = dup(0);
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), DMX_OK);
    ck_assert_int_eq(dmx_config_read(config, dir, &error), DMX_IO);
    int after = dup(0);
    ck_assert_int_eq(after, before + 1);
    close(before);
    close(after);
}
END_TEST

/* ---- @FILE ---- */

/* conf names the file `list` beside it; want NULL: taken, and the list then prints as shown. */
static const struct {
    const char *label, *conf, *list, *want, *shown;
} lists[] = {
    {"one a line", "trusted_ips = @list", "10.0.0.1\n10.0.0.2\n", NULL, "trusted_ips = 10.0.0.1, 10.0.0.2\n"},
    {"no final line end, CRLF", "trusted_ips = @list", "10.0.0.1\r\n10.0.0.2", NULL, "= 10.0.0.1, 10.0.0.2\n"},
    {"comments", "trusted_ips = @list", "# a\n\n 10.0.0.1 # b\n10.0.0.2\t# c\n", NULL, "= 10.0.0.1, 10.0.0.2\n"},
    {"with others", "trusted_ips = ::1, @list, 10.0.0.3", "10.0.0.1\n", NULL, "= 10.0.0.1, 10.0.0.3, ::1\n"},
    {"empty file", "trusted_ips = @list", "", NULL, "trusted_ips =\n"},
    {"twice the same", "trusted_ips = @list, @list", "10.0.0.1\n", NULL, "trusted_ips = 10.0.0.1\n"},
    {"recipients", "exempt_recipients = @./list", "joe@example.com\n@example.net\n", NULL,
     "exempt_recipients = example.net, joe@example.com\n"},
    {"nameservers", "nameservers = @list", "127.0.0.1:53\n::1\n", NULL, "nameservers = 127.0.0.1:53,::1\n"},
    {"recipients without a slash", "exempt_recipients = @list", "", NULL, "exempt_recipients = list\n"},
    {"bad entry", "#\ntrusted_ips = @list", "10.0.0.1\n10.0.0.300\n",
     "dmx.conf line 2: trusted_ips: DIR/list line 2: \"10.0.0.300\" is not accepted", NULL},
    {"two entries in a line", "trusted_ips = @list", "10.0.0.1, 10.0.0.2\n",
     "list line 1: \"10.0.0.1, 10.0.0.2\" is not accepted: a file has one entry a line", NULL},
    {"an entry in a file cannot be one", "trusted_ips = @list", "10.0.0.300\n",
     "accepted: addresses and blocks like 192.0.2.1 or 2001:db8::/32", NULL},
    {"byte order mark", "trusted_ips = @list", "\xef\xbb\xbf::1\n", "DIR/list: the file begins with a byte order mark",
     NULL},
    {"nested", "trusted_ips = @list", "10.0.0.1\n@other\n", "list line 2: an @FILE within an @FILE", NULL},
    {"nested recipients", "exempt_recipients = @./list", "@/etc/list\n", "list line 1: an @FILE within", NULL},
    {"NUL byte", "trusted_ips = @list", "10.0.0.1\n\x01\n", "list line 2: a control byte in the line", NULL},
    {"no such file", "trusted_ips = @other", "", "dmx.conf line 1: trusted_ips: DIR/other: No such file", NULL},
    {"a directory", "trusted_ips = @.", "", "DIR/.: is a directory, not a regular file", NULL},
    {"domains", "corroborate_domains = @list", "b.example # ours\n*.a.example\n", NULL,
     "corroborate_domains = *.a.example, b.example\n"},
    {"approvals", "approved_domains = @list", "esp.example for shop.example\n", NULL,
     "approved_domains = esp.example for shop.example\n"},
    {"overrides keep their words", "policy_overrides = @list",
     "# mine\n shop.example none until 2026-12-31 ticket #12, ask Ann\n", NULL,
     "policy_overrides = shop.example none until 2026-12-31 ticket #12; ask Ann\n"},
    {"a bad override", "policy_overrides = @list", "# a\nshop.example none\n", "DIR/list line 2: \"shop.example none\"",
     NULL},
    {"after the file", "trusted_ips = @list, x", "10.0.0.1\n", "dmx.conf line 1: trusted_ips: \"x\"", NULL},
};

/* DIR in a text stands for the scratch directory. */
static void with_dir(const char *text, char *out, size_t size)
{
    const char *at = strstr(text, "DIR");
    if (at)
        snprintf(out, size, "%.*s%s%s", (int)(at - text), text, dir, at + 3);
    else
        snprintf(out, size, "%s", text);
}

START_TEST(list_file)
{
    write_text("dmx.conf", lists[_i].conf);
    write_text("list", lists[_i].list);
    enum dmx_status status = dmx_config_read(config, path_of("dmx.conf"), &error);
    char buf[4096];
    if (lists[_i].want) {
        ck_assert_msg(status != DMX_OK, "%s: taken", lists[_i].label);
        with_dir(lists[_i].want, buf, sizeof buf);
        assert_error(lists[_i].label, buf);
        return;
    }
    ck_assert_msg(status == DMX_OK, "%s: %s", lists[_i].label, error.text);
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    dmx_config_print(config, &out);
    ck_assert_msg(strstr(dmx_builder_text(&out).ptr, lists[_i].shown), "%s: got %s", lists[_i].label, buf);
}
END_TEST

START_TEST(list_file_from_assignment)
{
    char assignment[160];
    write_text("list", "10.0.0.1\n");
    snprintf(assignment, sizeof assignment, "trusted_ips=@%s", path_of("list"));
    ck_assert_int_eq(dmx_config_set(config, dmx_slice_cstr(assignment), &error), DMX_OK);
    ck_assert_uint_eq(config->trusted_ips.count, 1);
}
END_TEST

static const struct {
    int over;
    enum dmx_status want;
} counts[] = {{-1, DMX_OK}, {0, DMX_OK}, {1, DMX_INVALID}};

/* 100,000 entries, and one more or less; entries in falling order, the worst for a sort that is none. */
START_TEST(list_of_many_addresses)
{
    size_t count = (size_t)(DMX_CONFIG_MAX_LIST + counts[_i].over), len = 0;
    char *text = malloc(count * 20);
    ck_assert_ptr_nonnull(text);
    for (size_t i = count; i > 0; i--)
        len += (size_t)snprintf(text + len, 20, "10.%zu.%zu.%zu\n", i >> 15, (i >> 7) & 255, (i & 127) * 2);
    write_bytes("list", text, len);
    free(text);
    write_text("dmx.conf", "trusted_ips = @list\n");
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), counts[_i].want);
    if (counts[_i].want != DMX_OK) {
        assert_error("many", "the list has more than 100000 entries");
        return;
    }
    ck_assert_uint_eq(config->trusted_ips.count, count);
    for (unsigned i = 1; i < 128; i++) {
        struct dmx_ip ip = dmx_ip_v4((const uint8_t[]){10, 1, 1, (uint8_t)i});
        ck_assert_int_eq(dmx_cidr_list_contains(&config->trusted_ips, &ip), i % 2 == 0);
    }
}
END_TEST

START_TEST(list_of_many_recipients)
{
    size_t count = (size_t)(DMX_CONFIG_MAX_LIST + counts[_i].over), len = 0;
    char *text = malloc(count * 48), address[48];
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, 48, "User%zu@Department-%zu.example.com\n", i * 7919 % 1000003, i % 100);
    write_bytes("list", text, len);
    free(text);
    write_text("dmx.conf", "exempt_recipients = @./list\n");
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), counts[_i].want);
    if (counts[_i].want != DMX_OK)
        return;
    ck_assert_uint_eq(config->exempt_recipients.count, count);
    for (size_t i = 0; i < 1000; i++) {
        snprintf(address, sizeof address, "uSer%zu@department-%zu.example.com", i * 7919 % 1000003, i % 100);
        ck_assert(dmx_recipient_list_contains(&config->exempt_recipients, dmx_slice_cstr(address)));
        snprintf(address, sizeof address, "user%zu@department-%zu.example.com", i * 7919 % 1000003, i % 100 + 100);
        ck_assert(!dmx_recipient_list_contains(&config->exempt_recipients, dmx_slice_cstr(address)));
    }
}
END_TEST

START_TEST(list_file_size)
{
    size_t size = (size_t)(DMX_CONFIG_MAX_LIST_BYTES + sizes[_i].over);
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    memset(text, '#', size);
    write_bytes("list", text, size);
    free(text);
    write_text("dmx.conf", "trusted_ips = @list\n");
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), sizes[_i].want);
    if (sizes[_i].want != DMX_OK)
        assert_error("list size", "list: is over 8388608 bytes");
}
END_TEST

START_TEST(psl_file_beside_the_file)
{
    write_text("dmx.conf", "psl_file = sub/list.dafsa\n");
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), DMX_OK);
    ck_slice_eq("relative", config->psl_file, path_of("sub/list.dafsa"));
    write_text("dmx.conf", "report_store = sqlite:sub/reports.db\n");
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), DMX_OK);
    char want[300];
    snprintf(want, sizeof want, "sqlite:%s", path_of("sub/reports.db"));
    ck_slice_eq("the store's path too", config->report_store, want);
    write_text("dmx.conf", "psl_file = /x/list.dafsa\n");
    ck_assert_int_eq(dmx_config_read(config, path_of("dmx.conf"), &error), DMX_OK);
    ck_slice_eq("absolute", config->psl_file, "/x/list.dafsa");
}
END_TEST

/* ---- printing ---- */

static struct dmx_slice printed(const struct dmx_config *from, char *buf, size_t size)
{
    struct dmx_builder out = dmx_builder_fixed(buf, size);
    dmx_config_print(from, &out);
    ck_assert(!out.failed);
    return dmx_builder_text(&out);
}

START_TEST(print_is_read_back)
{
    static char first[8192], second[8192];
    static const char text[] = "mode = monitor\nrules = rfc9989\nauthserv_id = mx.example.com\ndeadline = 1500ms\n"
                               "nameservers = 127.0.0.1:5353, [::1]:53\ntrusted_ips = 10.0.0.0/8, 2001:db8::/32\n"
                               "trusted_hosts = *.example.com : # x\nexempt_recipients = joe@*, example.net\n"
                               "on_quarantine = redirect:spam@example.com\nreject_text = 100%% of %{domain}\n"
                               "fail_policy_header =\nforwarders = 10.1.0.0/16, l.example\n"
                               "approved_domains = e.example for *, *.e.example for s.example\n"
                               "policy_overrides = a.example none until 2026-01-01 why not\n";
    ck_assert_int_eq(dmx_config_parse(config, dmx_slice_cstr(text), "t", &error), DMX_OK);
    struct dmx_slice before = printed(config, first, sizeof first);
    struct dmx_config *again = NULL;
    ck_assert_int_eq(dmx_config_new(&again), DMX_OK);
    enum dmx_status status = dmx_config_parse(again, before, "printed", &error);
    ck_assert_msg(status == DMX_OK, "%s", error.text);
    ck_assert_str_eq(before.ptr, printed(again, second, sizeof second).ptr);
    ck_assert_ptr_nonnull(strstr(first, "\non_reject = corroborated\n"));
    dmx_config_free(&again);
}
END_TEST

/* Read as it is, the sample is the defaults but for mode; without its comment signs it is so, too. */
START_TEST(print_sample)
{
    static char sample[32768], before[8192], after[8192];
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("mode=monitor"), &error), DMX_OK);
    struct dmx_slice want = printed(config, before, sizeof before);
    struct dmx_builder out = dmx_builder_fixed(sample, sizeof sample);
    dmx_config_print_sample(&out);
    struct dmx_slice text = dmx_builder_text(&out), line;
    ck_assert_uint_gt(text.len, 0);
    ck_assert_int_eq(dmx_config_parse(config, text, "sample", &error), DMX_OK);
    ck_assert_str_eq(want.ptr, printed(config, after, sizeof after).ptr);
    size_t options = 0;
    for (struct dmx_slice rest = text; dmx_slice_split(&rest, '\n', &line);) {
        ck_assert_msg(line.len <= 140, "long line in the sample: %.*s", DMX_SLICE_ARG(line));
        if (line.len > 1 && line.ptr[0] == '#' && line.ptr[1] != ' ') {
            sample[line.ptr - sample] = ' ';
            options++;
        }
    }
    enum dmx_status status = dmx_config_parse(config, text, "sample", &error);
    ck_assert_msg(status == DMX_OK, "%s", error.text);
    ck_assert_uint_eq(options, 70);
    ck_assert_str_eq(want.ptr, printed(config, after, sizeof after).ptr);
}
END_TEST

/* Each option is an item of the list, lists are balanced, and no line is one that mdoc takes for a request. */
START_TEST(print_mdoc)
{
    static char buf[32768];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    dmx_config_print_mdoc(&out);
    struct dmx_slice text = dmx_builder_text(&out), line;
    size_t items = 0, begun = 0, ended = 0;
    while (dmx_slice_split(&text, '\n', &line)) {
        if (dmx_slice_starts(line, DMX_SLICE(".It Cm ")))
            items++;
        else if (dmx_slice_starts(line, DMX_SLICE(".Bl ")))
            begun++;
        else if (dmx_slice_eq(line, DMX_SLICE(".El")))
            ended++;
        else
            ck_assert_msg(line.len == 0 ||
                              (line.ptr[0] != '\'' && (line.ptr[0] != '.' || line.ptr[1] == 'S' || line.ptr[1] == 'L')),
                          "%.*s", DMX_SLICE_ARG(line));
    }
    ck_assert_uint_eq(items, 71);
    ck_assert_uint_eq(begun, 11);
    ck_assert_uint_eq(ended, 11);
}
END_TEST

DMX_SUITE(config)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(config_grammar, grammar);
    DMX_TEST(config_empty_text_is_defaults);
    DMX_TEST(config_later_source_wins);
    DMX_TEST(file_missing);
    DMX_TEST(file_directory);
    DMX_TEST(file_fifo);
    DMX_TEST(file_device);
    DMX_TEST(file_socket);
    DMX_TEST(file_unreadable);
    DMX_TEST(file_through_link);
    DMX_TABLE(file_size, sizes);
    DMX_TABLE(file_of_mistakes, wrongs);
    DMX_TEST(file_of_mistakes_in_a_list);
    DMX_TEST(file_leaves_no_descriptor);
    DMX_TABLE(list_file, lists);
    DMX_TEST(list_file_from_assignment);
    DMX_TABLE(list_of_many_addresses, counts);
    DMX_TABLE(list_of_many_recipients, counts);
    DMX_TABLE(list_file_size, sizes);
    DMX_TEST(psl_file_beside_the_file);
    DMX_TEST(print_is_read_back);
    DMX_TEST(print_sample);
    DMX_TEST(print_mdoc);
}
