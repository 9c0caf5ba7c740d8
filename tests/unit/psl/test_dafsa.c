/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/psl/dafsa.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"

#define LIST        "/usr/share/publicsuffix/public_suffix_list.dafsa"
#define FILE(graph) DMX_DAFSA_MAGIC graph, sizeof(DMX_DAFSA_MAGIC graph) - 1

static const struct {
    const char *label, *bytes;
    size_t len;
    const char *token; /* NULL: whole */
} files[] = {
    {"empty", "", 0, "psl-format"},
    {"the magic alone", FILE(""), "psl-format"},
    {"another magic", ".DAFSA@PSL_1   \n\x81\x84\x01", 19, "psl-format"},
    {"one name",
     FILE("\x81"
          "com\x84\x01"),
     NULL},
    {"one name, no last byte",
     FILE("\x81"
          "com\x84"),
     NULL},
    {"another last byte",
     FILE("\x81"
          "com\x84\x02"),
     "psl-damaged"},
    {"two names",
     FILE("\x02\x84"
          "ab\x84"
          "c"
          "d\x84\x01"),
     "psl-damaged"},
    {"two names, links right",
     FILE("\x02\x83"
          "ab\x84"
          "cd\x84\x01"),
     NULL},
    {"a branch",
     FILE("\x81"
          "\xe1"
          "\x02\x82"
          "b\x84"
          "c\x84"
          "\x01"),
     NULL},
    {"two ways into one node",
     FILE("\x02\x82"
          "\xe1"
          "\x84"
          "\xe2"
          "\x82"
          "x"
          "c\x84"
          "\x01"),
     "psl-damaged"},
    {"links of two bytes",
     FILE("\xc0\x02"
          "a\x84\x01"),
     NULL},
    {"links of three bytes",
     FILE("\xe0\x00\x03"
          "a\x84\x01"),
     NULL},
    {"a link of two bytes that is cut", FILE("\xc0"), "psl-damaged"},
    {"a link of three bytes that is cut", FILE("\xe0\x00"), "psl-damaged"},
    {"a link to itself",
     FILE("\x80"
          "a\x84\x01"),
     "psl-damaged"},
    {"a link into its own list",
     FILE("\x01\x82"
          "a\x84\x01"),
     "psl-damaged"},
    {"a link into itself",
     FILE("\xc0\x01"
          "a\x84\x01"),
     "psl-damaged"},
    {"a link into itself, and all else in order",
     FILE("\x02\x83\xe1\xc0\x01"
          "b\x84\x01"),
     "psl-damaged"},
    {"a link into another's list",
     FILE("\x02\x81"
          "\xe1"
          "\x82"
          "xa\x84\x01"),
     "psl-damaged"},
    {"a link to the end",
     FILE("\x84"
          "aa\x84\x01"),
     "psl-damaged"},
    {"a link far behind the end",
     FILE("\xff\xff\xff"
          "a\x84\x01"),
     "psl-damaged"},
    {"a list of links without an end",
     FILE("\x02\x02"
          "a\x84"
          "b\x84\x01"),
     "psl-damaged"},
    {"the same letter twice",
     FILE("\x02\x82"
          "a\x84"
          "a\x84\x01"),
     "psl-damaged"},
    {"the same letter twice, once at an end",
     FILE("\x02\x82"
          "a\x84"
          "\xe1\x81"
          "\x84\x01"),
     "psl-damaged"},
    {"a label without an end",
     FILE("\x81"
          "aaaa\x01"),
     "psl-damaged"},
    {"an end without links",
     FILE("\x81"
          "a\xe1\x01"),
     "psl-damaged"},
    {"a capital",
     FILE("\x81"
          "A\x84\x01"),
     NULL}, /* may be a byte of UTF-8 */
    {"a slash",
     FILE("\x81"
          "/\x84\x01"),
     "psl-damaged"},
    {"a NUL",
     FILE("\x81"
          "a\0\x84\x01"),
     "psl-damaged"},
    {"no letter at an end",
     FILE("\x81"
          "a\xa0\x81\x84\x01"),
     "psl-damaged"},
    {"a value that is none",
     FILE("\x81"
          "a\x90\x01"),
     "psl-damaged"},
    {"a byte aside",
     FILE("\x82"
          "aa\x84\x01"),
     "psl-damaged"},
    {"bytes after it",
     FILE("\x81"
          "a\x84"
          "a\x84\x01"),
     "psl-damaged"},
    {"a character of UTF-8",
     FILE("\x81"
          "\x1f\x43\x69\x84\x01"),
     NULL},
    {"a seal too short",
     FILE("\x81"
          "a\x84"
          "DMX-SEAL\x80"),
     "psl-damaged"},
    {"a seal of nothing",
     FILE("DMX-SEAL"
          "1234567812341234"
          "12345678"
          "\x80"),
     "psl-damaged"},
};

