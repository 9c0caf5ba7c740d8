/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "settings.h"

#include <errno.h>
#include <unistd.h>

#include "complaint.h"

#include "dmx/base/banned.h"

enum { DAY_S = 24 * 60 * 60, MS_PER_S = 1000 };

/* Beside a server without Exim's configuration, or before there is one, the defaults do. */
static const char default_path[] = "/etc/exim4/dmx.conf";

static bool is_missing(const char *path)
{
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static int read_config(const char *path, struct dmx_config **out)
{
    struct dmx_config_error error = {""};
    if (dmx_config_new(out) != DMX_OK)
        return complain(EXIT_CONFIG, "no memory for the configuration");
    if (!path && is_missing(default_path))
        return EXIT_OK;
    if (dmx_config_read(*out, path ? path : default_path, &error) != DMX_OK)
        return complain(EXIT_CONFIG, "%s", error.text[0] ? error.text : "no memory for the configuration");
    return EXIT_OK;
}

/* The same scheme whatever its case; what else a URL may be is libcurl's to say. */
static int check_url(const struct options *options, const char *url)
{
    struct dmx_slice text = dmx_slice_cstr(url);
    if (dmx_slice_starts_nocase(text, DMX_SLICE("https://")))
        return EXIT_OK;
    if (dmx_slice_starts_nocase(text, DMX_SLICE("http://")))
        return options->allow_http ? EXIT_OK : complain(EXIT_USAGE, "%s: not https; --allow-http takes it", url);
    if (dmx_slice_starts_nocase(text, DMX_SLICE("file://")))
        return options->allow_file ? EXIT_OK : complain(EXIT_USAGE, "%s: not https; --allow-file takes it", url);
    return complain(EXIT_USAGE, "%s: not a URL that begins with https://", url);
}

int settings_read(const struct options *options, struct settings *out)
{
    *out = (struct settings){.options = *options};
    int code = read_config(options->config, &out->config);
    if (code != EXIT_OK)
        return code;
    /* NUL-terminated: an arena copied them. */
    out->url = options->url ? options->url : out->config->psl_url.ptr;
    out->path = options->file ? options->file : out->config->psl_file.ptr;
    out->max_age_s = options->has_max_age ? (int64_t)options->max_age_days * DAY_S
                                          : (int64_t)(out->config->psl_max_age_ms / MS_PER_S);
    return options->task == TASK_UPDATE ? check_url(options, out->url) : EXIT_OK;
}

void settings_free(struct settings *settings)
{
    dmx_config_free(&settings->config);
}
