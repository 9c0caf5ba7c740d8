/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "equipment.h"

#include "abi.h"
#include "dmx/psl/choice.h"
#include "dmx/site/file.h"

#include "dmx/base/banned.h"

static const char resolv_conf_path[] = "/etc/resolv.conf";

static void describe(const struct dmx_reason *reason, const char *what, char *out, size_t size)
{
    struct dmx_builder b = dmx_builder_fixed(out, size);
    dmx_put_cstr(&b, "dmx: public suffix list: ");
    dmx_put_cstr(&b, reason->text ? reason->text : "out of memory");
    dmx_put_cstr(&b, ": ");
    dmx_put_escaped(&b, reason->detail, 200);
    dmx_put_cstr(&b, what);
    (void)dmx_builder_text(&b);
}

static void log_fallback(const struct dmx_reason *reason)
{
    char line[320];
    describe(reason, "", line, sizeof line);
    dmx_exim_log(line);
    dmx_exim_log("dmx: no public suffix list: every domain counts as its own organizational domain");
}

/*
 * The site's list, else Debian's. Without any, every domain is its own organizational domain, and the policy of a domain
 * above no longer reaches down: the log says so.
 */
static void load_psl(struct dmx_equipment *equipment, const struct dmx_config *config)
{
    const char *own = config->psl_file.ptr; /* NUL-terminated: an arena copied it */
    struct dmx_psl_choice choice;
    equipment->psl_files[0] = dmx_stamp_take(own);
    equipment->psl_files[1] = dmx_stamp_take(DMX_PSL_DEBIAN);
    equipment->psl_trouble[0] = '\0';
    dmx_psl_choose(own, DMX_PSL_DEBIAN, &choice);
    bool damaged = choice.own.token && !choice.own_missing;
    bool keep = damaged && equipment->psl && equipment->psl_is_own;
    if (damaged) {
        describe(&choice.own, keep ? "; the one loaded before stays in force" : "", equipment->psl_trouble,
                 sizeof equipment->psl_trouble);
        dmx_exim_log(equipment->psl_trouble);
    }
    if (keep) {
        dmx_psl_free(&choice.psl);
        return;
    }
    dmx_psl_free(&equipment->psl);
    equipment->psl = choice.psl;
    equipment->psl_is_own = choice.psl && choice.own.token == NULL;
    if (!choice.psl)
        log_fallback(&choice.fallback);
}

/* Where the option is not set, what resolv.conf names. What cannot be read here is left to c-ares. */
static void find_nameservers(struct dmx_equipment *equipment, const struct dmx_config *config)
{
    equipment->resolv_conf = dmx_stamp_take(NULL);
    equipment->nameservers = config->nameservers;
    if (config->nameservers.len)
        return;
    equipment->resolv_conf = dmx_stamp_take(resolv_conf_path);
    struct dmx_arena *scratch = dmx_arena_new(2 * DMX_RESOLV_CONF_MAX);
    struct dmx_builder servers = dmx_builder_fixed(equipment->servers, sizeof equipment->servers);
    struct dmx_slice text;
    const char *why;
    if (scratch && dmx_file_read(resolv_conf_path, DMX_RESOLV_CONF_MAX, scratch, &text, &why) == DMX_OK &&
        dmx_resolv_conf_parse(text, &servers))
        equipment->nameservers = dmx_builder_text(&servers);
    dmx_arena_free(&scratch);
}

void dmx_equipment_load(struct dmx_equipment *equipment, const struct dmx_config *config)
{
    load_psl(equipment, config);
    find_nameservers(equipment, config);
}

bool dmx_equipment_is_stale(const struct dmx_equipment *equipment)
{
    return dmx_stamp_differs(&equipment->psl_files[0]) || dmx_stamp_differs(&equipment->psl_files[1]) ||
           dmx_stamp_differs(&equipment->resolv_conf);
}
