/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Writes a capsule as the module does, for tests of the reporter:
 *
 *     capsule FILE KEY=VALUE…    the keys are those of the tables below; @PATH for what is in a file; dkim= and to= as often as wanted
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/journal/capsule.h"

enum { BUFFER = 1024 * 1024 };

static struct dmx_capsule capsule;
static struct dmx_event_dkim dkim[DMX_EVENT_DKIM];

static const struct {
    const char *key;
    struct dmx_slice *value;
} texts[] = {
    {"author", &capsule.event.author},
    {"policy-domain", &capsule.event.policy_domain},
    {"org", &capsule.event.org_domain},
    {"record", &capsule.event.record},
    {"rules", &capsule.event.rules},
    {"result", &capsule.event.result},
    {"reason", &capsule.event.reason},
    {"disposition", &capsule.event.disposition},
    {"spf-result", &capsule.event.spf_result},
    {"spf-domain", &capsule.event.spf_domain},
    {"receiver", &capsule.receiver},
    {"authserv", &capsule.authserv_id},
    {"queue-id", &capsule.queue_id},
    {"helo", &capsule.helo},
    {"envid", &capsule.envelope_id},
    {"authres", &capsule.authres},
    {"spf-record", &capsule.spf_record},
    {"header", &capsule.header},
    {"body", &capsule.body},
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "capsule: %s: %s\n", what, why);
    exit(1);
}

/* A text as it stands, or what is in a file. */
static struct dmx_slice value_of(const char *text)
{
    if (text[0] != '@')
        return dmx_slice_cstr(text);
    FILE *file = fopen(text + 1, "rb");
    char *buf = malloc(BUFFER);
    if (!file || !buf)
        die(text, "cannot be read");
    size_t len = fread(buf, 1, BUFFER, file);
    fclose(file);
    return dmx_slice(buf, len);
}

/* DOMAIN:SELECTOR:RESULT:IDENTITY */
static void add_dkim(char *text)
{
    size_t n = capsule.event.dkim_count++;
    dkim[n].domain = dmx_slice_cstr(strsep(&text, ":"));
    dkim[n].selector = dmx_slice_cstr(strsep(&text, ":"));
    dkim[n].result = dmx_slice_cstr(strsep(&text, ":"));
    capsule.dkim_identities[n] = dmx_slice_cstr(text);
}

static void set_id(const char *text)
{
    for (size_t i = 0; i < sizeof capsule.id; i++) {
        char hex[3] = {text[2 * i], text[2 * i + 1], '\0'};
        capsule.id[i] = (uint8_t)strtoul(hex, NULL, 16);
    }
}

/* False: it is none of these. */
static bool set_number(const char *key, char *value)
{
    if (strcmp(key, "id") == 0)
        set_id(value);
    else if (strcmp(key, "time") == 0)
        capsule.event.time_s = strtoll(value, NULL, 10);
    else if (strcmp(key, "flags") == 0)
        capsule.event.flags = (uint32_t)strtoul(value, NULL, 0);
    else if (strcmp(key, "conditions") == 0)
        capsule.conditions = (uint32_t)strtoul(value, NULL, 0);
    else if (strcmp(key, "incidents") == 0)
        capsule.incidents = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(key, "header-cut") == 0)
        capsule.header_cut = true;
    else if (strcmp(key, "wire-form") == 0)
        capsule.body_wire_form = true;
    else if (strcmp(key, "body-size") == 0)
        capsule.body_size = strtoull(value, NULL, 10);
    else
        return false;
    return true;
}

static void set(char *argument)
{
    char *key = strsep(&argument, "=");
    if (!argument)
        die(key, "want KEY=VALUE");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(key, texts[i].key) == 0) {
            *texts[i].value = value_of(argument);
            return;
        }
    if (set_number(key, argument))
        return;
    if (strcmp(key, "ip") == 0) {
        if (!dmx_ip_parse(dmx_slice_cstr(argument), &capsule.event.client))
            die(argument, "no address");
    } else if (strcmp(key, "from") == 0) {
        capsule.mail_from = value_of(argument);
        capsule.has_mail_from = true;
    } else if (strcmp(key, "dkim") == 0) {
        add_dkim(argument);
    } else if (strcmp(key, "to") == 0 && capsule.destination_count < DMX_CAPSULE_DESTINATIONS) {
        capsule.destinations[capsule.destination_count++] = dmx_slice_cstr(argument);
    } else {
        die(key, "no such key");
    }
}

/* As the module does: written aside, then linked to its name. */
static void write_file(const char *path, struct dmx_slice bytes)
{
    char aside[4096];
    snprintf(aside, sizeof aside, "%s.part", path);
    FILE *file = fopen(aside, "wb");
    if (!file || fwrite(bytes.ptr, 1, bytes.len, file) != bytes.len || fclose(file) != 0 || link(aside, path) != 0)
        die(path, "cannot be written");
    unlink(aside);
}

int main(int argc, char **argv)
{
    static char buf[BUFFER];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    if (argc < 2)
        die("arguments", "want FILE KEY=VALUE…");
    capsule.event.dkim = dkim;
    for (int i = 2; i < argc; i++)
        set(argv[i]);
    if (capsule.body_size < capsule.body.len)
        capsule.body_size = capsule.body.len;
    dmx_capsule_put(&out, &capsule);
    struct dmx_slice bytes = dmx_builder_text(&out);
    if (bytes.len == 0)
        die(argv[1], "does not fit");
    write_file(argv[1], bytes);
    return 0;
}
