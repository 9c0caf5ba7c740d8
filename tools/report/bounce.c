/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/bounce.h"

#include "dmx/base/banned.h"

/* What the lines of a message have said so far, wherever they stood. */
struct findings {
    bool failed, other_action, answered, in_header;
    struct dmx_slice status, diagnostic, subject;
};

/* The value of a field when the line is one of that name. */
static bool is_field(struct dmx_slice line, struct dmx_slice name, struct dmx_slice *out_value)
{
    if (!dmx_slice_starts_nocase(line, name) || line.len <= name.len || line.ptr[name.len] != ':')
        return false;
    *out_value = dmx_slice_trim(dmx_slice_from(line, name.len + 1));
    return true;
}

/* RFC 3464 section 2.3.3: action-value = "failed" / "delayed" / "delivered" / "relayed" / "expanded" */
static void see_action(struct findings *f, struct dmx_slice value)
{
    if (dmx_slice_starts_nocase(value, DMX_SLICE("failed")))
        f->failed = true;
    else
        f->other_action = true;
}

/* RFC 3834 section 5: "auto-replied" is an answer; a notification is "auto-replied" too with some, and has an Action. */
static void see_header(struct findings *f, struct dmx_slice line)
{
    struct dmx_slice value;
    if (is_field(line, DMX_SLICE("Auto-Submitted"), &value))
        f->answered |= dmx_slice_starts_nocase(value, DMX_SLICE("auto-replied"));
    else if (is_field(line, DMX_SLICE("X-Failed-Recipients"), &value))
        f->failed = true;
    else if (is_field(line, DMX_SLICE("Subject"), &value))
        f->subject = value;
}

static void see_line(struct findings *f, struct dmx_slice line)
{
    struct dmx_slice value;
    if (f->in_header)
        see_header(f, line);
    else if (is_field(line, DMX_SLICE("Action"), &value))
        see_action(f, value);
    else if (f->status.len == 0 && is_field(line, DMX_SLICE("Status"), &value))
        f->status = value;
    else if (f->diagnostic.len == 0 && is_field(line, DMX_SLICE("Diagnostic-Code"), &value))
        f->diagnostic = value;
}

/*
 * RFC 3463: X.3.4 and X.2.3 are about the size of this message. Exim's Status is always 5.0.0, so the reply counts as well:
 * 552 is "exceeded storage allocation" (RFC 5321 section 4.2.3), which 5.2.2 tells to be the mailbox's.
 */
static bool is_about_size(struct dmx_slice text)
{
    struct dmx_slice word, part;
    bool size = false;
    while (text.ptr && dmx_slice_split(&text, ' ', &word))
        while (word.ptr && dmx_slice_split(&word, '-', &part)) {
            if (dmx_slice_eq(part, DMX_SLICE("5.2.2")))
                return false;
            size |= dmx_slice_eq(part, DMX_SLICE("5.3.4")) || dmx_slice_eq(part, DMX_SLICE("5.2.3")) ||
                    dmx_slice_eq(part, DMX_SLICE("552"));
        }
    return size;
}

void dmx_bounce_read(struct dmx_slice message, struct dmx_bounce *out)
{
    struct findings f = {.in_header = true};
    struct dmx_slice rest = dmx_slice_upto(message, DMX_BOUNCE_MAX_BYTES), line;
    for (int n = 0; n < DMX_BOUNCE_LINES && rest.len > 0 && dmx_slice_split(&rest, '\n', &line); n++) {
        line = line.len > 0 && line.ptr[line.len - 1] == '\r' ? dmx_slice_upto(line, line.len - 1) : line;
        f.in_header = f.in_header && line.len > 0;
        see_line(&f, line);
    }
    out->kind = DMX_BOUNCE_FAILED;
    if (!f.failed && (f.other_action || f.answered))
        out->kind = f.other_action ? DMX_BOUNCE_DELAYED : DMX_BOUNCE_ANSWER;
    else if (is_about_size(f.status) || is_about_size(f.diagnostic))
        out->kind = DMX_BOUNCE_TOO_LARGE;
    out->why = f.diagnostic.len > 0 ? f.diagnostic : f.status.len > 0 ? f.status : f.subject;
}
