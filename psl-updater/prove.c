/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "prove.h"

#include <libpsl.h>
#include <stdio.h>
#include <string.h>

#include "dmx/base/banned.h"
#include "dmx/base/builder.h"
#include "dmx/psl/lookup.h"

enum { MAX_NAME = 2048 }; /* 253 bytes of A-labels as U-labels, and some labels of ours before them */

struct dmx_prover {
    const struct dmx_list *list;
    struct dmx_slice file;
    psl_ctx_t *compiled;
    size_t comparisons;
};

static const struct dmx_reason no_memory = DMX_REASON_INIT("memory", "no memory to prove the compiled list", NULL);

/* From a copy, for a stream wants bytes that it could write to. */
static psl_ctx_t *load(struct dmx_slice file, struct dmx_arena *arena)
{
    char *bytes = dmx_arena_alloc(arena, file.len);
    if (!bytes)
        return NULL;
    memcpy(bytes, file.ptr, file.len);
    FILE *stream = fmemopen(bytes, file.len, "r");
    if (!stream)
        return NULL;
    psl_ctx_t *list = psl_load_fp(stream);
    fclose(stream);
    return list;
}

static enum dmx_status check_file(const struct dmx_list *list, struct dmx_slice file, struct dmx_reason *out_reason)
{
    struct dmx_dafsa_seal seal;
    enum dmx_status status = dmx_dafsa_check(file, &seal, out_reason);
    if (status == DMX_OK)
        status = dmx_dafsa_check_graph(file, out_reason);
    if (status != DMX_OK)
        return status;
    if (seal.present && (seal.text_crc != list->text_crc || seal.rules != list->count)) {
        *out_reason = DMX_REASON("other-list", "the compiled list was made of another text", NULL);
        return DMX_INVALID;
    }
    return DMX_OK;
}

enum dmx_status dmx_prover_open(const struct dmx_list *list, struct dmx_slice file, struct dmx_arena *arena,
                                struct dmx_prover **out, struct dmx_reason *out_reason)
{
    *out = NULL;
    enum dmx_status status = check_file(list, file, out_reason);
    if (status != DMX_OK)
        return status;
    struct dmx_prover *prover = dmx_arena_alloc(arena, sizeof *prover);
    psl_ctx_t *compiled = prover ? load(file, arena) : NULL;
    if (!compiled) {
        *out_reason = no_memory;
        return DMX_NOMEM;
    }
    *prover = (struct dmx_prover){.list = list, .file = file, .compiled = compiled};
    *out = prover;
    return DMX_OK;
}

void dmx_prover_close(struct dmx_prover **prover)
{
    if (*prover)
        psl_free((*prover)->compiled);
    *prover = NULL;
}

/* A name of one label is a suffix in any case; only its own rule tells a list from an empty one. */
static bool agree_on_rule(const struct dmx_prover *p, const char *text, struct dmx_slice name)
{
    struct dmx_name_rules rules = dmx_list_find(p->list, name);
    bool compiled = psl_is_public_suffix2(p->compiled, text, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
    return compiled == (rules.plain || rules.wildcard);
}

static bool is_ascii(struct dmx_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] >= 0x80)
            return false;
    return true;
}

/* The module's own look at the file, for names as it has them: in A-labels. */
static bool lookup_agrees(const struct dmx_prover *p, struct dmx_slice name)
{
    if (!is_ascii(name))
        return true;
    if (dmx_dafsa_suffix(p->file, name).len != dmx_list_suffix_len(p->list, name))
        return false;
    struct dmx_name_rules rules = dmx_list_find(p->list, name);
    return dmx_slice_find(name, '.') < name.len ||
           dmx_dafsa_is_suffix(p->file, name) == (rules.plain || rules.wildcard);
}

bool dmx_prover_agree(struct dmx_prover *p, struct dmx_slice name)
{
    char text[MAX_NAME];
    if (name.len == 0 || name.len >= sizeof text)
        return false;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    p->comparisons++;
    const char *compiled = psl_unregistrable_domain(p->compiled, text);
    if (!compiled || strlen(compiled) != dmx_list_suffix_len(p->list, name) || !lookup_agrees(p, name))
        return false;
    return dmx_slice_find(name, '.') < name.len || agree_on_rule(p, text, name);
}

/* Around one name: those that a compiler most likely gets wrong. */
struct neighbours {
    struct dmx_prover *prover;
    struct dmx_arena *arena;
    struct dmx_reason *reason;
    bool failed;
};

static void ask(struct neighbours *n, struct dmx_slice name)
{
    if (n->failed || name.len == 0 || dmx_prover_agree(n->prover, name))
        return;
    n->failed = true;
    *n->reason = DMX_REASON_ABOUT("proof", "text and compiled list give this name different public suffixes", NULL,
                                  dmx_arena_dup(n->arena, name));
}

static void ask_with(struct neighbours *n, const char *before, struct dmx_slice name, const char *after)
{
    char buf[MAX_NAME];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_cstr(&b, before);
    dmx_put(&b, name);
    dmx_put_cstr(&b, after);
    ask(n, dmx_builder_text(&b));
}

static void ask_around(struct neighbours *n, struct dmx_slice name)
{
    size_t dot = dmx_slice_find(name, '.');
    ask(n, name);
    for (struct dmx_slice up = name; up.len > 0; up = dmx_slice_from(up, dmx_slice_find(up, '.') + 1))
        ask(n, up);
    ask_with(n, "a.", name, "");
    ask_with(n, "www.mail-1.", name, "");
    ask_with(n, "a", name, "");
    ask_with(n, "", name, "a");
    ask_with(n, "a.", name, ".com");
    if ((unsigned char)name.ptr[0] < 0x80 && dot != 1)
        ask(n, dmx_slice_from(name, 1));
    if (dot < name.len) {
        ask_with(n, "sibling", dmx_slice_from(name, dot), "");
        ask_with(n, "a.sibling", dmx_slice_from(name, dot), "");
    }
}

enum dmx_status dmx_dafsa_prove(const struct dmx_list *list, struct dmx_slice file, struct dmx_arena *arena,
                                struct dmx_proof *out, struct dmx_reason *out_reason)
{
    struct neighbours n = {.arena = arena, .reason = out_reason};
    *out = (struct dmx_proof){.comparisons = 0};
    enum dmx_status status = dmx_prover_open(list, file, arena, &n.prover, out_reason);
    if (status != DMX_OK)
        return status;
    for (size_t i = 0; !n.failed && i < list->count; i++) {
        ask_around(&n, list->rules[i].ascii);
        if (!dmx_slice_eq(list->rules[i].ascii, list->rules[i].utf8))
            ask_around(&n, list->rules[i].utf8);
    }
    out->comparisons = n.prover->comparisons;
    dmx_prover_close(&n.prover);
    return n.failed ? DMX_INVALID : DMX_OK;
}
