/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: base */
#include <stdint.h>
#include <stdlib.h>

/* The tool's own, and in no library. */
#include "../../tools/dmx/elf.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A module as somebody made it. Every name lies in the file and is followed by a NUL there, for dlsym() takes it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_slice file = dmx_slice((const char *)data, size), needed;
    struct elf elf;
    struct elf_symbol symbol, found;
    unsigned constant;
    if (elf_open(file, &elf))
        return 0;
    for (size_t i = 0; elf_symbol(&elf, i, &symbol); i++) {
        if (symbol.name.len == 0)
            continue;
        if (symbol.name.ptr < file.ptr || symbol.name.ptr + symbol.name.len >= file.ptr + file.len ||
            symbol.name.ptr[symbol.name.len] != '\0')
            abort();
        if (symbol.defined && i < 64 && !elf_find(&elf, symbol.name, &found))
            abort();
    }
    for (size_t i = 0; elf_needed(&elf, i, &needed); i++)
        if (needed.len > 0 && needed.ptr[needed.len] != '\0')
            abort();
    (void)elf_constant(&elf, DMX_SLICE("local_scan_version_major"), &constant);
    return 0;
}