START_TEST(file)
{
    /* At the end of its memory, so that a sanitizer sees what reads too far. */
    char *copy = malloc(files[_i].len + 1);
    memcpy(copy + 1, files[_i].bytes, files[_i].len);
    struct dmx_dafsa_seal seal;
    struct dmx_reason reason;
    enum dmx_status status = dmx_dafsa_check(dmx_slice(copy + 1, files[_i].len), &seal, &reason);
    ck_assert_msg(status == (files[_i].token ? DMX_INVALID : DMX_OK), "%s: %s", files[_i].label,
                  dmx_status_name(status));
    ck_slice_eq(files[_i].label, dmx_slice_cstr(reason.token), files[_i].token ? files[_i].token : "");
    ck_assert(!seal.present);
    free(copy);
}
END_TEST

enum { ROOM = 200000 };

static size_t read_list(char bytes[static ROOM])
{
    int fd = open(LIST, O_RDONLY | O_CLOEXEC);
    ssize_t got = read(fd, bytes, ROOM);
    close(fd);
    ck_assert(got > 1000 && got < ROOM);
    return (size_t)got;
}

static bool is_whole(const char *bytes, size_t len)
{
    struct dmx_dafsa_seal seal;
    struct dmx_reason reason;
    return dmx_dafsa_check(dmx_slice(bytes, len), &seal, &reason) == DMX_OK;
}

/* Debian's file, which has no seal: whole as it is, and never after a cut; of the bits that turn over most are seen. */
START_TEST(debian)
{
    static char bytes[ROOM];
    size_t len = read_list(bytes), seen = 0, tried = 0;
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    ck_assert(is_whole(bytes, len));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    for (size_t cut = 0; cut < len - 1; cut++)
        ck_assert_msg(!is_whole(bytes, cut), "cut to %zu bytes", cut);
    for (size_t bit = 3; bit < len * 8; bit += 397, tried++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        seen += !is_whole(bytes, len);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
    }
    printf("psl: Debian's list checked in %.3f ms; of %zu turned bits %zu are seen\n",
           (double)(end.tv_nsec - start.tv_nsec) / 1e6 + (double)(end.tv_sec - start.tv_sec) * 1e3, tried, seen);
    ck_assert_uint_gt(seen * 2, tried);
}
END_TEST

START_TEST(checksum)
{
    static const char text[] = "0123456789abcdef0123456789";
    for (size_t len = 0; len + 1 < sizeof text; len++) {
        char copy[sizeof text];
        memcpy(copy, text, sizeof text);
        uint64_t sum = dmx_dafsa_sum(dmx_slice(copy, len));
        ck_assert(sum != dmx_dafsa_sum(dmx_slice(copy, len + 1)));
        for (size_t bit = 0; bit < len * 8; bit++) {
            copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
            ck_assert(sum != dmx_dafsa_sum(dmx_slice(copy, len)));
            copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
        }
    }
    ck_assert(dmx_dafsa_sum(DMX_SLICE("a")) != dmx_dafsa_sum(DMX_SLICE("a\0")));
}
END_TEST

DMX_SUITE(dafsa)
{
    DMX_TABLE(file, files);
    DMX_TEST(debian);
    DMX_TEST(checksum);
}
