/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "crypto_library.h"

#include "dmx/base/banned.h"

#define TEXT(number)  TEXT_(number)
#define TEXT_(number) #number

const struct crypto_library *crypto_library(void)
{
    static const char *const names[] = {CRYPTO_FUNCTIONS(DMX_LIBRARY_NAME)};
    static struct crypto_library functions;
    static struct dmx_library late = {
        .file = "libcrypto.so." TEXT(OPENSSL_SHLIB_VERSION),
        .names = names,
        .count = sizeof names / sizeof *names,
        .functions = &functions,
    };
    return dmx_library_load(&late) ? &functions : NULL;
}
