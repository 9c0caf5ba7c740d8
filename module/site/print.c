/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The schema shown: present values, the sample file, the manual's list. */
#include "value.h"

#include "dmx/base/banned.h"

enum { MDOC_COLUMNS = 78 };

/* Whether an option is the first of its group: the table has each group in one piece. */
static bool begins_group(size_t i)
{
    return i == 0 || dmx_options[i].group != dmx_options[i - 1].group;
}

static void put_group_comment(struct dmx_builder *out, size_t i)
{
    if (i > 0)
        dmx_put_char(out, '\n');
    dmx_put_cstr(out, "# ");
    dmx_put_cstr(out, dmx_option_group_title(dmx_options[i].group));
    dmx_put_char(out, '\n');
}

/* As a comment: what is printed is a configuration. */
static void put_overruled(const struct dmx_config *config, const struct dmx_option *option, struct dmx_builder *out)
{
    const char *what = dmx_config_overruled(config, option->name);
    if (!what)
        return;
    dmx_put_cstr(out, "# overruled by privacy = strict: ");
    dmx_put_cstr(out, what);
    dmx_put_char(out, '\n');
}

void dmx_config_print(const struct dmx_config *config, struct dmx_builder *out)
{
    for (size_t i = 0; i < DMX_OPTION_COUNT; i++) {
        if (begins_group(i))
            put_group_comment(out, i);
        dmx_put_cstr(out, dmx_options[i].name);
        dmx_put_cstr(out, " = ");
        size_t before = out->len;
        dmx_value_print(config, &dmx_options[i], out);
        if (!out->failed && out->len == before)
            out->len--; /* no value: no blank at the line's end */
        dmx_put_char(out, '\n');
        put_overruled(config, &dmx_options[i], out);
    }
}

/* Every line of the help as a comment. */
static void put_help(struct dmx_builder *out, const struct dmx_option *option)
{
    struct dmx_slice help = dmx_slice_cstr(option->help), line;
    while (dmx_slice_split(&help, '\n', &line)) {
        dmx_put_cstr(out, "# ");
        dmx_put(out, line);
        dmx_put_char(out, '\n');
    }
}

static void put_sample_option(struct dmx_builder *out, const struct dmx_option *option)
{
    /* A new installation watches before it acts: the one value of the sample that is not the default. */
    bool is_mode = option->offset == offsetof(struct dmx_config, mode);
    put_help(out, option);
    dmx_put_cstr(out, "# Accepted: ");
    dmx_option_put_accepted(option, out);
    dmx_put_char(out, '\n');
    if (!is_mode)
        dmx_put_char(out, '#');
    dmx_put_cstr(out, option->name);
    dmx_put_cstr(out, option->initial[0] ? " = " : " =");
    dmx_put_cstr(out, is_mode ? "monitor" : option->initial);
    dmx_put_char(out, '\n');
}

void dmx_config_print_sample(struct dmx_builder *out)
{
    dmx_put_cstr(out,
                 "# Configuration of dmx, DMARC for Exim: /etc/exim4/dmx.conf\n"
                 "# One `option = value` a line; dmx.conf(5) explains. `dmx config test` checks the file.\n"
                 "# Lines that begin with # are comments; those of the form `#option = value` show the defaults.\n"
                 "# Lists take commas, and @FILE takes the lines of a file; trusted_hosts is Exim's, with colons.\n");
    for (size_t i = 0; i < DMX_OPTION_COUNT; i++) {
        if (begins_group(i)) {
            dmx_put_cstr(out, "\n# ---- ");
            dmx_put_cstr(out, dmx_option_group_title(dmx_options[i].group));
            dmx_put_cstr(out, " ----\n");
        }
        dmx_put_char(out, '\n');
        put_sample_option(out, &dmx_options[i]);
    }
}

/* A backslash is an escape in mdoc, and a full stop or an apostrophe at the start of a line makes it a request. */
static void put_roff_word(struct dmx_builder *out, struct dmx_slice word, bool begins_line)
{
    if (begins_line && word.len > 0 && (word.ptr[0] == '.' || word.ptr[0] == '\''))
        dmx_put_cstr(out, "\\&");
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == '\\')
            dmx_put_cstr(out, "\\e");
        else
            dmx_put_char(out, word.ptr[i]);
    }
}

/* A sentence in lines of at most MDOC_COLUMNS, as mandoc's lint wants them. */
static void put_roff(struct dmx_builder *out, struct dmx_slice sentence)
{
    struct dmx_slice word;
    size_t column = 0;
    while (dmx_slice_split(&sentence, ' ', &word)) {
        bool begins_line = column == 0 || column + 1 + word.len > MDOC_COLUMNS;
        if (column > 0)
            dmx_put_char(out, begins_line ? '\n' : ' ');
        column = begins_line ? word.len : column + 1 + word.len;
        put_roff_word(out, word, begins_line);
    }
    dmx_put_char(out, '\n');
}

static void put_mdoc_option(struct dmx_builder *out, const struct dmx_option *option)
{
    char buf[256];
    struct dmx_builder accepted = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_slice help = dmx_slice_cstr(option->help), line;
    dmx_put_cstr(out, ".It Cm ");
    dmx_put_cstr(out, option->name);
    dmx_put_char(out, '\n');
    while (dmx_slice_split(&help, '\n', &line))
        put_roff(out, line);
    dmx_put_cstr(&accepted, "Accepted: ");
    dmx_option_put_accepted(option, &accepted);
    dmx_put_char(&accepted, '.');
    put_roff(out, dmx_builder_text(&accepted));
    if (!option->initial[0]) {
        dmx_put_cstr(out, "Default: none.\n");
        return;
    }
    dmx_put_cstr(out, "Default:\n.Li \"");
    put_roff_word(out, dmx_slice_cstr(option->initial), false);
    dmx_put_cstr(out, "\" .\n");
}

void dmx_config_print_mdoc(struct dmx_builder *out)
{
    for (size_t i = 0; i < DMX_OPTION_COUNT; i++) {
        const struct dmx_option *option = &dmx_options[i];
        if (begins_group(i)) {
            dmx_put_cstr(out, i > 0 ? ".El\n.Ss " : ".Ss ");
            dmx_put_cstr(out, dmx_option_group_title(option->group));
            dmx_put_cstr(out, "\n.Bl -tag -width Ds\n");
        }
        put_mdoc_option(out, option);
    }
    dmx_put_cstr(out, ".El\n");
}
