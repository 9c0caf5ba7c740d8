/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * FOLDER: psl. A compiled suffix list: the checks stay inside it, and what passes libpsl reads without harm. Our own lookup
 * stays inside whatever it is, and says what libpsl says of what passes; but for U-labels, whose mark libpsl 0.21 takes for
 * a value, and which no list of ours has.
 */
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>

#include "dmx/psl/lookup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"com", "co.uk", "a.b.c", "www.ck", "xn--p1ai", "1", "-.-"};
enum { NAMES = sizeof names / sizeof *names };

static void look_up(struct dmx_slice file)
{
    for (size_t i = 0; i < NAMES; i++)
        if (dmx_dafsa_suffix(file, dmx_slice_cstr(names[i])).len == 0)
            abort();
}

static bool has_u_labels(struct dmx_slice file)
{
    return dmx_slice_find(file, 0x1f) < file.len || dmx_slice_find(file, (char)0x9f) < file.len;
}

static void ask(const uint8_t *data, size_t size)
{
    struct dmx_slice file = dmx_slice((const char *)data, size);
    bool u_labels = has_u_labels(file);
    FILE *stream = fmemopen((void *)(uintptr_t)data, size, "r");
    psl_ctx_t *list = stream ? psl_load_fp(stream) : NULL;
    if (!list)
        abort();
    fclose(stream);
    for (size_t i = 0; i < NAMES; i++) {
        const char *suffix = psl_unregistrable_domain(list, names[i]);
        if (!suffix ||
            (!u_labels && !dmx_slice_eq(dmx_slice_cstr(suffix), dmx_dafsa_suffix(file, dmx_slice_cstr(names[i])))))
            abort();
    }
    if (!psl_unregistrable_domain(list, "a.\xc3\xa9.no"))
        abort();
    psl_free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_slice file = dmx_slice((const char *)data, size);
    struct dmx_dafsa_seal seal;
    struct dmx_reason graph_reason, reason;
    enum dmx_status graph = dmx_dafsa_check_graph(file, &graph_reason), whole = dmx_dafsa_check(file, &seal, &reason);
    if ((graph == DMX_OK) != (graph_reason.token == NULL) || (whole == DMX_OK) != (reason.token == NULL))
        abort();
    if (whole == DMX_OK && !seal.present && graph != DMX_OK)
        abort();
    if (graph == DMX_OK)
        ask(data, size);
    look_up(file);
    return 0;
}
