/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/psl/dafsa.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/banned.h"
#include "dmx/base/cursor.h"

static const struct dmx_reason format =
    DMX_REASON_INIT("psl-format", "the suffix list is not a compiled one (DAFSA)", "RFC 7489 section 3.2");
static const struct dmx_reason damaged =
    DMX_REASON_INIT("psl-damaged", "the suffix list is damaged or cut short", "RFC 7489 section 3.2");
static const struct dmx_reason no_memory = DMX_REASON_INIT("psl-memory", "no memory for the suffix list", NULL);

static enum dmx_status refuse(const struct dmx_reason *why, struct dmx_reason *out_reason)
{
    *out_reason = *why;
    return why == &no_memory ? DMX_NOMEM : DMX_INVALID;
}

/* Each step is one to one in the word and in what came before, so that two texts that differ in one word never meet. */
static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ le64toh(word)) * 0x9e3779b97f4a7c15u; /* odd; 2^64 divided by the golden ratio */
    return sum ^ (sum >> 32);
}

uint64_t dmx_dafsa_sum(struct dmx_slice bytes)
{
    uint64_t word = 0, sum = bytes.len;
    size_t at = 0;
    for (; at + sizeof word <= bytes.len; at += sizeof word) {
        memcpy(&word, bytes.ptr + at, sizeof word);
        sum = mix(sum, word);
    }
    word = 0;
    if (at < bytes.len)
        memcpy(&word, bytes.ptr + at, bytes.len - at);
    return mix(sum, word);
}

static bool has_magic(struct dmx_slice file)
{
    return file.len > DMX_DAFSA_MAGIC_BYTES && dmx_slice_starts(file, DMX_SLICE(DMX_DAFSA_MAGIC));
}

/* The seal with the last byte after it; the empty slice where there is none. */
static struct dmx_slice find_seal(struct dmx_slice file)
{
    size_t room = DMX_DAFSA_SEAL_BYTES + 1;
    if (!has_magic(file) || file.len < DMX_DAFSA_MAGIC_BYTES + room ||
        (uint8_t)file.ptr[file.len - 1] != DMX_DAFSA_ASCII)
        return DMX_SLICE_NONE;
    struct dmx_slice seal = dmx_slice_from(file, file.len - room);
    return dmx_slice_starts(seal, DMX_SLICE(DMX_DAFSA_SEAL)) ? seal : DMX_SLICE_NONE;
}

static uint64_t read_u64(struct dmx_cursor *c)
{
    uint64_t high = dmx_cursor_u32(c);
    return high << 32 | dmx_cursor_u32(c);
}

static enum dmx_status check_seal(struct dmx_slice file, struct dmx_slice text, struct dmx_dafsa_seal *out,
                                  struct dmx_reason *out_reason)
{
    struct dmx_cursor c = dmx_cursor_from(dmx_slice_from(text, sizeof DMX_DAFSA_SEAL - 1));
    struct dmx_dafsa_seal seal = {.present = true, .version_s = (int64_t)read_u64(&c)};
    seal.rules = dmx_cursor_u32(&c);
    seal.text_crc = dmx_cursor_u32(&c);
    if (read_u64(&c) != dmx_dafsa_sum(dmx_slice_upto(file, file.len - 9)))
        return refuse(&damaged, out_reason);
    *out = seal;
    return DMX_OK;
}

struct walk {
    const uint8_t *graph;
    size_t len;
    size_t tail;   /* bytes of the file behind the graph */
    bool *is_node; /* for each byte: a link has led to it */
};

/* One link: how far it leads, 0 for one that is none. Takes *at behind it. No other link may lead into it. */
static size_t read_link(const struct walk *w, size_t *at, bool *out_last)
{
    static const uint8_t sizes[] = {1, 1, 2, 3};
    /* libpsl takes a link for none when not two bytes of the file follow it. */
    if (*at >= w->len || *at + 2 >= w->len + w->tail)
        return 0;
    uint8_t first = w->graph[*at];
    size_t size = sizes[first >> 5 & 3], value = size == 1 ? first & 0x3f : first & 0x1f;
    if (size > w->len - *at || w->is_node[*at])
        return 0;
    *out_last = first & 0x80;
    for (size_t i = 1; i < size; i++) {
        if (w->is_node[*at + i])
            return 0;
        value = value << 8 | w->graph[*at + i];
    }
    *at += size;
    return value;
}

