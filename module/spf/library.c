/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The only file that includes libspf2. */
#include "library.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <spf2/spf.h>

#include "dmx/base/invariant.h"
#include "dmx/dns/question.h"

#include "dmx/base/banned.h"

/* All that libspf2 is told of the message: nothing. */
static const char nowhere[] = "dmx.invalid";
static const char nobody[] = "postmaster@dmx.invalid";

struct frame {
    SPF_record_t *record;
    SPF_response_t *response;
};

struct handlers {
    __typeof__(SPF_error_handler) error; /* never returns */
    void (*warning)(const char *, int, const char *);
    void (*info)(const char *, int, const char *);
    void (*debug)(const char *, int, const char *);
};

struct dmx_spf_library {
    const struct dmx_spf_hooks *hooks;
    SPF_dns_server_t dns;
    SPF_server_t *server;
    SPF_request_t *request;
    struct frame frames[SPF_LIBRARY_DEPTH];
    size_t depth;
    bool broken; /* it raised its fatal error: nothing more is asked of it */
    jmp_buf way_out;
};

/*
 * libspf2 ends the process by abort() when its error handler returns, and gives the handler no context: so the handler
 * jumps, and needs to know where to. Set only while libspf2 runs.
 */
static struct dmx_spf_library *inside;

static void on_error(const char *file, int line, const char *message) __attribute__((noreturn));
static void on_error(const char *file, int line, const char *message)
{
    (void)file;
    (void)line;
    (void)message;
    longjmp(inside->way_out, 1);
}

static void on_message(const char *file, int line, const char *message)
{
    (void)file;
    (void)line;
    (void)message;
}

/* Exim may use libspf2 itself in the same process: its handlers are ours only while we are inside. */
static struct handlers take_handlers(void)
{
    struct handlers theirs = {SPF_error_handler, SPF_warning_handler, SPF_info_handler, SPF_debug_handler};
    SPF_error_handler = on_error;
    SPF_warning_handler = on_message;
    SPF_info_handler = on_message;
    SPF_debug_handler = on_message;
    return theirs;
}

static void give_handlers_back(const struct handlers *theirs)
{
    SPF_error_handler = theirs->error;
    SPF_warning_handler = theirs->warning;
    SPF_info_handler = theirs->info;
    SPF_debug_handler = theirs->debug;
}

/* Calls step with libspf2's fatal error turned into false. Inside another call of ours it adds nothing. */
static bool guarded(struct dmx_spf_library *library, bool (*step)(struct dmx_spf_library *, void *), void *arg)
{
    if (inside == library)
        return step(library, arg);
    if (inside || library->broken)
        return false;
    struct handlers theirs = take_handlers();
    inside = library;
    bool fine = false;
    if (setjmp(library->way_out) == 0)
        fine = step(library, arg);
    else
        library->broken = true;
    inside = NULL;
    give_handlers_back(&theirs);
    return fine;
}

/* ---- hooks ---------------------------------------------------------------------------------------------------- */

/* libspf2 reads names of MX and PTR, addresses of A and AAAA, whatever it is given. */
static bool wants_names(ns_type type)
{
    return type == ns_t_mx || type == ns_t_ptr;
}

static bool wants_addresses(ns_type type)
{
    return type == ns_t_a || type == ns_t_aaaa;
}

static void set_rr(SPF_dns_rr_t *rr, size_t n, ns_type type, const struct dmx_spf_hosts *hosts)
{
    size_t len = hosts->names ? strlen(hosts->names[n]) + 1 : type == ns_t_a ? 4 : 16;
    if (SPF_dns_rr_buf_realloc(rr, (int)n, len) != SPF_E_SUCCESS)
        on_error(NULL, 0, NULL);
    /* All members of the union begin at its start. */
    if (hosts->names)
        memcpy(rr->rr[n], hosts->names[n], len);
    else if (hosts->ips)
        memcpy(rr->rr[n], hosts->ips[n].bytes, len);
    rr->num_rr = (int)n + 1;
}

