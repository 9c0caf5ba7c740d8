/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* ASCII character classes from our own table: no locale, any byte value, no EOF. */
#ifndef DMX_BASE_ASCII_H
#define DMX_BASE_ASCII_H

#include <stdbool.h>
#include <stdint.h>

static inline bool dmx_is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static inline bool dmx_is_alpha(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static inline bool dmx_is_alnum(char ch)
{
    return dmx_is_digit(ch) || dmx_is_alpha(ch);
}

/* RFC 5234: WSP = SP / HTAB */
static inline bool dmx_is_wsp(char ch)
{
    return ch == ' ' || ch == '\t';
}

/* WSP, CR or LF: what folding white space is made of. */
static inline bool dmx_is_fws(char ch)
{
    return dmx_is_wsp(ch) || ch == '\r' || ch == '\n';
}

/* RFC 5234: VCHAR = %x21-7E */
static inline bool dmx_is_vchar(char ch)
{
    return ch > ' ' && ch < 0x7f;
}

static inline char dmx_lower(char ch)
{
    return ch >= 'A' && ch <= 'Z' ? (char)(ch + ('a' - 'A')) : ch;
}

/* The value of a hexadecimal digit of either case, or -1. */
static inline int dmx_hex_value(char ch)
{
    if (dmx_is_digit(ch))
        return ch - '0';
    ch = dmx_lower(ch);
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

#endif
