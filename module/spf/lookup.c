/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What libspf2 asks, answered from the book: counted, and with every failure meaning what the RFC says it means. */
#include "check.h"

#include "dmx/base/ascii.h"
#include "dmx/base/cursor.h"
#include "dmx/base/invariant.h"
#include "dmx/base/number.h"

#include "dmx/base/banned.h"

const struct dmx_answer *dmx_spf_ask(struct dmx_spf_check *check, const struct dmx_name *name, uint16_t type)
{
    const struct dmx_answer *answer = dmx_answers_ask(check->book, name, type);
    if (!answer && !dmx_spf_halted(check))
        check->pending = true;
    if (!answer || answer->status != DMX_DNS_CUT)
        return answer;
    /* A limit of ours is no fault of the domain's: not passing, and not the domain's DNS failing either. */
    dmx_spf_stop(check, DMX_TEMPERROR, SPF_DNS_CUT, DMX_SLICE_NONE);
    return NULL;
}

bool dmx_spf_count_lookup(struct dmx_spf_check *check)
{
    if (++check->lookups > SPF_MAX_LOOKUPS)
        dmx_spf_stop(check, DMX_PERMERROR, SPF_LOOKUP_LIMIT, DMX_SLICE_NONE);
    return !dmx_spf_halted(check);
}

/*
 * Section 4.6.4 limits the terms whose query finds nothing: so a term counts once, by the query for its own target. The
 * hosts of an mx do not count: a domain with IPv4 only would otherwise fail for each IPv6 client.
 */
static enum dmx_spf_found nothing_there(struct dmx_spf_check *check)
{
    if (++check->voids > SPF_MAX_VOID)
        dmx_spf_stop(check, DMX_PERMERROR, SPF_VOID_LIMIT, DMX_SLICE_NONE);
    return dmx_spf_halted(check) ? SPF_ABANDON : SPF_NOTHING;
}

static bool is_void(const struct dmx_answer *answer)
{
    return answer->status == DMX_DNS_NODATA || answer->status == DMX_DNS_NXDOMAIN;
}

uint16_t dmx_spf_address_type(const struct dmx_spf_check *check)
{
    return check->values.client.family == DMX_IP_V6 ? DMX_RR_AAAA : DMX_RR_A;
}

/* ---- placeholders ---------------------------------------------------------------------------------------------- */

static struct dmx_spf_placeholder *new_placeholder(struct dmx_spf_check *check)
{
    struct dmx_spf_placeholder *grown = dmx_arena_grow(check->scratch, check->placeholders, check->placeholder_count,
                                                       &check->placeholder_room, sizeof *check->placeholders);
    if (!grown) {
        dmx_spf_stop(check, DMX_TEMPERROR, SPF_NO_MEMORY, DMX_SLICE_NONE);
        return NULL;
    }
    check->placeholders = grown;
    return &grown[check->placeholder_count++];
}

static void put_placeholder(struct dmx_builder *b, size_t index)
{
    dmx_put_char(b, 'm');
    dmx_put_u64(b, index);
    dmx_put_cstr(b, ".dmx.invalid");
}

size_t dmx_spf_put_target(struct dmx_spf_check *check, struct dmx_builder *b, struct dmx_slice spec,
                          struct dmx_slice current, bool any_address)
{
    size_t index = check->placeholder_count;
    struct dmx_spf_placeholder *p = new_placeholder(check);
    if (p)
        *p = (struct dmx_spf_placeholder){
            .kind = SPF_TARGET, .spec = spec, .current = current, .any_address = any_address};
    put_placeholder(b, index);
    return index;
}