static int h_errno_of(enum dmx_spf_found found)
{
    switch (found) {
    case SPF_FOUND:
        return NETDB_SUCCESS;
    case SPF_NOTHING:
        return NO_DATA;
    case SPF_ABANDON:
        break;
    }
    return TRY_AGAIN;
}

/* Never returns NULL: libspf2 would abort. */
static SPF_dns_rr_t *on_lookup(SPF_dns_server_t *dns, const char *name, ns_type type, int should_cache)
{
    struct dmx_spf_library *library = dns->hook;
    struct dmx_spf_hosts hosts = {0};
    enum dmx_spf_found found = SPF_NOTHING; /* for TXT and type 99, which have get_spf */
    (void)should_cache;
    if (wants_names(type) || wants_addresses(type))
        found = library->hooks->lookup(library->hooks->ctx, name, (uint16_t)type, &hosts);
    if (found == SPF_FOUND && DMX_BROKEN(wants_names(type) ? hosts.names != NULL : hosts.ips && !hosts.names))
        found = SPF_ABANDON;
    SPF_dns_rr_t *rr = SPF_dns_rr_new_init(dns, name, type, 0, h_errno_of(found));
    if (!rr)
        on_error(NULL, 0, NULL);
    if (found == SPF_FOUND) {
        for (size_t i = 0; i < hosts.count; i++)
            set_rr(rr, i, type, &hosts);
    }
    return rr;
}

/* The record of an included domain: one `all` with the result that our own evaluation gave it. */
static SPF_errcode_t on_get_spf(SPF_server_t *server, SPF_request_t *request, SPF_response_t *response,
                                SPF_record_t **out_record)
{
    struct dmx_spf_library *library = server->resolver->hook;
    enum dmx_result result;
    *out_record = NULL;
    if (!library->hooks->include(library->hooks->ctx, request->cur_dom, &result))
        return SPF_E_DNS_ERROR;
    /* Whatever is not pass does not match (RFC 7208 section 5.2). */
    const char *text = result == DMX_PASS ? "v=spf1 +all" : "v=spf1 -all";
    return SPF_record_compile(server, response, out_record, text);
}

