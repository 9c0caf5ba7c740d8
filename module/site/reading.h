/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One run of the reader: where it is, so that whatever is wrong can be told with its place. */
#ifndef DMX_SITE_READING_H
#define DMX_SITE_READING_H

#include "dmx/base/arena.h"
#include "schema.h"

struct dmx_reading {
    struct dmx_config *config;
    struct dmx_config_error *error;
    struct dmx_slice name;           /* of the file; empty: an assignment from the command line */
    struct dmx_slice dir;            /* relative paths in the file start here; empty, or ending in a slash */
    bool files_allowed;              /* whether @FILE may be opened */
    size_t line;                     /* from 1 */
    const struct dmx_option *option; /* being set, or NULL */
    struct dmx_slice list_file;      /* the @FILE that is being read, or empty */
    size_t list_line;
};

/*
 * An error's text: begin writes the place, "FILE line 3: OPTION: LISTFILE line 7: ", the caller the rest, end closes
 * it. What does not fit is cut.
 */
struct dmx_builder dmx_complaint_begin(const struct dmx_reading *reading);
void dmx_complaint_end(const struct dmx_reading *reading, struct dmx_builder *text);

/* A fixed sentence. Returns status. */
enum dmx_status dmx_reading_complain(const struct dmx_reading *reading, enum dmx_status status, const char *text);

/*
 * `"VALUE" is not accepted[: why]; accepted: …`. Returns DMX_INVALID. Without a why, the usual slips are named: a comment
 * behind the value, quotes around it, entries of a list that are not divided by commas, a netmask.
 */
enum dmx_status dmx_reading_refuse(const struct dmx_reading *reading, struct dmx_slice value, const char *why);

/*
 * Reads a file for the configuration, which remembers what it looked like (see dmx_config_is_stale). path is
 * NUL-terminated; otherwise as dmx_file_read.
 */
enum dmx_status dmx_reading_file(const struct dmx_reading *reading, const char *path, size_t max_bytes,
                                 struct dmx_arena *scratch, struct dmx_slice *out, const char **out_why) DMX_NODISCARD;

/* Whether a line holds a control byte other than a tab. */
bool dmx_has_control(struct dmx_slice line);

/* Whether a text stands in quotes, of which no other is inside. */
bool dmx_is_quoted(struct dmx_slice text);

/* The mark that some editors for Windows put in front of UTF-8; NULL, or a sentence about it. */
const char *dmx_byte_order_mark(struct dmx_slice text);

/* A relative path set against the file's directory; always NUL-terminated, in the arena. ptr NULL: no memory. */
struct dmx_slice dmx_reading_path(const struct dmx_reading *reading, struct dmx_slice path, struct dmx_arena *arena);

#endif