/* 1*ALPHA 1*DIGIT "." anything: the number is the index. NULL: not of ours, which cannot be. */
static const struct dmx_spf_placeholder *placeholder_of(struct dmx_spf_check *check, const char *name)
{
    struct dmx_cursor c = dmx_cursor_from(dmx_slice_cstr(name));
    uint64_t index;
    (void)dmx_cursor_run(&c, dmx_is_alpha);
    struct dmx_slice digits = dmx_cursor_run(&c, dmx_is_digit);
    bool known = dmx_parse_u64(digits, UINT32_MAX, &index) && index < check->placeholder_count;
    if (!DMX_BROKEN(known))
        return &check->placeholders[index];
    dmx_spf_stop(check, DMX_TEMPERROR, SPF_LIBRARY, DMX_SLICE_NONE);
    return NULL;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

bool dmx_spf_reverse_name(const struct dmx_spf_check *check, struct dmx_name *out)
{
    char text[DMX_NAME_MAX];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_spf_put_expanded(&b, DMX_SLICE("%{ir}.%{v}.arpa"), &check->values);
    return dmx_name_from_text(dmx_builder_text(&b), out);
}

/* The first PTR names of the client, section 4.6.4; 0 also when the lookup failed (sections 5.5 and 7.3). */
static size_t client_names(struct dmx_spf_check *check, const struct dmx_rr **out, bool *out_void)
{
    struct dmx_name reverse;
    *out_void = false;
    if (DMX_BROKEN(dmx_spf_reverse_name(check, &reverse)))
        return 0;
    const struct dmx_answer *answer = dmx_spf_ask(check, &reverse, DMX_RR_PTR);
    if (!answer)
        return 0;
    *out_void = is_void(answer);
    *out = answer->rrs;
    return answer->count < SPF_MAX_PTR ? answer->count : SPF_MAX_PTR;
}

/* The root is no host: an MX of it says that there is no mail (RFC 7505). */
static bool is_root(const struct dmx_name *name)
{
    return dmx_name_labels(name) == 0;
}

/* All at the same time, before the first of them is needed. */
static void ask_hosts(struct dmx_spf_check *check, const struct dmx_rr *rrs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct dmx_name *name = &rrs[i].data.host.name;
        if (!is_root(name) && !dmx_answers_ask(check->book, name, dmx_spf_address_type(check)))
            check->pending = true;
    }
}

static bool has_client(const struct dmx_spf_check *check, const struct dmx_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (dmx_ip_eq(&answer->rrs[i].data.ip, &check->values.client))
            return true;
    }
    return false;
}

static bool is_within(struct dmx_name child, const struct dmx_name *parent)
{
    for (size_t labels = dmx_name_labels(&child), least = dmx_name_labels(parent); labels > least; labels--) {
        if (!dmx_name_parent(&child, &child))
            return false;
    }
    return dmx_name_eq(&child, parent);
}

/* Section 7.3, p: the domain itself before one below it before any other; validated as in section 5.5. */
static int name_rank(const struct dmx_name *name, const struct dmx_name *domain)
{
    return dmx_name_eq(name, domain) ? 3 : is_within(*name, domain) ? 2 : 1;
}

static const struct dmx_name *validated_name(struct dmx_spf_check *check, struct dmx_slice current)
{
    const struct dmx_rr *rrs = NULL;
    const struct dmx_name *best = NULL;
    struct dmx_name domain;
    bool is_empty;
    int best_rank = 0;
    size_t count = client_names(check, &rrs, &is_empty);
    if (!dmx_name_from_text(current, &domain))
        dmx_name_root(&domain);
    ask_hosts(check, rrs, count);
    for (size_t i = 0; i < count && !dmx_spf_halted(check); i++) {
        const struct dmx_name *name = &rrs[i].data.host.name;
        const struct dmx_answer *answer = is_root(name) ? NULL : dmx_spf_ask(check, name, dmx_spf_address_type(check));
        int rank = name_rank(name, &domain);
        if (!answer || rank <= best_rank || !has_client(check, answer))
            continue;
        best = name;
        best_rank = rank;
    }
    return best;
}

static struct dmx_slice validated_text(struct dmx_spf_check *check, struct dmx_slice current)
{
    const struct dmx_name *name = validated_name(check, current);
    if (!name)
        return DMX_SLICE("unknown");
    struct dmx_builder b = dmx_builder_arena(check->scratch, SPF_MAX_VALUE);
    dmx_put_name(&b, name);
    return dmx_builder_text(&b);
}