/* No record of ours has exp=; defined so that libspf2's own code for it stays out of reach. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libspf2's */
static SPF_errcode_t on_get_exp(SPF_server_t *server, const char *domain, char **buf, size_t *buf_len)
{
    (void)server;
    (void)domain;
    (void)buf;
    (void)buf_len;
    return SPF_E_NOT_CONFIG;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

/* A constant instead of libspf2's default explanation, which holds macros of the sender's address. */
static bool set_explanation(SPF_server_t *server)
{
    SPF_response_t *response = NULL;
    SPF_errcode_t err = SPF_server_set_explanation(server, "refused", &response);
    if (response)
        SPF_response_free(response);
    return err == SPF_E_SUCCESS;
}

static bool set_client(SPF_request_t *request, const struct dmx_ip *client)
{
    if (client->family == DMX_IP_V4) {
        struct in_addr address;
        memcpy(&address, client->bytes, sizeof address);
        return SPF_request_set_ipv4(request, address) == SPF_E_SUCCESS;
    }
    struct in6_addr address;
    memcpy(&address, client->bytes, sizeof address);
    return SPF_request_set_ipv6(request, address) == SPF_E_SUCCESS;
}

static bool make_ready(struct dmx_spf_library *library, void *client)
{
    library->server = SPF_server_new_dns(&library->dns, 0);
    if (!library->server || SPF_server_set_rec_dom(library->server, nowhere) != SPF_E_SUCCESS)
        return false;
    library->request = SPF_request_new(library->server);
    if (!library->request)
        return false;
    library->request->cur_dom = nowhere;
    /* Lookups are counted by us, over the whole evaluation. */
    return set_explanation(library->server) && set_client(library->request, client) &&
           SPF_server_set_max_dns_mech(library->server, 1000) == SPF_E_SUCCESS &&
           SPF_request_set_env_from(library->request, nobody) == SPF_E_SUCCESS &&
           SPF_request_set_helo_dom(library->request, nowhere) == SPF_E_SUCCESS;
}

struct dmx_spf_library *dmx_spf_library_new(const struct dmx_spf_hooks *hooks, const struct dmx_ip *client)
{
    struct dmx_spf_library *library = calloc(1, sizeof *library);
    if (!library)
        return NULL;
    struct dmx_ip address = *client;
    library->hooks = hooks;
    library->dns = (SPF_dns_server_t){
        .lookup = on_lookup, .get_spf = on_get_spf, .get_exp = on_get_exp, .name = "dmx", .hook = library};
    if (!guarded(library, make_ready, &address))
        dmx_spf_library_free(&library);
    return library;
}

static void free_frame(struct frame *frame)
{
    if (frame->response)
        SPF_response_free(frame->response);
    if (frame->record)
        SPF_record_free(frame->record);
    *frame = (struct frame){NULL, NULL};
}

void dmx_spf_library_free(struct dmx_spf_library **library)
{
    if (!*library)
        return;
    /* After a jump, frames are still open; what libspf2 held in its own variables is lost. */
    for (size_t i = 0; i < SPF_LIBRARY_DEPTH; i++)
        free_frame(&(*library)->frames[i]);
    if ((*library)->request)
        SPF_request_free((*library)->request);
    if ((*library)->server)
        SPF_server_free((*library)->server);
    free(*library);
    *library = NULL;
}

/* ---- running --------------------------------------------------------------------------------------------------- */

struct run {
    const char *text;
    enum dmx_spf_run outcome;
    enum dmx_result result;
};

/* INVALID, NONE and the errors: those were for us to say. */
static bool map_result(SPF_result_t theirs, enum dmx_result *out)
{
    static const struct {
        SPF_result_t theirs;
        enum dmx_result ours;
    } rows[] = {
        {SPF_RESULT_PASS, DMX_PASS},
        {SPF_RESULT_FAIL, DMX_FAIL},
        {SPF_RESULT_SOFTFAIL, DMX_SOFTFAIL},
        {SPF_RESULT_NEUTRAL, DMX_NEUTRAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].theirs != theirs)
            continue;
        *out = rows[i].ours;
        return true;
    }
    return false;
}

static bool interpret(struct dmx_spf_library *library, struct frame *frame, struct run *run)
{
    frame->response = SPF_response_new(library->request);
    if (!frame->response ||
        SPF_record_compile(library->server, frame->response, &frame->record, run->text) != SPF_E_SUCCESS)
        return false;
    /* Never SPF_request_query_mailfrom and its kind: they let every loopback client pass. */
    frame->response->spf_record_exp = frame->record;
    if (SPF_record_interpret(frame->record, library->request, frame->response, 0) != SPF_E_SUCCESS)
        return false;
    bool by_default = SPF_response_reason(frame->response) == SPF_REASON_DEFAULT;
    run->outcome = by_default ? SPF_RUN_NO_MATCH : SPF_RUN_MATCH;
    return map_result(SPF_response_result(frame->response), &run->result);
}

static bool run_piece(struct dmx_spf_library *library, void *arg)
{
    if (DMX_BROKEN(library->depth < SPF_LIBRARY_DEPTH))
        return false;
    struct frame *frame = &library->frames[library->depth++];
    bool fine = interpret(library, frame, arg);
    free_frame(frame);
    library->depth--;
    return fine;
}

enum dmx_spf_run dmx_spf_library_run(struct dmx_spf_library *library, const char *text, enum dmx_result *out)
{
    struct run run = {.text = text};
    if (!guarded(library, run_piece, &run))
        return SPF_RUN_FAILED;
    *out = run.result;
    return run.outcome;
}

static bool raise_error(struct dmx_spf_library *library, void *arg)
{
    (void)arg;
    (void)library;
    SPF_warning("a warning");
    SPF_info("some information");
    SPF_debug("debugging");
    SPF_error("a fatal error");
}

enum dmx_spf_run dmx_spf_library_provoke(struct dmx_spf_library *library)
{
    return guarded(library, raise_error, NULL) ? SPF_RUN_MATCH : SPF_RUN_FAILED;
}
