/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What a program or shared object offers and asks for, read from the file: nothing of it is loaded or run. Every offset
 * in the file is checked; a hostile file costs at most one walk over its symbols a question.
 */
#ifndef DMX_TOOLS_ELF_H
#define DMX_TOOLS_ELF_H

#include <stdint.h>

#include "dmx/base/slice.h"

/* A table of entries of one size, all of them in the file. */
struct elf_table {
    struct dmx_slice bytes;
    size_t entry_bytes;
    struct dmx_slice strings; /* of the names in it */
};

struct elf {
    struct dmx_slice file;
    bool wide; /* 64 bits */
    uint16_t machine;
    struct elf_table symbols, dynamic;
};

struct elf_symbol {
    struct dmx_slice name;
    bool defined, weak;
    uint64_t address;
};

/* NULL, or what is wrong, a static text that follows on the path: "is no ELF file". The file must outlive *out. */
const char *elf_open(struct dmx_slice file, struct elf *out);

/* The n-th dynamic symbol (the library that it needs), false behind the last. A name outside the file is empty. */
bool elf_symbol(const struct elf *elf, size_t n, struct elf_symbol *out);
bool elf_needed(const struct elf *elf, size_t n, struct dmx_slice *out);

/* The defined symbol of that name. */
bool elf_find(const struct elf *elf, struct dmx_slice name, struct elf_symbol *out);

/*
 * What a function without arguments returns that does nothing but return a constant, told from its instructions; false
 * for any other, and on machines that are not known here (they are: x86-64, AArch64).
 */
bool elf_constant(const struct elf *elf, struct dmx_slice function, unsigned *out);

#endif
