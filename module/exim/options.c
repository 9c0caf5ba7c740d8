/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "options.h"

#include "abi.h"
#include "dmx/base/arena.h"
#include "dmx/base/builder.h"

#include "dmx/base/banned.h"

#ifndef DMX_INSIDE_EXIM

bool dmx_options_are_exims(void)
{
    return false;
}

enum dmx_status dmx_options_apply(struct dmx_config *config, struct dmx_config_error *out_error)
{
    (void)config;
    (void)out_error;
    return DMX_OK;
}

#else

/*
 * Exim takes each value as a string, comments and continued lines as everywhere in its configuration, and we read it as
 * in dmx.conf. dmx_options.inc is made from the schema table (`make exim-build`): a line DMX_EXIM_OPTION(name) an option,
 * in the order of strcmp, because Exim looks names up by halving the table.
 */
#define DMX_EXIM_OPTION(name) static uschar *option_##name;
#include "dmx_options.inc"
#undef DMX_EXIM_OPTION

#define DMX_EXIM_OPTION(name) {#name, opt_stringptr, {&option_##name}},
optionlist local_scan_options[] = {
#include "dmx_options.inc"
};
#undef DMX_EXIM_OPTION

enum { OPTION_COUNT = sizeof local_scan_options / sizeof *local_scan_options };
int local_scan_options_count = OPTION_COUNT;

enum { MAX_VALUE_BYTES = 1024 * 1024 }; /* as much as a whole dmx.conf may have */

bool dmx_options_are_exims(void)
{
    return true;
}

static enum dmx_status set_option(struct dmx_config *config, struct dmx_arena *arena, const char *name,
                                  const uschar *value, struct dmx_config_error *out_error)
{
    struct dmx_builder b = dmx_builder_arena(arena, MAX_VALUE_BYTES);
    dmx_put_cstr(&b, name);
    dmx_put_char(&b, '=');
    dmx_put(&b, dmx_exim_text(value));
    struct dmx_slice assignment = dmx_builder_text(&b);
    if (b.failed)
        return DMX_NOMEM;
    return dmx_config_set(config, assignment, out_error);
}

/* The error of dmx_config_set has no place. */
static void put_place(struct dmx_config_error *error)
{
    struct dmx_config_error plain = *error;
    struct dmx_builder b = dmx_builder_fixed(error->text, sizeof error->text);
    dmx_put_cstr(&b, "Exim's configuration, begin local_scan: ");
    dmx_put(&b, dmx_slice_upto(dmx_slice_cstr(plain.text), sizeof error->text - 64));
    (void)dmx_builder_text(&b);
}

enum dmx_status dmx_options_apply(struct dmx_config *config, struct dmx_config_error *out_error)
{
    enum dmx_status status = DMX_OK;
    struct dmx_arena *arena = dmx_arena_new((size_t)4 * MAX_VALUE_BYTES);
    if (!arena)
        return DMX_NOMEM;
    for (size_t i = 0; i < OPTION_COUNT && status == DMX_OK; i++) {
        uschar *const *value = local_scan_options[i].v.value;
        if (*value)
            status = set_option(config, arena, local_scan_options[i].name, *value, out_error);
    }
    dmx_arena_free(&arena);
    if (status == DMX_INVALID || status == DMX_IO)
        put_place(out_error);
    return status;
}

#endif
