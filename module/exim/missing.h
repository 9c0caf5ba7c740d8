/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A library that dmx.so needed and could not load (dmx/base/library.h): the log hears of it, once a process. */
#ifndef DMX_EXIM_MISSING_H
#define DMX_EXIM_MISSING_H

/* Mail goes on: without c-ares or OpenSSL as when DNS fails or a signature cannot be verified, without libpsl as with no list. */
void dmx_missing_tell(void);

#endif
