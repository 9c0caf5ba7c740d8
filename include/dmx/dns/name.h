/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A domain name as DNS has it: labels of any bytes, in wire form (RFC 1035 section 3.1), uncompressed, with the root
 * label, at most 255 bytes. A value: copy it freely.
 */
#ifndef DMX_DNS_NAME_H
#define DMX_DNS_NAME_H

#include <stdint.h>

#include "dmx/base/builder.h"

enum { DMX_NAME_MAX = 255, DMX_LABEL_MAX = 63 };

struct dmx_name {
    uint8_t len; /* bytes of wire, the root label counted: 1 for the root */
    uint8_t wire[DMX_NAME_MAX];
};

/*
 * From dotted text without escapes: every byte but '.' stands for itself. One last dot is allowed; "" and "." are the
 * root. False: an empty label, a label over 63 bytes, a name over 255 bytes in wire form.
 */
bool dmx_name_from_text(struct dmx_slice text, struct dmx_name *out) DMX_NODISCARD;

/* prefix in front of text ("_dmarc", "example.com"); false as above. */
bool dmx_name_from_parts(struct dmx_slice prefix, struct dmx_slice text, struct dmx_name *out) DMX_NODISCARD;

/* Appends one label; false when it is empty, too long, or the name would be. It must hold a name, the root at first. */
bool dmx_name_append(struct dmx_name *name, struct dmx_slice label) DMX_NODISCARD;
void dmx_name_root(struct dmx_name *out);

/* Equal without ASCII case, all other bytes exactly. */
bool dmx_name_eq(const struct dmx_name *a, const struct dmx_name *b);

/* Labels without the root. */
size_t dmx_name_labels(const struct dmx_name *name);

/* Without its leftmost label; false (and *out untouched) for the root. */
bool dmx_name_parent(const struct dmx_name *name, struct dmx_name *out);

/*
 * As dotted text in lower case without the last dot; dots, backslashes and unprintable bytes inside labels as \DDD; the
 * root is ".".
 */
void dmx_put_name(struct dmx_builder *b, const struct dmx_name *name);

#endif