bool dmx_spf_target(struct dmx_spf_check *check, struct dmx_slice spec, struct dmx_slice current, struct dmx_slice *out)
{
    if (!spec.ptr) {
        *out = current;
        return !dmx_spf_halted(check);
    }
    check->values.current = current;
    if (dmx_spf_macro_uses(spec, 'p'))
        check->values.validated = validated_text(check, current);
    if (dmx_spf_halted(check))
        return false;
    enum dmx_spf_why why = dmx_spf_target_name(spec, &check->values, check->scratch, out);
    if (why != SPF_FINE)
        dmx_spf_stop(check, why == SPF_NO_MEMORY ? DMX_TEMPERROR : DMX_PERMERROR, why, DMX_SLICE_NONE);
    return why == SPF_FINE;
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

/* RCODE other than 0 and 3, or no answer: temperror (sections 5.3, 5.4, 5.7 with 5). */
static enum dmx_spf_found lookup_failed(struct dmx_spf_check *check, struct dmx_slice about)
{
    dmx_spf_stop(check, DMX_TEMPERROR, SPF_DNS_FAILED, about);
    return SPF_ABANDON;
}

static enum dmx_spf_found give_addresses(struct dmx_spf_check *check, const struct dmx_answer *answer, bool any,
                                         struct dmx_spf_hosts *out)
{
    struct dmx_ip *ips = dmx_arena_array(check->scratch, any ? 1 : answer->count, sizeof *ips);
    if (!ips) {
        dmx_spf_stop(check, DMX_TEMPERROR, SPF_NO_MEMORY, DMX_SLICE_NONE);
        return SPF_ABANDON;
    }
    for (size_t i = 0; i < answer->count && !any; i++)
        ips[i] = answer->rrs[i].data.ip;
    if (any)
        ips[0] = check->values.client;
    *out = (struct dmx_spf_hosts){.ips = ips, .count = any ? 1 : answer->count};
    return SPF_FOUND;
}

static enum dmx_spf_found host_addresses(struct dmx_spf_check *check, const struct dmx_spf_placeholder *p,
                                         uint16_t type, struct dmx_spf_hosts *out)
{
    if (is_root(&p->name))
        return SPF_NOTHING;
    const struct dmx_answer *answer = dmx_spf_ask(check, &p->name, type);
    if (!answer)
        return SPF_ABANDON;
    if (dmx_answer_is_temporary(answer)) /* section 5.5: a name of the client is skipped, a host of an mx is not */
        return p->kind == SPF_CLIENT_NAME ? SPF_NOTHING : lookup_failed(check, DMX_SLICE_NONE);
    return answer->count > 0 ? give_addresses(check, answer, p->any_address, out) : SPF_NOTHING;
}

/*
 * The answer about a term's own target, counted. NULL with *out_found telling why there is none to read. A target that
 * DNS cannot hold matches nothing (section 4.8 leaves that open) and is no void lookup, for nothing was asked.
 */
static const struct dmx_answer *ask_target(struct dmx_spf_check *check, const struct dmx_spf_placeholder *p,
                                           uint16_t type, enum dmx_spf_found *out_found)
{
    struct dmx_slice target;
    struct dmx_name name;
    *out_found = SPF_ABANDON;
    if (!dmx_spf_count_lookup(check) || !dmx_spf_target(check, p->spec, p->current, &target))
        return NULL;
    if (target.len == 0 || !dmx_name_from_text(target, &name)) {
        *out_found = SPF_NOTHING;
        return NULL;
    }
    const struct dmx_answer *answer = dmx_spf_ask(check, &name, type);
    if (!answer)
        return NULL;
    if (dmx_answer_is_temporary(answer))
        *out_found = lookup_failed(check, target);
    else if (answer->count == 0)
        *out_found = nothing_there(check);
    else
        return answer;
    return NULL;
}

static enum dmx_spf_found target_addresses(struct dmx_spf_check *check, const struct dmx_spf_placeholder *p,
                                           uint16_t type, struct dmx_spf_hosts *out)
{
    enum dmx_spf_found found;
    bool any = p->any_address;
    const struct dmx_answer *answer = ask_target(check, p, type, &found);
    return answer ? give_addresses(check, answer, any, out) : found;
}

/* A new placeholder, as text below the target's one or beside it. NULL without memory. */
static const char *name_host(struct dmx_spf_check *check, const struct dmx_spf_placeholder *host, bool below_target)
{
    size_t index = check->placeholder_count;
    struct dmx_spf_placeholder *p = new_placeholder(check);
    struct dmx_builder b = dmx_builder_arena(check->scratch, DMX_NAME_MAX);
    if (!p)
        return NULL;
    *p = *host;
    if (below_target) {
        dmx_put_char(&b, 'm');
        dmx_put_u64(&b, index);
        dmx_put_char(&b, '.');
        put_placeholder(&b, check->ptr_target);
    } else {
        put_placeholder(&b, index);
    }
    return dmx_builder_text(&b).ptr;
}

/* Gives libspf2 names to ask for, after all their addresses were asked for at once. within NULL: no name lies there. */
static enum dmx_spf_found give_names(struct dmx_spf_check *check, struct dmx_spf_placeholder host,
                                     const struct dmx_rr *rrs, const struct dmx_name *within, struct dmx_spf_hosts *out)
{
    ask_hosts(check, rrs, out->count);
    const char **names = dmx_arena_array(check->scratch, out->count, sizeof *names);
    bool fine = names != NULL;
    for (size_t i = 0; fine && i < out->count && !dmx_spf_halted(check); i++) {
        host.name = rrs[i].data.host.name;
        names[i] = name_host(check, &host, within && is_within(host.name, within));
        fine = names[i] != NULL;
    }
    if (!fine)
        dmx_spf_stop(check, DMX_TEMPERROR, SPF_NO_MEMORY, DMX_SLICE_NONE);
    out->names = names;
    return dmx_spf_halted(check) ? SPF_ABANDON : SPF_FOUND;
}

static enum dmx_spf_found exchangers(struct dmx_spf_check *check, const struct dmx_spf_placeholder *p,
                                     struct dmx_spf_hosts *out)
{
    enum dmx_spf_found found;
    struct dmx_spf_placeholder host = {.kind = SPF_HOST, .any_address = p->any_address};
    const struct dmx_answer *answer = ask_target(check, p, DMX_RR_MX, &found);
    if (!answer)
        return found;
    if (answer->count > SPF_MAX_MX) { /* section 4.6.4; at once, for the records come in any order */
        dmx_spf_stop(check, DMX_PERMERROR, SPF_MX_LIMIT, DMX_SLICE_NONE);
        return SPF_ABANDON;
    }
    out->count = answer->count;
    return give_names(check, host, answer->rrs, NULL, out);
}

/*
 * ptr (section 5.5). libspf2 compares the names that we give it with the target's placeholder: so a client's name that
 * lies within the real target is named below that placeholder, and any other is not.
 */
static enum dmx_spf_found reverse_names(struct dmx_spf_check *check, struct dmx_spf_hosts *out)
{
    const struct dmx_spf_placeholder *p = &check->placeholders[check->ptr_target];
    const struct dmx_rr *rrs = NULL;
    struct dmx_slice text;
    struct dmx_name target;
    bool is_empty;
    if (!dmx_spf_count_lookup(check) || !dmx_spf_target(check, p->spec, p->current, &text))
        return SPF_ABANDON;
    out->count = client_names(check, &rrs, &is_empty);
    if (dmx_spf_halted(check))
        return SPF_ABANDON;
    if (is_empty)
        return nothing_there(check);
    if (out->count == 0 || text.len == 0 || !dmx_name_from_text(text, &target))
        return SPF_NOTHING;
    return give_names(check, (struct dmx_spf_placeholder){.kind = SPF_CLIENT_NAME}, rrs, &target, out);
}

/* ---- hooks ----------------------------------------------------------------------------------------------------- */

enum dmx_spf_found dmx_spf_on_lookup(void *ctx, const char *name, uint16_t type, struct dmx_spf_hosts *out)
{
    struct dmx_spf_check *check = ctx;
    if (dmx_spf_halted(check))
        return SPF_ABANDON;
    if (type == DMX_RR_PTR)
        return reverse_names(check, out);
    const struct dmx_spf_placeholder *p = placeholder_of(check, name);
    if (!p)
        return SPF_ABANDON;
    if (p->kind != SPF_TARGET)
        return host_addresses(check, p, type, out);
    return type == DMX_RR_MX ? exchangers(check, p, out) : target_addresses(check, p, type, out);
}

bool dmx_spf_on_include(void *ctx, const char *name, enum dmx_result *out)
{
    struct dmx_spf_check *check = ctx;
    struct dmx_spf_outcome outcome;
    struct dmx_slice target;
    const struct dmx_spf_placeholder *p = dmx_spf_halted(check) ? NULL : placeholder_of(check, name);
    if (!p || !dmx_spf_count_lookup(check) || !dmx_spf_target(check, p->spec, p->current, &target))
        return false;
    if (!dmx_spf_check_host(check, target, SPF_BY_INCLUDE, &outcome))
        return false;
    *out = outcome.result;
    return true;
}
