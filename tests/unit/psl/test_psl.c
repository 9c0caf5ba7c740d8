/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Debian's list (package publicsuffix) is the specimen; only rules that have stood in it for many years are used. */
#include "dmx/psl/psl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

#define LIST                  "/usr/share/publicsuffix/public_suffix_list.dafsa"
#define LABEL47               "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeee"
#define LABEL63               LABEL47 "eeeffffffffffggg"
#define BELOW_EXAMPLE(prefix) prefix "." LABEL63 "." LABEL63 "." LABEL63 "." LABEL47 ".example.com"
_Static_assert(sizeof BELOW_EXAMPLE("a") - 1 == 253, "the longest name");

static struct dmx_psl *load(void)
{
    static const char *const paths[] = {LIST};
    struct dmx_psl *psl = NULL;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_psl_load(paths, 1, &psl, &reason), DMX_OK);
    ck_assert_ptr_null(reason.token);
    return psl;
}

static const struct {
    const char *label, *domain, *org;
    bool is_suffix;
} domains[] = {
    {"one label below a suffix is its own", "example.com", "example.com", false},
    {"below it", "a.example.com", "example.com", false},
    {"far below it", "a.b.c.d.example.com", "example.com", false},
    {"a suffix is its own", "com", "com", true},
    {"two labels of suffix", "example.co.uk", "example.co.uk", false},
    {"below two labels of suffix", "mail.example.co.uk", "example.co.uk", false},
    {"a suffix of two labels", "co.uk", "co.uk", true},
    {"private section: a customer", "a.customer.blogspot.com", "customer.blogspot.com", false},
    {"private section: the suffix itself", "blogspot.com", "blogspot.com", true},
    {"wildcard *.ck: any label is a suffix", "anything.ck", "anything.ck", true},
    {"wildcard *.ck: below it", "a.shop.anything.ck", "shop.anything.ck", false},
    {"exception !www.ck", "www.ck", "www.ck", false},
    {"exception !www.ck: below it", "a.www.ck", "www.ck", false},
    {"exception !city.kawasaki.jp", "a.city.kawasaki.jp", "city.kawasaki.jp", false},
    {"unknown TLD: the implicit *", "a.example.no-such-tld", "example.no-such-tld", false},
    {"unknown TLD alone", "no-such-tld", "no-such-tld", true},
    {"A-label suffix", "a.example.xn--p1ai", "example.xn--p1ai", false},
    {"nothing", "", "", false},
    {"a blank is no domain", "a b.example.com", "a b.example.com", false},
    {"8-bit text is no normal form", "a.b\xc3\xbc.example.com", "a.b\xc3\xbc.example.com", false},
    {"253 bytes", BELOW_EXAMPLE("a"), "example.com", false},
    {"254 bytes are left alone", BELOW_EXAMPLE("aa"), BELOW_EXAMPLE("aa"), false},
};

START_TEST(org_domain)
{
    struct dmx_psl *psl = load();
    struct dmx_slice domain = dmx_slice_cstr(domains[_i].domain);
    struct dmx_slice org = dmx_psl_org_domain(psl, domain);
    ck_slice_eq(domains[_i].label, org, domains[_i].org);
    ck_assert_msg(org.ptr + org.len == domain.ptr + domain.len, "%s: not in the same memory", domains[_i].label);
    ck_assert_msg(dmx_psl_is_suffix(psl, domain) == domains[_i].is_suffix, "%s: is_suffix", domains[_i].label);
    dmx_psl_free(&psl);
}
END_TEST

START_TEST(without_a_list)
{
    ck_slice_eq("org", dmx_psl_org_domain(NULL, DMX_SLICE("a.example.com")), "a.example.com");
    ck_assert(!dmx_psl_is_suffix(NULL, DMX_SLICE("com")));
    struct dmx_psl *none = NULL;
    dmx_psl_free(&none);
}
END_TEST

START_TEST(nul_inside)
{
    static const char text[] = "a\0b.example.com";
    struct dmx_psl *psl = load();
    ck_assert_uint_eq(dmx_psl_org_domain(psl, dmx_slice(text, sizeof text - 1)).len, sizeof text - 1);
    dmx_psl_free(&psl);
}
END_TEST

enum { MAX_FILE = 4 * 1024 * 1024 };

/* A file of the right form that knows "com" alone. */
#define OTHER               \
    ".DAFSA@PSL_0   \n\x81" \
    "com\x84\x01"

