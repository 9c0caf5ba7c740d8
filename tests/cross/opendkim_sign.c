/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Signs a message with libopendkim, whose canonical forms owe nothing to ours. A test program; the library is linked to
 * nothing else. usage: opendkim-sign KEYFILE SELECTOR DOMAIN HEADER_CANON BODY_CANON <MESSAGE >SIGNED, lines end in CRLF.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Its header takes the integer types from here. */
#include <sys/types.h>

#include <opendkim/dkim.h>

enum { MAX_BYTES = 1024 * 1024 };

static void must(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "opendkim-sign: %s\n", what);
    exit(1);
}

static char *slurp(FILE *from, size_t *out_len)
{
    char *text = calloc(1, MAX_BYTES + 1);
    must(text != NULL, "no memory");
    *out_len = fread(text, 1, MAX_BYTES, from);
    return text;
}

static char *slurp_key(const char *path)
{
    size_t len;
    FILE *file = fopen(path, "rb");
    must(file != NULL, path);
    char *text = slurp(file, &len);
    fclose(file);
    return text;
}

static dkim_canon_t canon_of(const char *word)
{
    return strcmp(word, "relaxed") == 0 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
}

/* Bytes of the field at text, with its folds and without its last CRLF; 0 at the empty line. */
static size_t field_bytes(const char *text)
{
    const char *at = text;
    if (strncmp(text, "\r\n", 2) == 0)
        return 0;
    do {
        at = strstr(at, "\r\n");
        must(at != NULL, "the header does not end");
        at += 2;
    } while (*at == ' ' || *at == '\t');
    return (size_t)(at - text) - 2;
}

int main(int argc, char **argv)
{
    static unsigned char field[65536];
    DKIM_STAT status;
    size_t len;
    must(argc == 6, "want KEYFILE SELECTOR DOMAIN HEADER_CANON BODY_CANON");
    char *message = slurp(stdin, &len), *key = slurp_key(argv[1]), *at = message;
    DKIM_LIB *lib = dkim_init(NULL, NULL);
    must(lib != NULL, "libopendkim cannot be used");
    DKIM *dkim =
        dkim_sign(lib, (unsigned char *)"test", NULL, (dkim_sigkey_t)key, (unsigned char *)argv[2],
                  (unsigned char *)argv[3], canon_of(argv[4]), canon_of(argv[5]), DKIM_SIGN_RSASHA256, -1, &status);
    must(dkim != NULL, "no signature was begun");
    for (size_t bytes; (bytes = field_bytes(at)) > 0; at += bytes + 2)
        must(dkim_header(dkim, (unsigned char *)at, bytes) == DKIM_STAT_OK, "a field was refused");
    at += 2;
    must(dkim_eoh(dkim) == DKIM_STAT_OK, "the header was refused");
    if (at < message + len)
        must(dkim_body(dkim, (unsigned char *)at, (size_t)(message + len - at)) == DKIM_STAT_OK,
             "the body was refused");
    must(dkim_eom(dkim, NULL) == DKIM_STAT_OK, "the message was refused");
    must(dkim_getsighdr(dkim, field, sizeof field, sizeof "DKIM-Signature: " - 1) == DKIM_STAT_OK,
         "no signature was made");
    printf("DKIM-Signature: %s\r\n", (char *)field);
    must(fwrite(message, 1, len, stdout) == len && fflush(stdout) == 0, "cannot write");
    dkim_free(dkim);
    dkim_close(lib);
    free(message);
    free(key);
    return 0;
}