/* The links at *at, all forwards and out of the list, to nodes that begin differently. Takes *at behind them. */
static bool walk_links(const struct walk *w, size_t *at)
{
    uint64_t seen[2] = {0, 0}; /* the letters with which the nodes begin */
    size_t target = *at, nearest = 0;
    for (bool last = false; !last;) {
        size_t distance = read_link(w, at, &last);
        target += distance;
        if (distance == 0 || target >= w->len)
            return false;
        nearest = nearest ? nearest : target;
        uint8_t letter = w->graph[target] & 0x7f;
        if (seen[letter >> 6] >> (letter & 63) & 1)
            return false;
        seen[letter >> 6] |= (uint64_t)1 << (letter & 63);
        w->is_node[target] = true;
    }
    return nearest >= *at;
}

enum { CHARACTER = 0x1f }; /* before a character of UTF-8, whose bytes are moved to 0x40 and beyond */

static bool is_letter(uint8_t byte)
{
    static const bool letters[256] = {
        [CHARACTER] = true, ['-' ... '.'] = true, ['0' ... '9'] = true, [0x40 ... 0x7f] = true};
    return letters[byte];
}

/* A node, and all that follow it without a link between. Takes *at behind it. */
static bool walk_node(const struct walk *w, size_t *at)
{
    if (!w->is_node[*at])
        return false;
    while (*at < w->len && is_letter(w->graph[*at]))
        (*at)++;
    if (*at == w->len)
        return false;
    uint8_t byte = w->graph[(*at)++];
    if ((byte & 0xf0) == DMX_DAFSA_VALUE)
        return true;
    return byte & 0x80 && is_letter(byte & 0x7f) && walk_links(w, at);
}

/* All links lead forwards, so that one pass sees each byte after all that lead to it, and once. */
static bool walk_graph(const struct walk *w)
{
    size_t at = 0;
    bool good = walk_links(w, &at);
    while (good && at < w->len)
        good = walk_node(w, &at);
    return good;
}

/* What lies behind the graph: a seal and the last byte, the last byte alone, or nothing. */
static size_t tail_bytes(struct dmx_slice file)
{
    struct dmx_slice seal = find_seal(file);
    return seal.len ? seal.len : file.ptr[file.len - 1] == DMX_DAFSA_UTF8;
}

enum dmx_status dmx_dafsa_check_graph(struct dmx_slice file, struct dmx_reason *out_reason)
{
    *out_reason = DMX_REASON_NONE;
    if (!has_magic(file))
        return refuse(&format, out_reason);
    if (file.len > DMX_DAFSA_MAX_BYTES)
        return refuse(&damaged, out_reason);
    struct walk w = {.graph = (const uint8_t *)file.ptr + DMX_DAFSA_MAGIC_BYTES, .tail = tail_bytes(file)};
    w.len = file.len - DMX_DAFSA_MAGIC_BYTES - w.tail;
    w.is_node = calloc(w.len + 1, sizeof *w.is_node);
    if (!w.is_node)
        return refuse(&no_memory, out_reason);
    bool good = walk_graph(&w);
    free(w.is_node);
    return good ? DMX_OK : refuse(&damaged, out_reason);
}

enum dmx_status dmx_dafsa_check(struct dmx_slice file, struct dmx_dafsa_seal *out_seal, struct dmx_reason *out_reason)
{
    *out_reason = DMX_REASON_NONE;
    *out_seal = (struct dmx_dafsa_seal){.present = false};
    struct dmx_slice seal = find_seal(file);
    return seal.len ? check_seal(file, seal, out_seal, out_reason) : dmx_dafsa_check_graph(file, out_reason);
}
