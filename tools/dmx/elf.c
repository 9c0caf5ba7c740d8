/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "elf.h"

#include <elf.h> /* the system's; NOLINT(readability-duplicate-include) */
#include <string.h>

enum {
    MAX_ENTRIES = 16 * 1024, /* of a table; Exim has some thousand symbols, and tables are compared with each other */
    MAX_NAME = 4 * 1024,     /* nobody's is as long, and whoever made the file has each entry name the whole of it */
};

/* Copies out a structure at an offset of the file; false when it does not lie in it. */
static bool copy_at(struct dmx_slice file, uint64_t offset, void *out, size_t size)
{
    if (offset > file.len || file.len - offset < size)
        return false;
    memcpy(out, file.ptr + offset, size);
    return true;
}

static struct dmx_slice part(struct dmx_slice file, uint64_t offset, uint64_t size)
{
    if (offset > file.len || file.len - offset < size)
        return DMX_SLICE_NONE;
    return dmx_slice(file.ptr + offset, size);
}

/* 32 and 64 bits differ in the width of fields; inside, all are 64. */
static Elf64_Shdr widen_section(const Elf32_Shdr *s)
{
    return (Elf64_Shdr){.sh_type = s->sh_type, .sh_offset = s->sh_offset, .sh_size = s->sh_size, .sh_link = s->sh_link};
}

static bool section_at(const struct elf *elf, uint64_t table, uint64_t n, Elf64_Shdr *out)
{
    Elf32_Shdr narrow;
    if (elf->wide)
        return copy_at(elf->file, table + n * sizeof *out, out, sizeof *out);
    if (!copy_at(elf->file, table + n * sizeof narrow, &narrow, sizeof narrow))
        return false;
    *out = widen_section(&narrow);
    return true;
}

static void take_table(const struct elf *elf, uint64_t sections, const Elf64_Shdr *section, size_t entry_bytes,
                       struct elf_table *out)
{
    Elf64_Shdr strings;
    out->entry_bytes = entry_bytes;
    out->bytes = part(elf->file, section->sh_offset, section->sh_size);
    if (section_at(elf, sections, section->sh_link, &strings))
        out->strings = part(elf->file, strings.sh_offset, strings.sh_size);
}

static const char *take_sections(struct elf *elf, uint64_t sections, unsigned count)
{
    Elf64_Shdr section;
    for (unsigned i = 0; i < count && section_at(elf, sections, i, &section); i++) {
        if (section.sh_type == SHT_DYNSYM)
            take_table(elf, sections, &section, elf->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym), &elf->symbols);
        else if (section.sh_type == SHT_DYNAMIC)
            take_table(elf, sections, &section, elf->wide ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn), &elf->dynamic);
    }
    return elf->symbols.bytes.len ? NULL : "has no dynamic symbols";
}

const char *elf_open(struct dmx_slice file, struct elf *out)
{
    const unsigned char ours = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    Elf64_Ehdr wide;
    Elf32_Ehdr narrow;
    *out = (struct elf){.file = file};
    if (!dmx_slice_starts(file, dmx_slice(ELFMAG, SELFMAG)) || !copy_at(file, 0, &narrow, sizeof narrow))
        return "is no ELF file";
    if (narrow.e_ident[EI_DATA] != ours)
        return "is made for another machine";
    out->wide = narrow.e_ident[EI_CLASS] == ELFCLASS64;
    out->machine = narrow.e_machine; /* at the same place in both */
    if (!out->wide)
        return take_sections(out, narrow.e_shoff, narrow.e_shnum);
    if (!copy_at(file, 0, &wide, sizeof wide))
        return "is no ELF file";
    return take_sections(out, wide.e_shoff, wide.e_shnum);
}

/* A name ends at its NUL, which must lie in the table. */
static struct dmx_slice name_at(struct dmx_slice strings, uint64_t offset)
{
    struct dmx_slice from = offset < strings.len ? dmx_slice_from(strings, offset) : DMX_SLICE_NONE;
    from = dmx_slice_upto(from, MAX_NAME);
    size_t len = dmx_slice_find(from, '\0');
    return len < from.len ? dmx_slice_upto(from, len) : DMX_SLICE_NONE;
}

static bool entry_at(const struct elf_table *table, size_t n, void *out)
{
    if (n >= MAX_ENTRIES || table->entry_bytes == 0 || n >= table->bytes.len / table->entry_bytes)
        return false;
    memcpy(out, table->bytes.ptr + n * table->entry_bytes, table->entry_bytes);
    return true;
}

