/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Runs a fuzz target over the files named on the command line, without a fuzzer. Each input is copied so that it ends
 * at a page that cannot be read: one byte too far is a crash, also without a sanitizer.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (size_t)st.st_size;
    size_t room = (size + page - 1) / page * page;
    char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + room, page, PROT_NONE) != 0)
        return -1;
    char *data = map + room - size;
    if (read(fd, data, size) != (ssize_t)size)
        return -1;
    close(fd);
    LLVMFuzzerTestOneInput((const uint8_t *)data, size);
    return munmap(map, room + page);
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        if (replay(argv[i]) != 0) {
            printf("FAIL %s: cannot be replayed\n", argv[i]);
            failed++;
        }
    }
    printf("%d passed, %d failed\n", argc - 1 - failed, failed);
    return failed ? 1 : 0;
}
