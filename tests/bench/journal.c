/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One record appended to the journal as the module does it, by one process and by several at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dmx/journal/writer.h"

enum { RECORDS = 200000, RECORD_BYTES = 309 /* of a message with one signature: see store.c */, MOST = 8 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void append(const char *dir, int records)
{
    char record[RECORD_BYTES];
    const char *why;
    memset(record, 'x', sizeof record);
    for (int i = 0; i < records; i++)
        if (dmx_journal_append(dir, dmx_slice(record, sizeof record), &why) != DMX_OK) {
            fprintf(stderr, "%s: %s\n", dir, why);
            exit(1);
        }
}

static void play(const char *dir, int writers)
{
    double start = now_s();
    for (int i = 0; i < writers; i++)
        if (fork() == 0) {
            append(dir, RECORDS / writers);
            _exit(0);
        }
    int status, failed = 0;
    while (wait(&status) > 0)
        failed |= status;
    if (failed)
        exit(1);
    printf("journal, %d writers: %.1f us a record of %d bytes\n", writers, (now_s() - start) / RECORDS * 1e6,
           RECORD_BYTES);
}

int main(void)
{
    char dir[] = "/tmp/dmx-bench-XXXXXX", path[64];
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/%s", dir, DMX_JOURNAL_NAME);
    for (int writers = 1; writers <= MOST; writers *= MOST) {
        play(dir, writers);
        unlink(path);
    }
    return rmdir(dir) != 0;
}