bool elf_symbol(const struct elf *elf, size_t n, struct elf_symbol *out)
{
    Elf64_Sym s;
    Elf32_Sym narrow;
    if (!entry_at(&elf->symbols, n, elf->wide ? (void *)&s : (void *)&narrow))
        return false;
    if (!elf->wide)
        s = (Elf64_Sym){.st_name = narrow.st_name,
                        .st_info = narrow.st_info,
                        .st_shndx = narrow.st_shndx,
                        .st_value = narrow.st_value};
    *out = (struct elf_symbol){
        .name = name_at(elf->symbols.strings, s.st_name),
        .defined = s.st_shndx != SHN_UNDEF,
        .weak = ELF64_ST_BIND(s.st_info) == STB_WEAK,
        .address = s.st_value,
    };
    return true;
}

bool elf_find(const struct elf *elf, struct dmx_slice name, struct elf_symbol *out)
{
    for (size_t i = 0; elf_symbol(elf, i, out); i++)
        if (out->defined && dmx_slice_eq(out->name, name))
            return true;
    return false;
}

bool elf_needed(const struct elf *elf, size_t n, struct dmx_slice *out)
{
    Elf64_Dyn d;
    Elf32_Dyn narrow;
    for (size_t i = 0; entry_at(&elf->dynamic, i, elf->wide ? (void *)&d : (void *)&narrow); i++) {
        if (!elf->wide)
            d = (Elf64_Dyn){.d_tag = narrow.d_tag, .d_un.d_val = narrow.d_un.d_val};
        if (d.d_tag == DT_NULL)
            return false;
        if (d.d_tag != DT_NEEDED || n-- > 0)
            continue;
        *out = name_at(elf->dynamic.strings, d.d_un.d_val);
        return true;
    }
    return false;
}

/* ---- code ---- */

enum { CODE_BYTES = 16 };

/* The first bytes of a function, by the segment that is mapped at its address. */
static struct dmx_slice code_at(const struct elf *elf, uint64_t address)
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    if (!elf->wide || !copy_at(elf->file, 0, &header, sizeof header))
        return DMX_SLICE_NONE;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        if (!copy_at(elf->file, header.e_phoff + i * sizeof segment, &segment, sizeof segment))
            break;
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
            return dmx_slice_upto(dmx_slice_from(elf->file, segment.p_offset + (address - segment.p_vaddr)),
                                  CODE_BYTES);
    }
    return DMX_SLICE_NONE;
}

static void skip(struct dmx_slice *code, const char *bytes, size_t len)
{
    if (dmx_slice_starts(*code, dmx_slice(bytes, len)))
        *code = dmx_slice_from(*code, len);
}

/* [endbr64] [push %rbp; mov %rsp,%rbp] (mov $N,%eax | xor %eax,%eax) [pop %rbp] ret */
static bool constant_of_x86_64(struct dmx_slice code, unsigned *out)
{
    uint32_t value = 0;
    skip(&code, "\xf3\x0f\x1e\xfa", 4);
    skip(&code, "\x55\x48\x89\xe5", 4);
    if (dmx_slice_starts(code, DMX_SLICE("\xb8")) && code.len >= 1 + sizeof value) {
        memcpy(&value, code.ptr + 1, sizeof value);
        code = dmx_slice_from(code, 1 + sizeof value);
    } else if (dmx_slice_starts(code, DMX_SLICE("\x31\xc0"))) {
        code = dmx_slice_from(code, 2);
    } else {
        return false;
    }
    skip(&code, "\x5d", 1);
    *out = value;
    return dmx_slice_starts(code, DMX_SLICE("\xc3"));
}

/* [bti c] mov w0, #N; ret */
static bool constant_of_aarch64(struct dmx_slice code, unsigned *out)
{
    enum { MOV_W0 = 0x52800000, MOV_MASK = 0xffe0001f, RET = 0xd65f03c0, SHIFT = 5, WIDTH = 0xffff };
    uint32_t words[2];
    skip(&code, "\x5f\x24\x03\xd5", 4);
    if (code.len < sizeof words)
        return false;
    memcpy(words, code.ptr, sizeof words);
    *out = words[0] >> SHIFT & WIDTH;
    return (words[0] & MOV_MASK) == MOV_W0 && words[1] == RET;
}

bool elf_constant(const struct elf *elf, struct dmx_slice function, unsigned *out)
{
    struct elf_symbol symbol;
    if (!elf_find(elf, function, &symbol))
        return false;
    struct dmx_slice code = code_at(elf, symbol.address);
    if (elf->machine == EM_X86_64)
        return constant_of_x86_64(code, out);
    return elf->machine == EM_AARCH64 && constant_of_aarch64(code, out);
}
