/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A slice is text as pointer and length: never NUL-terminated, never owned. Bytes may have any value. Equality is
 * always of whole slices, so that a prefix never passes for a word. Nothing here allocates or fails.
 */
#ifndef DMX_BASE_SLICE_H
#define DMX_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct dmx_slice {
    const char *ptr; /* may be NULL only when len is 0 */
    size_t len;      /* bytes */
};

/* A slice of a string literal, usable in initialisers. */
#define DMX_SLICE_INIT(lit)     \
    {                           \
        "" lit, sizeof(lit) - 1 \
    }
#define DMX_SLICE(lit) ((struct dmx_slice)DMX_SLICE_INIT(lit))
#define DMX_SLICE_NONE ((struct dmx_slice){NULL, 0})

/* For printf's "%.*s". The length is clipped to INT_MAX. */
#define DMX_SLICE_ARG(s) dmx_slice_int((s).len), ((s).ptr ? (s).ptr : "")
int dmx_slice_int(size_t len);

static inline struct dmx_slice dmx_slice(const char *ptr, size_t len)
{
    return (struct dmx_slice){ptr, len};
}

/* The slice of a C string; NULL gives the empty slice. */
struct dmx_slice dmx_slice_cstr(const char *text);

/* Whole equality, byte for byte; and with ASCII letters compared without case. */
bool dmx_slice_eq(struct dmx_slice a, struct dmx_slice b);
bool dmx_slice_eq_nocase(struct dmx_slice a, struct dmx_slice b);

bool dmx_slice_starts(struct dmx_slice s, struct dmx_slice prefix);
bool dmx_slice_starts_nocase(struct dmx_slice s, struct dmx_slice prefix);
bool dmx_slice_ends_nocase(struct dmx_slice s, struct dmx_slice suffix);

/* Index of the first (last) byte equal to ch, or s.len if there is none. */
size_t dmx_slice_find(struct dmx_slice s, char ch);
size_t dmx_slice_rfind(struct dmx_slice s, char ch);

/* All but the first n bytes; the first n bytes. An n beyond the end is taken as the end. */
struct dmx_slice dmx_slice_from(struct dmx_slice s, size_t n);
struct dmx_slice dmx_slice_upto(struct dmx_slice s, size_t n);

/* Without leading and trailing SP, HTAB, CR and LF. */
struct dmx_slice dmx_slice_trim(struct dmx_slice s);
/* Takes the next word (up to WSP) off *rest, and the WSP around it; empty when there is none left. */
struct dmx_slice dmx_slice_next_word(struct dmx_slice *rest);

/*
 * Takes the part before the next sep off *rest, and the sep with it. False when nothing is left: start with a
 * non-NULL rest.ptr; "a,," gives "a", "", "". After the last part rest->ptr is NULL.
 */
bool dmx_slice_split(struct dmx_slice *rest, char sep, struct dmx_slice *out_part);

#endif
