/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: psl. A compiled suffix list: the checks stay inside it, and what passes libpsl reads without harm. */
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>

#include "dmx/psl/dafsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"com", "co.uk", "a.b.c", "www.ck", "xn--p1ai", "a.\xc3\xa9.no", "1", "-.-"};
    FILE *stream = fmemopen((void *)(uintptr_t)data, size, "r");
    psl_ctx_t *list = stream ? psl_load_fp(stream) : NULL;
    if (!list)
        abort();
    fclose(stream);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!psl_unregistrable_domain(list, names[i]))
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
    return 0;
}
