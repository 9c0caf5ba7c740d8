/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Where a list is installed. Two files can not be renamed at once; one symbolic link can. So the two names that others
 * know are links through a third, and an update replaces that one:
 *
 *     DIR/NAME.dafsa          -> NAME.d/current/list.dafsa
 *     DIR/NAME.dat            -> NAME.d/current/list.dat
 *     DIR/NAME.d/current      -> list-0123456789abcdef       the one rename of an update
 *     DIR/NAME.d/list-…/      list.dafsa list.dat about previous
 *     DIR/NAME.d/list-…/previous -> ../list-…                the list before, for --rollback
 *     DIR/NAME.d/lock         held while an updater works
 *     DIR/NAME.d/state        when the list was last found current, when last asked for
 *
 * At each instant both names lead to the two files of one directory, which were complete before `current` named it. An
 * updater that is killed leaves at the worst a directory that nothing names; the next one takes it away.
 */
#ifndef DMX_UPDATER_PLACE_H
#define DMX_UPDATER_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define PLACE_CURRENT  "current"
#define PLACE_PREVIOUS "previous"
#define PLACE_DAFSA    "list.dafsa"
#define PLACE_TEXT     "list.dat"
#define PLACE_ABOUT    "about"

struct place {
    char path[PATH_MAX];      /* of the compiled list: DIR/NAME.dafsa, or DIR/NAME when it ends otherwise */
    char text_path[PATH_MAX]; /* DIR/NAME.dat */
    char dir[PATH_MAX];
    char dafsa[NAME_MAX + 1], text[NAME_MAX + 1], home[NAME_MAX + 1]; /* the names in DIR */
    int dir_fd;
    int home_fd; /* -1 until place_open_home */
};

/* The names, and DIR opened. EXIT_OK; EXIT_USAGE or EXIT_FILES after a complaint. place_close in any case. */
int place_open(const char *path, struct place *out);
void place_close(struct place *place);

/* NAME.d opened. make: it is made when it is not there. False when it is not there, or after a complaint if make. */
bool place_open_home(struct place *place, bool make);

#endif
