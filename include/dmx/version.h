/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#ifndef DMX_VERSION_H
#define DMX_VERSION_H

#define DMX_VERSION "0.1.0"

#endif