/* A file in a fresh directory: first head, then size bytes of Debian's list from its 17th byte on, then zeros. */
static const struct {
    const char *label, *head;
    size_t list_bytes;
    off_t size; /* 0: as it comes */
    enum dmx_status status;
    const char *token;
} files[] = {
    {"empty", "", 0, 0, DMX_INVALID, "psl-format"},
    {"an HTML error page", "<!DOCTYPE html><title>503</title>", 0, 0, DMX_INVALID, "psl-format"},
    {"the text form", "// ===BEGIN ICANN DOMAINS===\ncom\nco.uk\n", 0, 0, DMX_INVALID, "psl-format"},
    {"another version", ".DAFSA@PSL_1   \n", 100000, 0, DMX_INVALID, "psl-format"},
    {"half of the first line", ".DAFSA@P", 0, 0, DMX_INVALID, "psl-format"},
    {"the first line alone", ".DAFSA@PSL_0   \n", 0, 0, DMX_INVALID, "psl-format"},
    {"one byte after the first line", ".DAFSA@PSL_0   \n", 1, 0, DMX_INVALID, "psl-damaged"},
    {"cut short", ".DAFSA@PSL_0   \n", 2000, 0, DMX_INVALID, "psl-damaged"},
    {"zeros", ".DAFSA@PSL_0   \n", 0, 5000, DMX_INVALID, "psl-damaged"},
    {"another list", OTHER, 0, 0, DMX_INVALID, "psl-implausible"},
    {"whole", ".DAFSA@PSL_0   \n", 100000, 0, DMX_OK, NULL},
    {"zeros after it, 4 MB", ".DAFSA@PSL_0   \n", 100000, MAX_FILE, DMX_INVALID, "psl-damaged"},
    {"zeros after it, over 4 MB", ".DAFSA@PSL_0   \n", 100000, MAX_FILE + 1, DMX_INVALID, "psl-too-large"},
};

struct scratch {
    char dir[32], path[48];
};

static void scratch_open(struct scratch *s)
{
    memcpy(s->dir, "/tmp/dmx-psl-XXXXXX", sizeof "/tmp/dmx-psl-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/list", s->dir);
}

static void scratch_close(struct scratch *s)
{
    unlink(s->path);
    rmdir(s->dir);
}

static void write_file(const char *path, int row)
{
    static char list[100000];
    int from = open(LIST, O_RDONLY | O_CLOEXEC), to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ssize_t got = pread(from, list, files[row].list_bytes, 16);
    ck_assert(from >= 0 && to >= 0 && got >= 0);
    ck_assert_int_eq(write(to, files[row].head, strlen(files[row].head)), (ssize_t)strlen(files[row].head));
    ck_assert_int_eq(write(to, list, (size_t)got), got);
    if (files[row].size)
        ck_assert_int_eq(ftruncate(to, files[row].size), 0);
    close(from);
    close(to);
}

static int lowest_free_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(fd);
    return fd;
}

static void check_load(const char *label, const char *path, enum dmx_status status, const char *token)
{
    struct dmx_psl *psl = NULL;
    struct dmx_reason reason;
    int before = lowest_free_descriptor();
    enum dmx_status got = dmx_psl_load(&path, 1, &psl, &reason);
    ck_assert_msg(got == status, "%s: got %s", label, dmx_status_name(got));
    ck_assert_msg((psl != NULL) == (status == DMX_OK), "%s: the list itself", label);
    ck_assert_msg(token ? reason.token && strcmp(reason.token, token) == 0 : !reason.token, "%s: got %s", label,
                  reason.token ? reason.token : "no reason");
    if (token)
        ck_slice_eq(label, reason.detail, path);
    ck_assert_msg(lowest_free_descriptor() == before, "%s: a descriptor stays open", label);
    dmx_psl_free(&psl);
    ck_assert_ptr_null(psl);
}

START_TEST(file)
{
    struct scratch s;
    scratch_open(&s);
    write_file(s.path, _i);
    check_load(files[_i].label, s.path, files[_i].status, files[_i].token);
    scratch_close(&s);
}
END_TEST

START_TEST(not_a_file)
{
    struct scratch s;
    scratch_open(&s);
    check_load("a directory", s.dir, DMX_INVALID, "psl-not-a-file");
    check_load("a device", "/dev/zero", DMX_INVALID, "psl-not-a-file");
    ck_assert_int_eq(mkfifo(s.path, 0600), 0);
    check_load("a FIFO without a writer", s.path, DMX_INVALID, "psl-not-a-file");
    unlink(s.path);
    check_load("nothing there", s.path, DMX_IO, "psl-open");
    ck_assert_int_eq(symlink(LIST, s.path), 0);
    check_load("a symbolic link", s.path, DMX_OK, NULL);
    unlink(s.path);
    ck_assert_int_eq(symlink(s.path, s.path), 0);
    check_load("a link to itself", s.path, DMX_IO, "psl-open");
    scratch_close(&s);
}
END_TEST

START_TEST(first_that_exists)
{
    struct scratch s;
    scratch_open(&s);
    const char *const paths[] = {"", NULL, s.path, "/dev/null/below", LIST, "/dev/zero"};
    struct dmx_psl *psl = NULL;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_psl_load(paths, DMX_COUNT(paths), &psl, &reason), DMX_OK);
    dmx_psl_free(&psl);
    ck_assert_int_eq(dmx_psl_load(paths, 4, &psl, &reason), DMX_IO);
    ck_slice_eq("the first is named", reason.detail, s.path);
    ck_assert_int_eq(dmx_psl_load(paths, 0, &psl, &reason), DMX_IO);
    write_file(s.path, 1);
    ck_assert_int_eq(dmx_psl_load(paths, DMX_COUNT(paths), &psl, &reason), DMX_INVALID);
    ck_slice_eq("a bad one is not passed over", reason.detail, s.path);
    scratch_close(&s);
}
END_TEST

DMX_SUITE(psl)
{
    DMX_TABLE(org_domain, domains);
    DMX_TEST(without_a_list);
    DMX_TEST(nul_inside);
    DMX_TABLE(file, files);
    DMX_TEST(not_a_file);
    DMX_TEST(first_that_exists);
}
